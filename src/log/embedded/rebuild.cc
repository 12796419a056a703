#include "log/embedded/rebuild.h"

#include <fmt/format.h>

#include "log/embedded/aside.h"
#include "log/embedded/batch_format.h"
#include "log/embedded/opening.h"
#include "log/embedded/salvage.h"
#include "log/embedded/small_files.h"
#include "log/embedded/stream_copy.h"
#include "platform/random.h"

namespace sluice::embedded {
namespace {

std::string RebuiltPath(const std::string& directory) { return directory + "/rebuilt"; }

Status RemoveDirectory(rocksdb::FileSystem& files, const std::string& path) {
  std::vector<std::string> names;
  if (!files.GetChildren(path, kIo, &names, nullptr).ok()) return {};
  for (const std::string& name : names) {
    if (name == "." || name == "..") continue;
    SLUICE_TRY(FromIo(files.DeleteFile(path + "/" + name, kIo, nullptr), "cannot delete " + path));
  }
  return FromIo(files.DeleteDir(path, kIo, nullptr), "cannot delete " + path);
}

// The partition's batches tell how far it goes and how it falls into segments; what lies below its low end
// was deleted once and goes again.
Status CountPartition(Database& database, StreamId stream, PartitionId id, PartitionState& partition) {
  rocksdb::WriteBatch writes;
  std::deque<Segment> segments;
  const auto visit = [&](const EntryPlace& place, const Result<BatchHeader>& header, size_t bytes) {
    if (!header.ok()) return header.status();
    if (header->next() <= partition.low) {
      (void)writes.Delete(database.batches(), BatchKey(place));
      return Status();
    }
    partition.next = std::max(partition.next, header->next());
    const bool began = AddToSegments(segments, SegmentLimits(),
                                     {.first = place.position,
                                      .next = header->next(),
                                      .bytes = static_cast<int64_t>(bytes),
                                      .batches = 1,
                                      .oldest = header->arrival,
                                      .newest = header->arrival});
    if (began && segments.size() > 1) {
      const Segment& complete = segments[segments.size() - 2];
      (void)writes.Put(database.meta(), PlaceKey(Kind::segment, {stream, id, complete.first}),
                       EncodeSegment(complete));
    }
    return Status();
  };
  SLUICE_TRY(ForEachHeader(database, stream, id, 0, INT64_MAX, visit));
  for (const auto& [first, hole] : partition.holes) {
    if (first < partition.low)
      (void)writes.Delete(database.meta(), PlaceKey(Kind::hole, {stream, id, first}));
  }
  CutHoles(partition.holes, partition.low);
  for (const auto& [first, hole] : partition.holes) {
    (void)writes.Put(database.meta(), PlaceKey(Kind::hole, {stream, id, first}), EncodeHole(hole));
  }
  (void)writes.Put(database.meta(), EndsKey(stream, id), EncodeEnds(partition));
  return database.Write(writes, false);
}

// Batches of a stream that no record describes can be read by nobody: the copy keeps them.
Status DropUnknown(Database& database, const Catalog& catalog, const std::map<StreamId, int64_t>& batches,
                   const Say& say) {
  std::map<StreamId, int64_t> unknown = batches;
  for (const auto& [name, stream] : catalog) unknown.erase(stream->id);
  for (const auto& [id, count] : unknown) {
    rocksdb::WriteBatch writes;
    (void)writes.DeleteRange(database.batches(), BatchKey({id, 0, 0}), BatchKey({id + 1, 0, 0}));
    SLUICE_TRY(database.Write(writes, false));
    say(fmt::format("{} batches of stream number {} are lost: its name and fields are gone", count, id));
  }
  return {};
}

Status Fill(WatchedFiles& files, const std::string& directory, const std::string& known_id,
            Database& database, const Say& say) {
  SLUICE_ASSIGN(Salvaged salvaged, SalvageFiles(files, DatabasePath(directory), database, say));
  SLUICE_ASSIGN(const auto copy, ReadSmallFile(files, StreamCopyPath(directory)));
  for (const auto& [key, value] : DecodeStreamCopy(copy.value_or(""))) salvaged.records.Add(key, value);
  std::string id = salvaged.records.id().empty() ? known_id : salvaged.records.id();
  if (id.empty()) {
    id = RandomId();
    say(fmt::format("the log's id is gone; it is {} now, and jobs will ask what to do about that", id));
  }
  rocksdb::WriteBatch writes;
  for (const auto& [key, value] : salvaged.records.Take(id)) (void)writes.Put(database.meta(), key, value);
  SLUICE_TRY(database.Write(writes, false));
  SLUICE_ASSIGN(const Catalog catalog, LoadCatalog(database));
  SLUICE_TRY(DropUnknown(database, catalog, salvaged.batches, say));
  for (const auto& [name, stream] : catalog) {
    for (size_t i = 0; i < stream->partitions.size(); ++i) {
      SLUICE_TRY(CountPartition(database, stream->id, static_cast<PartitionId>(i), stream->partitions[i]));
    }
  }
  return database.FromRocks(database.db().FlushWAL(true), "cannot sync the rebuilt log");
}

}  // namespace

Status Rebuild(const std::shared_ptr<WatchedFiles>& files, const std::string& directory,
               const std::string& id, const Say& say) {
  const std::string rebuilt = RebuiltPath(directory);
  const std::string old = DatabasePath(directory);
  if (!files->FileExists(old, kIo, nullptr).ok()) {
    return Status::Reject(fmt::format(
        "{} is gone, there is nothing to rebuild from: bring it back, or remove {} to begin a new log", old,
        directory));
  }
  SLUICE_TRY(RemoveDirectory(*files, rebuilt));
  SLUICE_TRY([&]() -> Status {
    SLUICE_ASSIGN(const auto database, Database::Open({.path = rebuilt, .create = true}, files));
    return Fill(*files, directory, id, *database, say);
  }());
  const std::string aside = FreeAside(*files, directory);
  SLUICE_TRY(FromIo(files->RenameFile(old, aside, kIo, nullptr), "cannot rename " + old));
  SLUICE_TRY(SyncDirectory(*files, directory));
  say(fmt::format("the database was rebuilt from what is whole; what it was is in {}", aside));
  return FinishRebuild(*files, directory, say);
}

Status FinishRebuild(WatchedFiles& files, const std::string& directory, const Say& say) {
  const std::string rebuilt = RebuiltPath(directory);
  const std::string place = DatabasePath(directory);
  if (files.FileExists(place, kIo, nullptr).ok() || !files.FileExists(rebuilt, kIo, nullptr).ok()) return {};
  SLUICE_TRY(FromIo(files.RenameFile(rebuilt, place, kIo, nullptr), "cannot rename " + rebuilt));
  SLUICE_TRY(SyncDirectory(files, directory));
  say("the rebuilt database is in place");
  return {};
}

}  // namespace sluice::embedded
