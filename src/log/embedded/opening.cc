#include "log/embedded/opening.h"

#include <fmt/format.h>

#include "log/embedded/aside.h"
#include "log/embedded/batch_format.h"
#include "log/embedded/wire.h"
#include "platform/random.h"

namespace sluice::embedded {
namespace {

const rocksdb::IOOptions kIo;

void Report(const EmbeddedLogOptions& options, const std::string& sentence) {
  if (options.report) options.report(sentence);
}

struct Recovered {
  std::unique_ptr<Database> database;
  bool damaged = false;
};

Result<Recovered> OpenDatabase(const EmbeddedLogOptions& options, const std::shared_ptr<WatchedFiles>& files,
                               bool create) {
  Database::Options how{
      .path = DatabasePath(options.directory), .memory_bytes = options.memory_bytes, .create = create};
  auto opened = Database::Open(how, files);
  if (opened.ok()) return Recovered{*std::move(opened)};
  if (opened.status().code() != Code::reject) return opened.status();
  how.recovery = Database::Recovery::torn_tail;
  auto torn = Database::Open(how, files);
  if (torn.ok()) return Recovered{*std::move(torn)};
  if (torn.status().code() != Code::reject) return torn.status();
  SLUICE_ASSIGN(const std::string aside, CopyAside(*files, options.directory));
  Report(options,
         fmt::format("the log is damaged ({}); its files were copied to {} and every whole record is taken",
                     torn.status().message(), aside));
  how.recovery = Database::Recovery::salvage;
  auto salvaged = Database::Open(how, files);
  if (!salvaged.ok()) return salvaged.status();
  return Recovered{*std::move(salvaged), true};
}

std::string EncodeIdentityRecord(const std::string& id) {
  WireWriter out;
  out.Put(static_cast<uint32_t>(kFormatVersion));
  out.PutText(id);
  return out.Take();
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
  WireReader in(bytes);
  const auto version = in.Get<uint32_t>();
  std::string id(in.GetText());
  if (!in.Done() || version != kFormatVersion) {
    return Status::Reject(fmt::format("the log is of format version {}, this program reads version {}",
                                      version, kFormatVersion));
  }
  return id;
}

// The partition's batches cover what their headers say; a damaged one covers up to its successor.
Status WalkBatches(Database& database, const StreamState& stream, PartitionId id, HoleFinder& finder) {
  std::optional<Position> damaged;
  const PartitionState& partition = stream.partitions[static_cast<size_t>(id)];
  return ForEachHeader(database, stream.id, id, partition.low, INT64_MAX,
                       [&](const Place& place, const Result<BatchHeader>& header, size_t) {
                         if (damaged) finder.Cover(*damaged, place.position);
                         damaged = header.ok() ? std::nullopt : std::optional(place.position);
                         if (header.ok()) finder.Cover(place.position, header->next());
                         return Status();
                       });
}

void PutHole(Database& database, const Place& place, const Hole& hole, rocksdb::WriteBatch& writes) {
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
    if (!opened.files->FileExists(DatabasePath(options.directory) + "/CURRENT", kIo, nullptr).ok()) {
      return Status::Reject(
          fmt::format("{} names log {}, but its data is gone from {}: bring it back, or remove {} to "
                      "begin a new log",
                      identity_path, identity.id, DatabasePath(options.directory), options.directory));
    }
  }
  SLUICE_ASSIGN(Recovered recovered, OpenDatabase(options, opened.files, !identity_text));
  opened.database = std::move(recovered.database);
  SLUICE_ASSIGN(const std::string id, IdOf(*opened.database));
  if (identity_text && id != opened.id) {
    return Status::Reject(
        fmt::format("{} names log {}, but the data is that of log {}", identity_path, opened.id, id));
  }
  opened.id = id;
  if (!identity_text) {
    SLUICE_TRY(ReplaceSmallFile(*opened.files, identity_path, EncodeIdentity({kFormatVersion, id})));
  }
  SLUICE_ASSIGN(opened.catalog, LoadCatalog(*opened.database));
  const uint32_t boot = options.boot != 0 ? options.boot : BootNumber();
  SLUICE_ASSIGN(opened.ends, EndsFile::Open(*opened.files, EndsPath(options.directory), boot));
  SLUICE_ASSIGN(opened.lost, RecordHoles(*opened.database, opened.catalog, opened.ends->ends(), boot,
                                         recovered.damaged, options.report));
  return opened;
}

}  // namespace sluice::embedded
