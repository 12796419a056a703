// The file `ends`: the second witness of how far positions were given. RocksDB cannot tell a damaged last
// record from one that was never finished; this file can. A slot holds a partition's next position, written
// in place after every sync but synced seldom: exact after the death of the process, old after a power cut.
// Therefore it also holds how far positions are reserved, synced before any of them is given, and the boot in
// which it was written. One thread at a time.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include <rocksdb/file_system.h>

#include "core/batch.h"
#include "core/status.h"

namespace sluice::embedded {

struct Witness {
  Position next = 0;
  Position reserved = 0;  // nobody was given this position or a later one
  uint32_t boot = 0;      // of the machine, when written; 0: the log was closed in order
  bool operator==(const Witness&) const = default;
};
using EndsByPartition = std::map<std::pair<uint32_t, PartitionId>, Witness>;  // by stream id and partition

// How a partition goes on after an opening: positions from the database's end to `lost` were given, then
// nobody knows of any up to `next`, which is the first to be given.
struct Continuation {
  Position lost = 0;
  Position next = 0;
};
Continuation ContinueFrom(Position in_database, const Witness& witness, uint32_t boot);

// How many positions one synced write reserves.
inline constexpr int64_t kReserved = int64_t{1} << 18;
// A number for this boot of the machine; 1 where that cannot be told.
uint32_t BootNumber();

class EndsFile {
 public:
  // Opens or makes it. A damaged slot is left out: a witness may be missing, but must not lie.
  static Result<std::unique_ptr<EndsFile>> Open(rocksdb::FileSystem& files, const std::string& path,
                                                uint32_t boot);

  const EndsByPartition& ends() const { return ends_; }
  // Before positions below `next` are given: makes sure that they are reserved, durably. Fatal: a failed
  // sync.
  Status Reserve(uint32_t stream, PartitionId partition, Position next);
  // They were given.
  void Note(uint32_t stream, PartitionId partition, Position next);
  // Makes durable what was noted, if anything. Fatal: a failed sync.
  Status Sync();
  // The log was closed in order: nothing was given that is not durable.
  void Close();

 private:
  friend EndsByPartition DecodeEnds(std::string_view content);
  EndsFile() = default;
  void Load(std::string_view content);
  Status Write(uint32_t stream, PartitionId partition, const Witness& witness);

  EndsByPartition ends_;
  std::map<std::pair<uint32_t, PartitionId>, uint64_t> slots_;
  bool noted_ = false;  // since the last sync
  uint64_t slot_count_ = 0;
  uint32_t boot_ = 1;
  std::unique_ptr<rocksdb::FSRandomRWFile> file_;
};

// The whole slots of the file's content.
EndsByPartition DecodeEnds(std::string_view content);
// A slot's 32 bytes.
std::string EncodeEndsSlot(uint32_t stream, PartitionId partition, const Witness& witness);

}  // namespace sluice::embedded
