// The file `ends`: the next position of each partition, written in place after every sync and before anybody
// hears of it. It is the second witness of how far positions were given: RocksDB cannot tell a damaged last
// record from one that was never finished, this file can. Not synced at once, so it is exact after the death
// of the process and a little old after a power cut. One thread at a time.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include <rocksdb/file_system.h>

#include "core/batch.h"
#include "core/status.h"

namespace sluice::embedded {

using EndsByPartition =
    std::map<std::pair<uint32_t, PartitionId>, Position>;  // stream id and partition → next

class EndsFile {
 public:
  // Opens or makes it. A damaged slot is left out: a witness may be missing, but must not lie.
  static Result<std::unique_ptr<EndsFile>> Open(rocksdb::FileSystem& files, const std::string& path);

  const EndsByPartition& ends() const { return ends_; }
  void Note(uint32_t stream, PartitionId partition, Position next);
  void Sync();

 private:
  friend EndsByPartition DecodeEnds(std::string_view content);
  EndsFile() = default;
  void Load(std::string_view content);

  EndsByPartition ends_;
  std::map<std::pair<uint32_t, PartitionId>, uint64_t> slots_;
  uint64_t slot_count_ = 0;
  std::unique_ptr<rocksdb::FSRandomRWFile> file_;
};

// The whole slots of the file's content.
EndsByPartition DecodeEnds(std::string_view content);
// A slot's 24 bytes: checksum, stream, partition, zero, next.
std::string EncodeEndsSlot(uint32_t stream, PartitionId partition, Position next);

}  // namespace sluice::embedded
