#include "log/embedded/opening.h"

#include <fmt/format.h>

#include "log/embedded/aside.h"
#include "log/embedded/batch_format.h"
#include "log/embedded/look.h"
#include "log/embedded/record_merge.h"
#include "log/embedded/small_files.h"
#include "log/embedded/stream_copy.h"
#include "platform/random.h"

namespace sluice::embedded {
namespace {

void Report(const EmbeddedLogOptions& options, const std::string& sentence) {
  if (options.report) options.report(sentence);
}

struct Recovered {
  std::unique_ptr<Database> database;
  bool damaged = false;
  std::vector<std::string> forgotten;  // blobs in the copy that may hold what is missing
};

// RocksDB would delete them, or write a new file over the bytes that the copy shares.
Result<std::vector<std::string>> MoveForgotten(WatchedFiles& files, const std::vector<std::string>& forgotten,
                                               const std::string& aside) {
  std::vector<std::string> moved;
  for (const std::string& path : forgotten) {
    SLUICE_TRY(FromIo(files.DeleteFile(path, kIo, nullptr), "cannot move " + path));
    if (path.ends_with(".blob")) moved.push_back(aside + path.substr(path.rfind('/')));
  }
  return moved;
}

// Whatever is left of a log whose manifest is gone must not be taken for an empty directory.
Result<bool> HasRemains(rocksdb::FileSystem& files, const std::string& directory) {
  SLUICE_ASSIGN(const auto ends, ReadSmallFile(files, EndsPath(directory)));
  if (ends && !DecodeEnds(*ends).empty()) return true;
  std::vector<std::string> names;
  if (!files.GetChildren(DatabasePath(directory), kIo, &names, nullptr).ok()) return false;
  return std::any_of(names.begin(), names.end(), [](const std::string& name) {
    return name.ends_with(".log") || name.ends_with(".sst") || name.ends_with(".blob");
  });
}

// A new database, where the caller made sure that there is none.
Result<Recovered> CreateDatabase(const EmbeddedLogOptions& options,
                                 const std::shared_ptr<WatchedFiles>& files) {
  SLUICE_ASSIGN(auto made, Database::Open({.path = DatabasePath(options.directory),
                                           .memory_bytes = options.memory_bytes,
                                           .create = true},
                                          files));
  return Recovered{std::move(made)};
}

Result<Recovered> OpenDatabase(const EmbeddedLogOptions& options,
                               const std::shared_ptr<WatchedFiles>& files) {
  const auto plan = PlanOpening(options.directory, files, options.memory_bytes);
  if (!plan.ok() && plan.status().code() == Code::reject) {
    return NeedsRepair(options.directory, "the log is damaged: " + plan.status().message());
  }
  if (!plan.ok()) return plan.status();
  Recovered recovered{.damaged = !plan->damage.empty()};
  if (recovered.damaged) {
    SLUICE_ASSIGN(const std::string aside, CopyAside(*files, options.directory));
    SLUICE_ASSIGN(recovered.forgotten, MoveForgotten(*files, plan->forgotten, aside));
    Report(options,
           fmt::format("the log is damaged ({}); its files were copied to {} and every whole record is taken",
                       plan->damage, aside));
  }
  SLUICE_ASSIGN(recovered.database, Database::Open({.path = DatabasePath(options.directory),
                                                    .memory_bytes = options.memory_bytes,
                                                    .recovery = plan->recovery},
                                                   files));
  return recovered;
}

// The id that the database holds; a new one for a new database.
Result<std::string> IdOf(Database& database) {
  std::string bytes;
  const rocksdb::Status read =
      database.db().Get(rocksdb::ReadOptions(), database.meta(), kIdentityKey, &bytes);
  if (read.IsNotFound()) {
    rocksdb::WriteBatch writes;
    const std::string id = RandomId();
    (void)writes.Put(database.meta(), kIdentityKey, EncodeIdentityRecord(id));
    SLUICE_TRY(database.Write(writes, true));
    return id;
  }
  SLUICE_TRY(database.FromRocks(read, "cannot read the log's identity"));
  return DecodeIdentityRecord(bytes);
}

// The partition's batches cover what their headers say; a damaged one covers up to its successor.
Status WalkBatches(Database& database, const StreamState& stream, PartitionId id, HoleFinder& finder) {
  std::optional<Position> damaged;
  const PartitionState& partition = stream.partitions[static_cast<size_t>(id)];
  return ForEachHeader(database, stream.id, id, partition.low, INT64_MAX,
                       [&](const EntryPlace& place, const Result<BatchHeader>& header, size_t) {
                         if (damaged) finder.Cover(*damaged, place.position);
                         damaged = header.ok() ? std::nullopt : std::optional(place.position);
                         if (header.ok()) finder.Cover(place.position, header->next());
                         return Status();
                       });
}

void PutHole(Database& database, const EntryPlace& place, const Hole& hole, rocksdb::WriteBatch& writes) {
  (void)writes.Put(database.meta(), PlaceKey(Kind::hole, place), EncodeHole(hole));
}

}  // namespace

std::string DatabasePath(const std::string& directory) { return directory + "/db"; }
std::string IdentityPath(const std::string& directory) { return directory + "/sluice-log"; }
std::string EndsPath(const std::string& directory) { return directory + "/ends"; }
std::string ReservePath(const std::string& directory) { return directory + "/reserve"; }

Result<int64_t> RecordHoles(Database& database, Catalog& catalog, const EndsByPartition& ends, uint32_t boot,
                            bool walk, const std::function<void(const std::string&)>& report) {
  const auto say = [&](const std::string& sentence) {
    if (report) report(sentence);
  };
  int64_t lost = 0;
  rocksdb::WriteBatch writes;
  for (auto& [name, stream] : catalog) {
    for (size_t i = 0; i < stream->partitions.size(); ++i) {
      PartitionState& partition = stream->partitions[i];
      const auto id = static_cast<PartitionId>(i);
      HoleFinder finder(partition.holes, walk ? partition.low : partition.next);
      if (walk) SLUICE_TRY(WalkBatches(database, *stream, id, finder));
      const auto known = ends.find({stream->id, id});
      const Witness witness = known == ends.end() ? Witness() : known->second;
      const Continuation on = ContinueFrom(partition.next, witness, boot);
      const std::string where = fmt::format("stream {} partition {}", name, id);
      for (const auto& [first, next] : finder.Finish(on.lost)) {
        partition.holes[first] = {.next = next};
        PutHole(database, {stream->id, id, first}, {.next = next}, writes);
        lost += next - first;
        say(fmt::format("{}: positions {} to {} are lost", where, first, next - 1));
      }
      if (on.next > on.lost) {
        partition.holes[on.lost] = {.next = on.next, .empty = true};
        PutHole(database, {stream->id, id, on.lost}, {.next = on.next, .empty = true}, writes);
        say(fmt::format(
            "{}: after the power cut it goes on at position {}; {} to {} are left out (gaps), so that "
            "none is given twice",
            where, on.next, on.lost, on.next - 1));
      }
      if (on.next == partition.next) continue;
      partition.next = on.next;
      (void)writes.Put(database.meta(), EndsKey(stream->id, id), EncodeEnds(partition));
    }
  }
  if (writes.Count() > 0) SLUICE_TRY(database.Write(writes, true));
  return lost;
}

Status KeepStreamCopy(rocksdb::FileSystem& files, const std::string& directory, const std::string& copy) {
  const std::string path = StreamCopyPath(directory);
  const auto known = ReadSmallFile(files, path);
  if (known.ok() && *known == copy) return {};
  const Status written = ReplaceSmallFile(files, path, copy);
  return written.code() == Code::retry ? Status() : written;  // the next opening finds room for it
}

Result<Opened> OpenDirectory(const EmbeddedLogOptions& options) {
  Opened opened;
  opened.files = std::make_shared<WatchedFiles>(options.file_system ? options.file_system
                                                                    : rocksdb::FileSystem::Default());
  SLUICE_ASSIGN(opened.lock, DirectoryLock::Take(*opened.files, options.directory));
  const std::string identity_path = IdentityPath(options.directory);
  SLUICE_ASSIGN(const auto identity_text, ReadSmallFile(*opened.files, identity_path));
  if (identity_text) {
    SLUICE_ASSIGN(const Identity identity, DecodeIdentity(*identity_text, identity_path));
    opened.id = identity.id;
  }
  const std::string data = DatabasePath(options.directory);
  const bool there = opened.files->FileExists(data + "/CURRENT", kIo, nullptr).ok();
  SLUICE_ASSIGN(const bool remains, HasRemains(*opened.files, options.directory));
  if (!there && (identity_text || remains)) {
    return NeedsRepair(
        options.directory,
        fmt::format(
            "this is a log, but {0}/CURRENT is gone, without which its data cannot be read: bring {0} "
            "back, or remove {1} to begin a new log, or rebuild it from what is left",
            data, options.directory));
  }
  SLUICE_ASSIGN(Recovered recovered,
                there ? OpenDatabase(options, opened.files) : CreateDatabase(options, opened.files));
  opened.database = std::move(recovered.database);
  SLUICE_ASSIGN(const std::string id, IdOf(*opened.database));
  if (identity_text && id != opened.id) {
    return NeedsRepair(options.directory, fmt::format("{} names log {}, but the data is that of log {}",
                                                      identity_path, opened.id, id));
  }
  opened.id = id;
  if (!identity_text) {
    SLUICE_TRY(ReplaceSmallFile(*opened.files, identity_path, EncodeIdentity({kFormatVersion, id})));
  }
  SLUICE_ASSIGN(opened.catalog, LoadCatalog(*opened.database));
  SLUICE_TRY(KeepStreamCopy(*opened.files, options.directory, EncodeStreamCopy(opened.catalog)));
  const uint32_t boot = options.boot != 0 ? options.boot : BootNumber();
  SLUICE_ASSIGN(opened.ends, EndsFile::Open(*opened.files, EndsPath(options.directory), boot));
  for (const std::string& path : recovered.forgotten) {
    SLUICE_TRY(TakeForgotten(*opened.database, opened.catalog, opened.ends->ends(), path));
  }
  SLUICE_ASSIGN(opened.lost, RecordHoles(*opened.database, opened.catalog, opened.ends->ends(), boot,
                                         recovered.damaged, options.report));
  return opened;
}

}  // namespace sluice::embedded
