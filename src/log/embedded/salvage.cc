#include "log/embedded/salvage.h"

#include <algorithm>

#include <fmt/format.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/table_properties.h>

#include "log/embedded/blob_scan.h"
#include "log/embedded/small_files.h"
#include "log/embedded/wal_scan.h"

namespace sluice::embedded {
namespace {

constexpr size_t kWriteBytes = 1 << 20;
constexpr uint32_t kMetaFamily = 0;  // as RocksDB numbers them in the order in which they were made
constexpr uint32_t kBatchFamily = 1;

using Say = std::function<void(const std::string&)>;

// Takes what the files give.
class Taker : public rocksdb::WriteBatch::Handler {
 public:
  Taker(Database& target, Salvaged& salvaged) : target_(target), salvaged_(salvaged) {}

  Status Batch(const BatchHeader& header, std::string_view value) {
    (void)writes_.Put(target_.batches(), BatchKey({header.stream, header.partition, header.first}),
                      rocksdb::Slice(value.data(), value.size()));
    ++salvaged_.batches[header.stream];
    return writes_.GetDataSize() < kWriteBytes ? Status() : Flush();
  }
  void Record(std::string_view key, std::string_view value) { salvaged_.records.Add(key, value); }
  Status Flush() {
    SLUICE_TRY(target_.Write(writes_, false));
    writes_.Clear();
    return {};
  }

  // Of a record of a write-ahead log. What it deletes is of no interest here.
  rocksdb::Status PutCF(uint32_t family, const rocksdb::Slice& key, const rocksdb::Slice& value) override {
    if (family == kMetaFamily) Record(SliceView(key), SliceView(value));
    if (family != kBatchFamily) return {};
    const auto header = CheckBatch(SliceView(value));
    if (header.ok()) failure_ = Batch(*header, SliceView(value));
    return failure_.ok() ? rocksdb::Status() : rocksdb::Status::Aborted();
  }
  rocksdb::Status DeleteCF(uint32_t, const rocksdb::Slice&) override { return {}; }
  rocksdb::Status DeleteRangeCF(uint32_t, const rocksdb::Slice&, const rocksdb::Slice&) override {
    return {};
  }
  Status TakeWal(std::string_view record) {
    (void)rocksdb::WriteBatch(std::string(record)).Iterate(this);
    return failure_;
  }

 private:
  Database& target_;
  Salvaged& salvaged_;
  rocksdb::WriteBatch writes_;
  Status failure_;
};

// Records of one kind: from the front up to a damaged block, then from the back.
bool TakeKind(rocksdb::SstFileReader& table, char kind, Taker& taker) {
  const std::unique_ptr<rocksdb::Iterator> it(table.NewIterator(rocksdb::ReadOptions()));
  const std::string from(1, kind);
  const std::string end(1, static_cast<char>(kind + 1));
  for (it->Seek(from); it->Valid() && SliceView(it->key()) < end; it->Next()) {
    taker.Record(SliceView(it->key()), SliceView(it->value()));
  }
  if (it->status().ok()) return true;
  for (it->SeekForPrev(end); it->Valid() && SliceView(it->key()) >= from; it->Prev()) {
    taker.Record(SliceView(it->key()), SliceView(it->value()));
  }
  return false;
}

void TakeTable(WatchedFiles& files, const std::string& path, Taker& taker, const Say& say) {
  const std::unique_ptr<rocksdb::Env> env =
      rocksdb::NewCompositeEnv(std::shared_ptr<rocksdb::FileSystem>(&files, [](rocksdb::FileSystem*) {}));
  rocksdb::Options options;
  options.env = env.get();
  rocksdb::SstFileReader table(options);
  if (const auto opened = table.Open(path); !opened.ok()) {
    say(fmt::format("{} cannot be read ({}): origins that only it knew are forgotten", path,
                    opened.ToString()));
    return;
  }
  if (table.GetTableProperties()->column_family_name != rocksdb::kDefaultColumnFamilyName) return;
  bool whole = true;
  for (const char kind : std::string(kIdentityKey) + "SCEHO") whole = TakeKind(table, kind, taker) && whole;
  if (!whole) say(fmt::format("{} is damaged: origins in the damaged block are forgotten", path));
}

}  // namespace

Result<Salvaged> SalvageFiles(WatchedFiles& files, const std::string& directory, Database& target,
                              const Say& say) {
  Salvaged salvaged;
  Taker taker(target, salvaged);
  std::vector<std::string> names;
  SLUICE_TRY(FromIo(files.GetChildren(directory, kIo, &names, nullptr), "cannot list " + directory));
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    const std::string path = directory + "/" + name;
    if (name.ends_with(".sst")) TakeTable(files, path, taker, say);
    if (!name.ends_with(".blob") && !name.ends_with(".log")) continue;
    std::string bytes;
    const auto read = rocksdb::ReadFileToString(&files, path, &bytes);
    if (!read.ok()) say(fmt::format("{} cannot be read to its end: {}", path, read.ToString()));
    if (name.ends_with(".blob")) {
      SLUICE_TRY(ForEachBlobBatch(bytes, [&](const BatchHeader& header, std::string_view value) {
        return taker.Batch(header, value);
      }));
      continue;
    }
    SLUICE_ASSIGN(const WalScan scan,
                  ForEachWalRecord(bytes, [&](std::string_view record) { return taker.TakeWal(record); }));
    if (scan.damaged > 0) say(fmt::format("{} is damaged in {} places", path, scan.damaged));
  }
  SLUICE_TRY(taker.Flush());
  return salvaged;
}

}  // namespace sluice::embedded
