#include "log/embedded/look.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "log/embedded/blob_scan.h"
#include "log/embedded/opening.h"
#include "log/embedded/small_files.h"
#include "log/log.h"

namespace sluice::embedded {
namespace {

std::string BaseName(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// The tables and blobs that the database knows, with their sizes.
std::map<std::string, uint64_t> KnownFiles(Database& database) {
  std::map<std::string, uint64_t> known;
  for (auto* family : {database.meta(), database.batches()}) {
    rocksdb::ColumnFamilyMetaData told;
    database.db().GetColumnFamilyMetaData(family, &told);
    for (const auto& level : told.levels) {
      for (const auto& table : level.files) known[BaseName(table.name)] = table.size;
    }
    for (const auto& blob : told.blob_files) known[BaseName(blob.blob_file_name)] = blob.blob_file_size;
  }
  return known;
}

// Positions of which somebody may have heard and that nobody deleted; of an unknown partition, all.
Ends HeardOf(const Catalog& catalog, const EndsByPartition& ends, const BatchHeader& header) {
  const auto witness = ends.find({header.stream, header.partition});
  const Position given = witness == ends.end() ? 0 : witness->second.next;
  for (const auto& [name, stream] : catalog) {
    const auto at = static_cast<size_t>(header.partition);
    if (stream->id != header.stream || at >= stream->partitions.size()) continue;
    const PartitionState& partition = stream->partitions[at];
    return {.low = partition.low, .high = std::max(partition.next, given)};
  }
  return {.low = 0, .high = INT64_MAX};
}

// Calls `visit` with the batches of a blob file that belong to the log and that the database does not have.
Status ForEachUnknown(Database& database, const Catalog& catalog, const EndsByPartition& ends,
                      const std::string& path,
                      const std::function<void(const std::string& key, std::string_view value)>& visit) {
  std::string bytes;
  SLUICE_TRY(FromIo(rocksdb::ReadFileToString(&database.files(), path, &bytes), "cannot read " + path));
  return ForEachBlobBatch(bytes, [&](const BatchHeader& header, std::string_view value) {
    const Ends heard = HeardOf(catalog, ends, header);
    if (header.next() <= heard.low || header.first >= heard.high) return Status();
    const std::string key = BatchKey({header.stream, header.partition, header.first});
    rocksdb::PinnableSlice there;
    const auto got = database.db().Get(rocksdb::ReadOptions(), database.batches(), key, &there);
    if (got.IsNotFound()) visit(key, value);
    return Status();
  });
}

}  // namespace

Result<Look> OpenForLooking(const std::string& directory, const std::shared_ptr<WatchedFiles>& files,
                            int64_t memory_bytes) {
  Look look;
  Database::Options how{
      .path = DatabasePath(directory), .memory_bytes = memory_bytes, .create = false, .read_only = true};
  for (const auto recovery :
       {Database::Recovery::absolute, Database::Recovery::torn_tail, Database::Recovery::salvage}) {
    look.recovery = how.recovery = recovery;
    auto opened = Database::Open(how, files);
    if (opened.ok()) {
      look.database = *std::move(opened);
      return look;
    }
    if (opened.status().code() != Code::reject) return opened.status();
    look.wal_damage = opened.status().message();
  }
  return Status::Reject(look.wal_damage);
}

bool IsShort(const Catalog& catalog, const EndsByPartition& ends) {
  for (const auto& [name, stream] : catalog) {
    for (size_t i = 0; i < stream->partitions.size(); ++i) {
      const auto witness = ends.find({stream->id, static_cast<PartitionId>(i)});
      if (witness != ends.end() && witness->second.next > stream->partitions[i].next) return true;
    }
  }
  return catalog.empty() && !ends.empty();
}

std::vector<std::string> FindFileDamage(Database& database) {
  std::vector<std::string> found;
  const std::string directory = database.db().GetName();
  const auto known = KnownFiles(database);
  for (const auto& [name, size] : known) {
    uint64_t bytes = 0;
    const auto told = database.files().GetFileSize(directory + "/" + name, kIo, &bytes, nullptr);
    if (told.IsPathNotFound() || told.IsNotFound()) {
      found.push_back(fmt::format("{}/{} is missing", directory, name));
    } else if (told.ok() && bytes != size) {
      found.push_back(fmt::format("{}/{} holds {} bytes and should hold {}", directory, name, bytes, size));
    }
  }
  if (!found.empty()) return found;
  if (const auto checked = database.db().VerifyChecksum(); !checked.ok()) {
    found.push_back("a table is damaged: " + checked.ToString());
  }
  return found;
}

Result<std::vector<std::string>> FindForgotten(Database& database, const Catalog& catalog,
                                               const EndsByPartition& ends) {
  std::vector<std::string> found;
  const std::string directory = database.db().GetName();
  const auto known = KnownFiles(database);
  std::vector<std::string> names;
  SLUICE_TRY(
      FromIo(database.files().GetChildren(directory, kIo, &names, nullptr), "cannot list " + directory));
  const bool short_of_witness = IsShort(catalog, ends);
  for (const std::string& name : names) {
    if (known.contains(name) || !(name.ends_with(".sst") || name.ends_with(".blob"))) continue;
    bool unknown = short_of_witness;
    if (!unknown && name.ends_with(".blob")) {
      SLUICE_TRY(ForEachUnknown(database, catalog, ends, directory + "/" + name,
                                [&](const std::string&, std::string_view) { unknown = true; }));
    }
    if (unknown) found.push_back(directory + "/" + name);
  }
  return found;
}

Result<Plan> PlanOpening(const std::string& directory, const std::shared_ptr<WatchedFiles>& files,
                         int64_t memory_bytes) {
  SLUICE_ASSIGN(const Look look, OpenForLooking(directory, files, memory_bytes));
  SLUICE_ASSIGN(const auto witness, ReadSmallFile(*files, EndsPath(directory)));
  const EndsByPartition ends = DecodeEnds(witness.value_or(""));
  SLUICE_ASSIGN(const Catalog catalog, LoadCatalog(*look.database));
  if (const auto damage = FindFileDamage(*look.database); !damage.empty()) {
    return Status::Reject(damage.front());
  }
  Plan plan{.recovery = look.recovery};
  SLUICE_ASSIGN(plan.forgotten, FindForgotten(*look.database, catalog, ends));
  // Beside a damaged write-ahead log they are what a flush of it left, and of use.
  if (!plan.forgotten.empty() && look.recovery != Database::Recovery::salvage) {
    return Status::Reject("the manifest has forgotten " + plan.forgotten.front());
  }
  if (look.recovery == Database::Recovery::salvage) {
    plan.damage = look.wal_damage;
  } else if (IsShort(catalog, ends)) {
    plan.damage = "its write-ahead log is shorter than it was " + look.wal_damage;
  }
  return plan;
}

Status TakeForgotten(Database& database, const Catalog& catalog, const EndsByPartition& ends,
                     const std::string& path) {
  rocksdb::WriteBatch writes;
  SLUICE_TRY(
      ForEachUnknown(database, catalog, ends, path, [&](const std::string& key, std::string_view value) {
        (void)writes.Put(database.batches(), key, rocksdb::Slice(value.data(), value.size()));
      }));
  return database.Write(writes, true);
}

}  // namespace sluice::embedded
