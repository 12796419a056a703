// KeyTable: what the log knows of idempotency keys, of which a day may have millions: on disk, in a folder of
// its own that begins empty, is made for the first key and removed at the end (one that a killed process left
// is removed by the next). What lasts is the control topic, from which it is filled. Owned by the Writer, one
// thread at a time. While the disk takes nothing Put is `retry`, and what was put before stays;
// fatal: this table takes nothing any more, the next process begins another.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "log/kafka/claim.h"

namespace rocksdb {
class DB;
}

namespace sluice::kafka {

struct ExpiredKey {
  std::string origin;
  Offset claim_epoch = 0;  // 0: nobody holds it
};

class KeyTable {
 public:
  // `parent`: where the folder is made; empty: nothing is kept, for a process that appends nothing.
  // `writer`: whose keys are ours.
  KeyTable(std::string parent, std::string writer);
  ~KeyTable();
  KeyTable(const KeyTable&) = delete;
  KeyTable& operator=(const KeyTable&) = delete;

  // An empty entry: the key is not known.
  Result<OriginEntry> Find(const std::string& origin);
  // An empty entry removes the key.
  Status Put(const std::string& origin, const OriginEntry& entry);
  // Keys of ours that were to be forgotten by then, the oldest first, at most `count`.
  Result<std::vector<ExpiredKey>> Expired(Timestamp by, size_t count);
  // Forgets keys of others that were to be forgotten by then, at most `count`; how many it were.
  Result<size_t> DropExpired(Timestamp by, size_t count);

 private:
  Status Open();
  Result<std::vector<std::string>> DueOf(bool ours, Timestamp by, size_t count);

  const std::string parent_;
  const std::string writer_;
  std::string directory_;
  std::unique_ptr<rocksdb::DB> database_;
  // Nothing is due before: a search that begins there steps over no removed entries. Others', ours.
  Timestamp due_from_[2] = {kMaxTime, kMaxTime};
};

}  // namespace sluice::kafka
