#include "log/kafka/key_table.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include "log/embedded/keys.h"
#include "log/embedded/wire.h"
#include "platform/random.h"

namespace sluice::kafka {
namespace {

// Together the memory that the table takes, however many keys it holds.
constexpr size_t kCacheBytes = 8 << 20;
constexpr size_t kWriteBytes = 4 << 20;

rocksdb::Options TableOptions() {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.error_if_exists = true;
  options.write_buffer_size = kWriteBytes;
  options.max_write_buffer_number = 2;
  options.max_background_jobs = 1;
  options.max_open_files = 64;
  options.info_log_level = rocksdb::InfoLogLevel::FATAL_LEVEL;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(kCacheBytes);
  table.cache_index_and_filter_blocks = true;
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));  // nearly every key asked for is a new one
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

rocksdb::WriteOptions WithoutLog() {
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  return options;
}

// Those of ours and those of others, each in the order of time.
std::string DuePrefix(bool ours) { return ours ? "m" : "o"; }
std::string DueKey(bool ours, Timestamp forget, const std::string& origin) {
  return DuePrefix(ours) + embedded::ExpiryKey(forget, origin);
}

std::string Encode(const OriginEntry& entry) {
  embedded::WireWriter out;
  out.Put(ToMicros(entry.forget));
  out.PutText(entry.claim ? entry.claim->Encode() : "");
  out.PutText(entry.step ? embedded::EncodeOrigin(*entry.step) : "");
  return out.Take();
}

OriginEntry Decode(std::string_view bytes) {
  embedded::WireReader in(bytes);
  OriginEntry entry;
  entry.forget = FromMicros(in.Get<int64_t>());
  const std::string_view claim = in.GetText();
  const std::string_view step = in.GetText();
  if (!claim.empty()) entry.claim = Claim::Decode(claim);
  if (!step.empty()) entry.step = embedded::DecodeOrigin(step);
  return entry;
}

Status Failed(const std::string& directory, std::string_view why) {
  return Status::Retry(
      fmt::format("idempotency keys are kept in {} while this process runs, and that failed: {}. Make room "
                  "there, or give the pipeline a data_dir that this process may write",
                  directory, why));
}

// A process that was killed left its table; one that is in use refuses.
void RemoveLeftovers(const std::string& parent) {
  std::error_code error;
  std::filesystem::directory_iterator each(parent, error);
  for (; !error && each != std::filesystem::directory_iterator(); each.increment(error)) {
    (void)rocksdb::DestroyDB(each->path().string(), TableOptions());
  }
}

}  // namespace

KeyTable::KeyTable(std::string parent, std::string writer)
    : parent_(std::move(parent)), writer_(std::move(writer)) {}

KeyTable::~KeyTable() {
  if (database_ == nullptr) return;
  (void)database_->Close();
  database_.reset();
  (void)rocksdb::DestroyDB(directory_, TableOptions());
  std::error_code others_are_there;
  std::filesystem::remove(parent_, others_are_there);
}

Status KeyTable::Open() {
  if (database_ != nullptr) return {};
  std::error_code error;
  std::filesystem::create_directories(parent_, error);
  if (error) return Failed(parent_, error.message());
  RemoveLeftovers(parent_);
  directory_ = parent_ + "/" + RandomId();
  rocksdb::DB* database = nullptr;
  const rocksdb::Status opened = rocksdb::DB::Open(TableOptions(), directory_, &database);
  if (!opened.ok()) return Failed(directory_, opened.ToString());
  database_.reset(database);
  return {};
}

Result<OriginEntry> KeyTable::Find(const std::string& origin) {
  if (database_ == nullptr) return OriginEntry();
  rocksdb::PinnableSlice bytes;
  const rocksdb::Status found = database_->Get(rocksdb::ReadOptions(), database_->DefaultColumnFamily(),
                                               embedded::OriginKey(origin), &bytes);
  if (found.IsNotFound()) return OriginEntry();
  if (!found.ok()) return Failed(directory_, found.ToString());
  return Decode(bytes.ToStringView());
}

Status KeyTable::Put(const std::string& origin, const OriginEntry& entry) {
  if (parent_.empty() || (database_ == nullptr && entry.Empty())) return {};
  SLUICE_TRY(Open());
  SLUICE_ASSIGN(const OriginEntry before, Find(origin));
  if (before.Empty() && entry.Empty()) return {};
  rocksdb::WriteBatch writes;
  if (!before.Empty()) {
    (void)writes.Delete(DueKey(before.IsHeldBy(writer_), before.forget, origin));
  }
  if (!entry.Empty()) {
    const bool ours = entry.IsHeldBy(writer_);
    (void)writes.Put(embedded::OriginKey(origin), Encode(entry));
    (void)writes.Put(DueKey(ours, entry.forget, origin), "");
    due_from_[ours] = std::min(due_from_[ours], entry.forget);
  } else {
    (void)writes.Delete(embedded::OriginKey(origin));
  }
  rocksdb::Status written = database_->Write(WithoutLog(), &writes);
  if (written.ok()) return {};
  // RocksDB refuses until it is told to look again, and after some errors for ever.
  const rocksdb::Status resumed = database_->Resume();
  if (resumed.ok()) written = database_->Write(WithoutLog(), &writes);
  if (written.ok()) return {};
  const Status failed = Failed(directory_, written.ToString());
  const bool passes = resumed.ok() || resumed.IsNoSpace() || resumed.IsBusy() || written.IsNoSpace();
  return passes ? failed : Status::Fatal(failed.message());
}

Result<std::vector<std::string>> KeyTable::DueOf(bool ours, Timestamp by, size_t count) {
  std::vector<std::string> due;
  if (database_ == nullptr || due_from_[ours] > by) return due;
  const std::unique_ptr<rocksdb::Iterator> it(database_->NewIterator(rocksdb::ReadOptions()));
  Timestamp first = kMaxTime;
  for (it->Seek(DueKey(ours, due_from_[ours], "")); it->Valid() && due.size() < count; it->Next()) {
    if (!it->key().starts_with(DuePrefix(ours))) break;
    const auto [forget, origin] = *embedded::ParseExpiryKey(embedded::SliceView(it->key()).substr(1));
    first = std::min(first, forget);
    if (forget > by) break;
    due.push_back(origin);
  }
  if (!it->status().ok()) return Failed(directory_, it->status().ToString());
  due_from_[ours] = first;  // what was found stays until the caller removes it
  return due;
}

Result<std::vector<ExpiredKey>> KeyTable::Expired(Timestamp by, size_t count) {
  SLUICE_ASSIGN(const std::vector<std::string> due, DueOf(true, by, count));
  std::vector<ExpiredKey> expired;
  for (const std::string& origin : due) {
    SLUICE_ASSIGN(const OriginEntry entry, Find(origin));
    expired.push_back({.origin = origin, .claim_epoch = entry.claim ? entry.claim->epoch : 0});
  }
  return expired;
}

Result<size_t> KeyTable::DropExpired(Timestamp by, size_t count) {
  SLUICE_ASSIGN(const std::vector<std::string> due, DueOf(false, by, count));
  for (const std::string& origin : due) SLUICE_TRY(Put(origin, {}));
  return due.size();
}

}  // namespace sluice::kafka
