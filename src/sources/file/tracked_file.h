// TrackedFile: one file (by inode, whatever its name) that a source reads, with the claim on its origin and
// what has been brought in. Owned by the FileSet; used by the source's thread.
#pragma once

#include <memory>
#include <string>

#include "engine/intake.h"
#include "sources/file/file_reader.h"
#include "sources/file/file_state.h"

namespace sluice {

struct TrackedFile {
  std::string path;  // the latest name
  uint64_t inode = 0;
  std::string origin;  // "file/NAME/INODE"; "" for a pipe, which cannot be resumed
  std::unique_ptr<ReadableFile> handle;
  std::unique_ptr<FileReader> reader;  // declared after the handle that it reads

  uint64_t epoch = 0;                // of the claim
  int64_t position = 0;              // the origin's `next`
  int64_t stepped_at = 0;            // the place that `position` stands for
  int64_t skip = 0;                  // entries of the next chunk that a former run brought in
  int64_t round = 0;                 // of `repeat`
  Prefix prefix;                     // what the present content is known by
  std::optional<PaceAnchor> anchor;  // of a former run

  bool opened = false;
  bool more = false;       // there is something to read
  bool caught_up = false;  // its end was reached once
  bool moved = false;      // renamed or removed: its rest comes before younger files
  bool gone = false;       // no name of it matches any more
  bool done = false;       // read to its end for good
  bool stopped = false;    // lost to another process, or unreadable
  Timestamp gone_since;
  Timestamp retry_at;
  FileInfo seen;       // when it was looked at last
  int64_t queued = 0;  // chunks on their way

  // Of seen.size, brought in durably; a guess where places are not bytes.
  int64_t BytesDone() const;
  bool Over() const { return done || stopped; }
  // Reads the content from its start, as another one than before.
  Status BeginContent();
};

// Takes the origin and goes on where it stands, when the content is still that one; otherwise from the start.
// Another process that reads this file is fenced.
Status ClaimFile(TrackedFile& file, Intake& intake);

}  // namespace sluice
