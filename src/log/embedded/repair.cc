#include <fmt/format.h>

#include "log/embedded/aside.h"
#include "log/embedded/batch_format.h"
#include "log/embedded/inspect_parts.h"
#include "log/embedded/scan.h"

namespace sluice {
namespace embedded {
namespace {

// The keys of the batches of one partition that are not whole.
Status FindDamaged(Database& database, const StreamState& stream, PartitionId id,
                   std::vector<Place>& damaged) {
  const Position low = stream.partitions[static_cast<size_t>(id)].low;
  return ScanBatches(database, stream.id, id, low, INT64_MAX,
                     [&](const Place& place, const Result<std::string_view>& value) {
                       const auto header = value.ok() ? CheckWhole(*value, stream, place) : value.status();
                       if (header.ok()) return Status();
                       if (header.status().code() != Code::reject) return header.status();
                       damaged.push_back(place);
                       return Status();
                     });
}

Status Drop(Database& database, const std::vector<Place>& damaged) {
  rocksdb::WriteBatch writes;
  for (const Place& place : damaged) (void)writes.Delete(database.batches(), BatchKey(place));
  return database.Write(writes, true);
}

}  // namespace
}  // namespace embedded

Result<LogRepair> RepairLog(const std::string& directory, std::shared_ptr<rocksdb::FileSystem> files) {
  using namespace embedded;
  LogRepair repair;
  const auto say = [&](const std::string& sentence) { repair.sentences.push_back(sentence); };
  const auto seen = files ? files : rocksdb::FileSystem::Default();
  if (!seen->FileExists(IdentityPath(directory), rocksdb::IOOptions(), nullptr).ok()) {
    return Status::Reject("there is no log in " + directory);
  }
  SLUICE_ASSIGN(Opened opened, OpenDirectory({.directory = directory, .file_system = files, .report = say}));
  Database& database = *opened.database;
  std::vector<Place> damaged;
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
