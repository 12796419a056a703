// FileSet: the files behind one path or pattern: which there are, which one is read next, and what became of
// those that grow, are renamed, truncated or removed. Looks at the directory by the clock, never by waiting.
// Owned by the file source; one thread. A file that cannot be read is a problem of its own and is tried
// again; it never takes the others along.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "sources/file/byte_input.h"
#include "sources/file/parquet_input.h"
#include "sources/file/spec.h"
#include "sources/file/tracked_file.h"

namespace sluice {

using DecoderFactory =
    std::function<Result<std::unique_ptr<Decoder>>(CodecKind, const StreamSpec&, const DecodeSpec&)>;
// For formats that are no sequence of bytes (Parquet). Rejects a file that it cannot read (a torn footer).
using ReaderFactory = std::function<Result<std::unique_ptr<FileReader>>(
    ReadableFile&, const StreamSpec&, const DecodeSpec&, int64_t max_entries)>;

// What a file source is made of. `files` outlives it.
struct FileSourceParts {
  Files& files;
  DecoderFactory make_decoder;
  ReaderFactory open_parquet = &ParquetInput::Open;
  int standard_input = 0;
};

class FileSet {
 public:
  FileSet(const FileSourceSpec& spec, const FileSourceParts& parts, Intake& intake);

  // Looks which files there are and what became of them, when it is time to.
  void Scan(Timestamp now);
  // When there is something to read, or to look at, again.
  Timestamp NextWish(Timestamp now) const;

  struct Read {
    TrackedFile* file = nullptr;
    Chunk chunk;
  };
  // The next chunk of the file whose turn it is; nothing: there is nothing to read at present.
  std::optional<Read> Next(Timestamp now);

  bool AllDone() const;
  // Everything but what was refused for good is read.
  bool OnlyRefusedLeft() const;
  // Starts every file again as the next round.
  Status Repeat();
  void Stop(TrackedFile& file, Status why);

  // ok, or the first problem: shown by Health.
  Status Problem() const;
  const std::vector<std::unique_ptr<TrackedFile>>& files() const { return files_; }

  static constexpr Duration kPoll = std::chrono::milliseconds(250);
  static constexpr Duration kRetryAfter = std::chrono::seconds(1);
  // A writer may go on with a file that was renamed or removed for this long after it fell silent.
  static constexpr Duration kGrace = std::chrono::seconds(2);
  static constexpr Duration kPipePoll = std::chrono::milliseconds(20);

 private:
  void ScanNames(Timestamp now);
  void Track(const std::string& path, const FileInfo& info);
  void Look(TrackedFile& file, Timestamp now);
  Status LookAtContent(TrackedFile& file, const FileInfo& now);
  TrackedFile* Pick(Timestamp now);
  bool Readable(const TrackedFile& file, Timestamp now) const;
  static Status CheckIsFile(const std::string& path, const FileInfo& info);
  Status Open(TrackedFile& file);
  Status OpenHandle(TrackedFile& file);
  std::string OriginOf(uint64_t inode) const;
  DecodeSpec DecodeOf(const std::string& path) const;
  CodecKind CodecOf(const std::string& path) const;
  Status OpenPipe();
  Status OpenSorted();
  Result<std::unique_ptr<FileReader>> MakeReader(const std::string& path, ReadableFile& handle) const;
  Result<std::unique_ptr<FileReader>> MakeBytesReader(const std::string& path,
                                                      std::unique_ptr<ByteInput> input) const;
  std::optional<Chunk> ReadChunk(TrackedFile& file, Timestamp now);
  void Ended(TrackedFile& file, bool final);

  const FileSourceSpec& spec_;
  const FileSourceParts& parts_;
  Intake& intake_;
  std::vector<std::unique_ptr<TrackedFile>> files_;  // older ones first, names in order
  std::map<std::string, Status> problems_;           // by path
  Timestamp scan_at_{};
  bool listed_ = false;  // without follow the list is made once
  size_t turn_ = 0;
  int64_t round_ = 0;
};

}  // namespace sluice
