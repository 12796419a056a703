#include "log/embedded/inspect.h"

#include <arrow/api.h>
#include <fmt/format.h>

#include "log/embedded/batch_format.h"
#include "log/embedded/inspect_parts.h"
#include "log/embedded/origins.h"
#include "log/embedded/reader.h"
#include "log/embedded/scan.h"

namespace sluice {

using namespace embedded;  // NOLINT: this file is the log's face towards the command line

namespace {

const rocksdb::IOOptions kIo;

Result<ReadView> ViewOf(const Catalog& catalog, const std::string& name, PartitionId partition) {
  const auto found = catalog.find(name);
  if (found == catalog.end()) return Status::Reject("the log has no stream " + name);
  const StreamState& stream = *found->second;
  if (partition < 0 || partition >= static_cast<PartitionId>(stream.partitions.size())) {
    return Status::Reject(fmt::format("stream {} has no partition {}", name, partition));
  }
  const PartitionState& of = stream.partitions[static_cast<size_t>(partition)];
  return ReadView{.stream = stream.id,
                  .partition = partition,
                  .low = of.low,
                  .high = of.next,
                  .row_schema = stream.spec.RowSchema(),
                  .table_schema = stream.spec.TableSchema(),
                  .schemas = stream.schemas,
                  .holes = of.holes};
}

// The database for reading only, taking as much of the write-ahead log as is whole.
Status OpenForLooking(const std::string& directory, InspectorParts& parts) {
  Database::Options how{.path = DatabasePath(directory), .read_only = true};
  Status first;
  for (const auto recovery :
       {Database::Recovery::absolute, Database::Recovery::torn_tail, Database::Recovery::salvage}) {
    how.recovery = recovery;
    auto opened = Database::Open(how, parts.files);
    if (opened.ok()) {
      if (recovery == Database::Recovery::salvage) parts.wal_damage = first.message();
      parts.database = *std::move(opened);
      return {};
    }
    first = opened.status();
    if (first.code() != Code::reject) return first;
  }
  return Status::Reject(first.message() + "; `sluice log repair` takes what is whole");
}

}  // namespace

Status InspectorParts::Open(const std::string& directory) {
  const std::string identity_path = IdentityPath(directory);
  if (!files->FileExists(identity_path, kIo, nullptr).ok()) {
    return Status::Reject("there is no log in " + directory);
  }
  SLUICE_ASSIGN(lock, DirectoryLock::Take(*files, directory));
  SLUICE_ASSIGN(const auto text, ReadSmallFile(*files, identity_path));
  SLUICE_ASSIGN(const Identity identity, DecodeIdentity(text.value_or(""), identity_path));
  id = identity.id;
  SLUICE_TRY(OpenForLooking(directory, *this));
  SLUICE_ASSIGN(catalog, LoadCatalog(*database));
  SLUICE_ASSIGN(const auto witness, ReadSmallFile(*files, EndsPath(directory)));
  ends = DecodeEnds(witness.value_or(""));
  return {};
}

struct LogInspector::Parts : InspectorParts {};

LogInspector::LogInspector(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
LogInspector::~LogInspector() = default;

Result<std::unique_ptr<LogInspector>> LogInspector::Open(const std::string& directory,
                                                         std::shared_ptr<rocksdb::FileSystem> files) {
  auto parts = std::make_unique<Parts>();
  parts->files = std::make_shared<WatchedFiles>(files ? std::move(files) : rocksdb::FileSystem::Default());
  SLUICE_TRY(parts->Open(directory));
  return std::unique_ptr<LogInspector>(new LogInspector(std::move(parts)));
}

std::string LogInspector::Id() const { return parts_->id; }

std::vector<LogPartition> LogInspector::Partitions() const {
  std::vector<LogPartition> all;
  for (const auto& [name, stream] : parts_->catalog) {
    for (size_t i = 0; i < stream->partitions.size(); ++i) {
      const PartitionState& state = stream->partitions[i];
      LogPartition& listed = all.emplace_back(LogPartition{
          .stream = name, .partition = static_cast<PartitionId>(i), .ends = {state.low, state.next}});
      for (const Segment& segment : state.segments) {
        listed.bytes += segment.bytes;
        listed.batches += segment.batches;
      }
      for (const auto& [first, hole] : state.holes) {
        (hole.empty ? listed.gaps : listed.lost) += hole.next - std::max(first, state.low);
      }
      if (state.segments.empty()) continue;
      listed.oldest = state.segments.front().oldest;
      listed.newest = state.segments.back().newest;
    }
  }
  return all;
}

Status LogInspector::ForEachOrigin(const std::function<void(const LogOrigin&)>& visit) const {
  Database& database = *parts_->database;
  const std::string from(1, static_cast<char>(Kind::origin));
  const std::unique_ptr<rocksdb::Iterator> it(
      database.db().NewIterator(rocksdb::ReadOptions(), database.meta()));
  for (it->Seek(from); it->Valid() && it->key()[0] == from[0]; it->Next()) {
    const auto record = DecodeOrigin({it->value().data(), it->value().size()});
    const std::string name = it->key().ToString().substr(1);
    if (!record) return Status::Reject("damaged record of origin " + name);
    visit({.origin = name,
           .state = {.epoch = record->epoch, .next = record->next, .answer = record->answer},
           .expires = record->expires});
  }
  return database.FromRead(it->status());
}

Result<StreamSpec> LogInspector::Stream(const std::string& name) const {
  const auto found = parts_->catalog.find(name);
  if (found == parts_->catalog.end()) return Status::Reject("the log has no stream " + name);
  return found->second->spec;
}

Result<Slice> LogInspector::Read(const std::string& stream, PartitionId partition, Position from,
                                 int64_t byte_budget) const {
  SLUICE_ASSIGN(const ReadView view, ViewOf(parts_->catalog, stream, partition));
  if (from < view.low || from > view.high) {
    return Status::Reject(fmt::format("stream {} partition {} holds positions {} to {}, not {}", stream,
                                      partition, view.low, view.high, from));
  }
  return ReadSlice(*parts_->database, view, from, byte_budget);
}

Result<LogVerification> LogInspector::Verify() const {
  LogVerification found;
  if (!parts_->wal_damage.empty()) {
    found.findings.push_back(
        {.sentence = "the write-ahead log is damaged; the next start takes every whole record of it: " +
                     parts_->wal_damage});
  }
  for (const auto& [name, stream] : parts_->catalog) {
    for (size_t i = 0; i < stream->partitions.size(); ++i) {
      SLUICE_TRY(VerifyPartition(*parts_, *stream, static_cast<PartitionId>(i), found));
    }
  }
  return found;
}

}  // namespace sluice
