#include "log/embedded/database.h"

#include <fmt/format.h>
#include <rocksdb/convenience.h>
#include <rocksdb/listener.h>
#include <rocksdb/table.h>

namespace sluice::embedded {
namespace {

constexpr char kBatches[] = "batches";

// RocksDB's own recovery from a full disk looks every five seconds and meanwhile refuses ours.
class NoRecoveryOfItsOwn : public rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* automatic) override {
    *automatic = false;
  }
};

rocksdb::WALRecoveryMode ModeOf(Database::Recovery recovery) {
  switch (recovery) {
    case Database::Recovery::absolute:
      return rocksdb::WALRecoveryMode::kAbsoluteConsistency;
    case Database::Recovery::torn_tail:
      return rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    case Database::Recovery::salvage:
      return rocksdb::WALRecoveryMode::kSkipAnyCorruptedRecords;
  }
  return rocksdb::WALRecoveryMode::kAbsoluteConsistency;
}

rocksdb::DBOptions DatabaseOptions(const Database::Options& options, rocksdb::Env* env) {
  rocksdb::DBOptions db;
  db.env = env;
  db.create_if_missing = options.create;
  db.create_missing_column_families = options.create;
  db.wal_recovery_mode = ModeOf(options.recovery);
  // Opened for reading only, a database whose manifest tracks its logs must be told so (RocksDB asserts it).
  db.track_and_verify_wals_in_manifest = options.recovery != Database::Recovery::salvage || options.read_only;
  db.paranoid_checks = true;
  db.max_background_jobs = 2;
  db.max_total_wal_size = static_cast<uint64_t>(options.memory_bytes);
  db.max_open_files = 256;
  db.bytes_per_sync = 1 << 20;  // a flush trickles to the disk instead of standing in the way of a sync
  db.max_bgerror_resume_count = 0;
  db.listeners.push_back(std::make_shared<NoRecoveryOfItsOwn>());
  db.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  db.keep_log_file_num = 2;
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;
  return db;
}

rocksdb::ColumnFamilyOptions MetaOptions() {
  rocksdb::ColumnFamilyOptions family;
  family.write_buffer_size = 4 << 20;
  return family;
}

rocksdb::ColumnFamilyOptions BatchOptions(int64_t memory_bytes) {
  rocksdb::ColumnFamilyOptions family;
  family.write_buffer_size = static_cast<size_t>(memory_bytes / 4);
  family.max_write_buffer_number = 3;
  family.enable_blob_files = true;
  family.min_blob_size = 0;
  family.compression = rocksdb::kNoCompression;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(static_cast<size_t>(memory_bytes / 8));
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return family;
}

}  // namespace

Status NeedsRepair(const std::string& directory, const std::string& what) {
  return Status::Reject(
      fmt::format("{}. With nothing running on it, `sluice log repair {}` keeps a copy, saves what is whole "
                  "and counts the rest as lost",
                  what, directory));
}

Result<std::unique_ptr<Database>> Database::Open(const Options& options,
                                                 const std::shared_ptr<WatchedFiles>& files) {
  std::unique_ptr<Database> database(new Database());
  database->files_ = files;
  database->env_ = rocksdb::NewCompositeEnv(files);
  const rocksdb::DBOptions db_options = DatabaseOptions(options, database->env_.get());
  const std::vector<rocksdb::ColumnFamilyDescriptor> families = {
      {rocksdb::kDefaultColumnFamilyName, MetaOptions()}, {kBatches, BatchOptions(options.memory_bytes)}};
  rocksdb::DB* db = nullptr;
  const rocksdb::Status opened =
      options.read_only
          ? rocksdb::DB::OpenForReadOnly(db_options, options.path, families, &database->handles_, &db)
          : rocksdb::DB::Open(db_options, options.path, families, &database->handles_, &db);
  database->db_.reset(db);
  if (opened.ok()) return database;
  const std::string message = fmt::format("cannot open {}: {}", options.path, opened.ToString());
  if (files->sync_failed()) return Status::Fatal(files->FailedSync());
  if (opened.IsNoSpace()) return Status::Retry(message);
  const bool damaged = opened.IsCorruption() || opened.IsInvalidArgument() || opened.IsNotFound() ||
                       opened.IsPathNotFound() || opened.IsNotSupported();
  if (damaged) return Status::Reject(message);
  return Status::Fatal(message);
}

Database::~Database() {
  for (rocksdb::ColumnFamilyHandle* handle : handles_) (void)db_->DestroyColumnFamilyHandle(handle);
  if (db_) (void)db_->Close();
}

Status Database::FromRocks(const rocksdb::Status& status, std::string_view what) const {
  if (status.ok()) return {};
  if (files_->sync_failed()) return Status::Fatal(files_->FailedSync());
  const std::string message = fmt::format("{}: {}", what, status.ToString());
  return status.IsNoSpace() ? Status::Retry("disk full: " + message) : Status::Fatal(message);
}

Status Database::FromRead(const rocksdb::Status& status) const {
  if (status.ok()) return {};
  const std::string path = db_->GetName();
  const Status damaged =
      NeedsRepair(path.substr(0, path.rfind('/')), "a part of the log cannot be read: " + status.ToString());
  return status.IsCorruption() ? damaged : FromRocks(status, damaged.message());
}

Status Database::Write(rocksdb::WriteBatch& writes, bool sync) {
  rocksdb::WriteOptions options;
  options.sync = sync;
  return FromRocks(db_->Write(options, &writes), "cannot write the log");
}

Status Database::Resume() { return FromRocks(db_->Resume(), "cannot resume the log"); }

Status Database::Reclaim(const std::string& from_key, const std::string& below_key) {
  const rocksdb::Slice from(from_key);
  const rocksdb::Slice below(below_key);
  SLUICE_TRY(FromRocks(rocksdb::DeleteFilesInRange(db_.get(), batches(), &from, &below, false),
                       "cannot delete files"));
  SLUICE_TRY(FromRocks(db_->DeleteRange(rocksdb::WriteOptions(), batches(), from, below), "cannot delete"));
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  return Compact(options, &from, &below, "cannot reclaim space");
}

Status Database::CollectGarbage() {
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  options.blob_garbage_collection_policy = rocksdb::BlobGarbageCollectionPolicy::kForce;
  options.blob_garbage_collection_age_cutoff = 0.5;
  return Compact(options, nullptr, nullptr, "cannot collect garbage");
}

Status Database::Compact(const rocksdb::CompactRangeOptions& options, const rocksdb::Slice* from,
                         const rocksdb::Slice* below, std::string_view what) {
  const rocksdb::Status done = db_->CompactRange(options, batches(), from, below);
  return done.IsManualCompactionPaused() ? Status() : FromRocks(done, what);
}

int64_t Database::BytesOnDisk() {
  uint64_t blobs = 0;
  (void)db_->GetIntProperty(batches(), "rocksdb.total-blob-file-size", &blobs);
  return static_cast<int64_t>(blobs);
}

std::optional<int64_t> Database::FreeSpace() {
  uint64_t free = 0;
  const auto told = files_->GetFreeSpace(db_->GetName(), rocksdb::IOOptions(), &free, nullptr);
  return told.ok() ? std::optional(static_cast<int64_t>(free)) : std::nullopt;
}

}  // namespace sluice::embedded
