#include "log/embedded/scan.h"

#include <rocksdb/utilities/debug.h>

namespace sluice::embedded {
namespace {

constexpr size_t kKeysAtOnce = 4096;

using Visit = std::function<Status(const EntryPlace&, const Result<std::string_view>&)>;

// The next living keys from `from` on; RocksDB lists every version of each, the newest first.
Result<std::vector<std::string>> ListKeys(Database& database, const std::string& from, const std::string& end,
                                          bool* more) {
  std::vector<rocksdb::KeyVersion> versions;
  SLUICE_TRY(database.FromRead(
      rocksdb::GetAllKeyVersions(&database.db(), database.batches(), from, end, kKeysAtOnce, &versions)));
  *more = versions.size() >= kKeysAtOnce;
  std::vector<std::string> keys;
  for (const rocksdb::KeyVersion& version : versions) {
    if (version.user_key >= end) continue;
    if (keys.empty() || keys.back() != version.user_key) keys.push_back(version.user_key);
  }
  return keys;
}

Status VisitOne(Database& database, const std::string& key, const Visit& visit) {
  rocksdb::PinnableSlice value;
  const rocksdb::Status got = database.db().Get(rocksdb::ReadOptions(), database.batches(), key, &value);
  const auto place = ParseBatchKey(key);
  if (got.IsNotFound() || !place) return {};
  if (got.ok()) return visit(*place, SliceView(value));
  if (!got.IsCorruption() && !got.IsIOError()) return database.FromRead(got);
  return visit(*place, Status::Reject("damaged batch: it cannot be read: " + got.ToString()));
}

Status ScanOneByOne(Database& database, std::string from, const std::string& end, const Visit& visit) {
  for (bool more = true; more;) {
    SLUICE_ASSIGN(const auto keys, ListKeys(database, from, end, &more));
    for (const std::string& key : keys) SLUICE_TRY(VisitOne(database, key, visit));
    if (!keys.empty()) from = keys.back() + '\0';
  }
  return {};
}

}  // namespace

Status ScanBatches(Database& database, StreamId stream, PartitionId partition, Position from, Position to,
                   const Visit& visit) {
  std::string begin = BatchKey({stream, partition, from});
  const std::string end = BatchKey({stream, partition, to});
  const rocksdb::Slice upper(end);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &upper;
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> it(database.db().NewIterator(options, database.batches()));
  for (it->Seek(begin); it->Valid(); it->Next()) {
    const auto place = ParseBatchKey(SliceView(it->key()));
    if (!place) return Status::Reject("damaged record of the log: a batch's key");
    begin = it->key().ToString() + '\0';
    SLUICE_TRY(visit(*place, SliceView(it->value())));
  }
  if (it->status().IsCorruption() || it->status().IsIOError()) {
    return ScanOneByOne(database, begin, end, visit);
  }
  return database.FromRead(it->status());
}

}  // namespace sluice::embedded
