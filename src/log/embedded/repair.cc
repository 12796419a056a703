#include <fmt/format.h>

#include "log/embedded/aside.h"
#include "log/embedded/batch_format.h"
#include "log/embedded/inspect_parts.h"
#include "log/embedded/look.h"
#include "log/embedded/rebuild.h"
#include "log/embedded/record_merge.h"
#include "log/embedded/scan.h"

namespace sluice {
namespace embedded {
namespace {

constexpr int64_t kRepairMemory = 64 << 20;

// The keys of the batches of one partition that are not whole.
Status FindDamaged(Database& database, const StreamState& stream, PartitionId id,
                   std::vector<EntryPlace>& damaged) {
  const Position low = stream.partitions[static_cast<size_t>(id)].low;
  return ScanBatches(database, stream.id, id, low, INT64_MAX,
                     [&](const EntryPlace& place, const Result<std::string_view>& value) {
                       const auto header =
                           value.ok() ? CheckWhole(*value, stream.schemas, place) : value.status();
                       if (header.ok()) return Status();
                       if (header.status().code() != Code::reject) return header.status();
                       damaged.push_back(place);
                       return Status();
                     });
}

Status Drop(Database& database, const std::vector<EntryPlace>& damaged) {
  rocksdb::WriteBatch writes;
  for (const EntryPlace& place : damaged) (void)writes.Delete(database.batches(), BatchKey(place));
  return database.Write(writes, true);
}

// Makes the two places that hold the id agree: the database's is covered by a checksum.
Status MendIdentity(WatchedFiles& files, const std::string& directory, Database& database,
                    const std::string& in_file, const Say& say) {
  std::string bytes;
  const auto read = database.db().Get(rocksdb::ReadOptions(), database.meta(), kIdentityKey, &bytes);
  SLUICE_TRY(database.FromRead(read));
  SLUICE_ASSIGN(const std::string id, DecodeIdentityRecord(bytes));
  if (id == in_file) return {};
  say(fmt::format("{} names log {} again", IdentityPath(directory), id));
  return ReplaceSmallFile(files, IdentityPath(directory), EncodeIdentity({kFormatVersion, id}));
}

// After it the log opens, if anything is left of it.
Status MakeUsable(const std::shared_ptr<WatchedFiles>& files, const std::string& directory, const Say& say) {
  SLUICE_ASSIGN(const auto lock, DirectoryLock::Take(*files, directory));
  SLUICE_TRY(FinishRebuild(*files, directory, say));
  SLUICE_ASSIGN(const auto text, ReadSmallFile(*files, IdentityPath(directory)));
  const auto identity = DecodeIdentity(text.value_or(""), IdentityPath(directory));
  const std::string id = identity.ok() ? identity->id : "";
  const auto plan = PlanOpening(directory, files, kRepairMemory);
  if (!plan.ok() && plan.status().code() != Code::reject) return plan.status();
  if (!plan.ok()) {
    say("the database cannot be used as it is: " + plan.status().message());
    SLUICE_TRY(Rebuild(files, directory, id, say));
  }
  SLUICE_ASSIGN(const Look look, OpenForLooking(directory, files, kRepairMemory));
  return MendIdentity(*files, directory, *look.database, id, say);
}

}  // namespace
}  // namespace embedded

Result<LogRepair> RepairLog(const std::string& directory, std::shared_ptr<rocksdb::FileSystem> files) {
  using namespace embedded;
  LogRepair repair;
  const auto say = [&](const std::string& sentence) { repair.sentences.push_back(sentence); };
  const auto seen = std::make_shared<WatchedFiles>(files ? files : rocksdb::FileSystem::Default());
  const rocksdb::IOOptions io;
  if (!seen->FileExists(IdentityPath(directory), io, nullptr).ok() &&
      !seen->FileExists(DatabasePath(directory), io, nullptr).ok()) {
    return Status::Reject("there is no log in " + directory);
  }
  SLUICE_TRY(MakeUsable(seen, directory, say));
  SLUICE_ASSIGN(Opened opened, OpenDirectory({.directory = directory, .file_system = files, .report = say}));
  Database& database = *opened.database;
  std::vector<EntryPlace> damaged;
  for (const auto& [name, stream] : opened.catalog) {
    for (size_t i = 0; i < stream->partitions.size(); ++i) {
      SLUICE_TRY(FindDamaged(database, *stream, static_cast<PartitionId>(i), damaged));
    }
  }
  if (!damaged.empty()) {
    SLUICE_ASSIGN(const std::string aside, CopyAside(*opened.files, directory));
    SLUICE_TRY(Drop(database, damaged));
    say(fmt::format("{} damaged batches were dropped; a copy of the files is in {}", damaged.size(), aside));
  }
  repair.batches_dropped = static_cast<int64_t>(damaged.size());
  SLUICE_ASSIGN(const int64_t lost, RecordHoles(database, opened.catalog, {}, 0, true, say));
  repair.positions_lost = opened.lost + lost;
  return repair;
}

}  // namespace sluice
