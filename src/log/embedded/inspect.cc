#include "log/embedded/inspect.h"

#include <arrow/api.h>
#include <fmt/format.h>

#include "log/embedded/batch_format.h"
#include "log/embedded/inspect_parts.h"
#include "log/embedded/look.h"
#include "log/embedded/origins.h"
#include "log/embedded/reader.h"
#include "log/embedded/scan.h"
#include "log/embedded/small_files.h"

namespace sluice {

using namespace embedded;  // NOLINT: this file is the log's face towards the command line

namespace {

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
                  .table_schema = stream.spec.TableSchema(),
                  .schemas = stream.schemas,
                  .holes = of.holes};
}

}  // namespace

Status InspectorParts::Open(const std::string& directory) {
  const std::string identity_path = IdentityPath(directory);
  const bool there = files->FileExists(identity_path, kIo, nullptr).ok();
  if (!there && !files->FileExists(DatabasePath(directory), kIo, nullptr).ok()) {
    return Status::Reject("there is no log in " + directory);
  }
  SLUICE_ASSIGN(lock, DirectoryLock::Take(*files, directory));
  SLUICE_ASSIGN(const auto text, ReadSmallFile(*files, identity_path));
  unusable = true;
  SLUICE_ASSIGN(const Identity identity, DecodeIdentity(text.value_or(""), identity_path));
  id = identity.id;
  auto look = OpenForLooking(directory, files, 64 << 20);
  if (!look.ok() && look.status().code() == Code::reject) {
    return NeedsRepair(directory, look.status().message());
  }
  if (!look.ok()) return look.status();
  if (look->recovery == Database::Recovery::salvage) wal_damage = look->wal_damage;
  database = std::move(look->database);
  SLUICE_ASSIGN(catalog, LoadCatalog(*database));
  SLUICE_ASSIGN(const auto witness, ReadSmallFile(*files, EndsPath(directory)));
  ends = DecodeEnds(witness.value_or(""));
  unusable = false;
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

Result<LogVerification> VerifyLog(const std::string& directory, std::shared_ptr<rocksdb::FileSystem> files) {
  {
    InspectorParts parts;
    parts.files = std::make_shared<WatchedFiles>(files ? files : rocksdb::FileSystem::Default());
    const Status opened = parts.Open(directory);
    if (!opened.ok() && parts.unusable && opened.code() == Code::reject) {
      return LogVerification{.findings = {{.sentence = opened.message()}}};
    }
  }
  SLUICE_ASSIGN(const auto log, LogInspector::Open(directory, std::move(files)));
  return log->Verify();
}

Result<LogVerification> LogInspector::Verify() const {
  LogVerification found;
  if (!parts_->wal_damage.empty()) {
    found.findings.push_back(
        {.sentence = "the write-ahead log is damaged; the next start takes every whole record of it: " +
                     parts_->wal_damage});
  }
  for (const std::string& sentence : FindFileDamage(*parts_->database)) {
    found.findings.push_back({.sentence = sentence});
  }
  SLUICE_ASSIGN(const auto forgotten, FindForgotten(*parts_->database, parts_->catalog, parts_->ends));
  for (const std::string& path : forgotten) {
    found.findings.push_back({.sentence = "the manifest has forgotten " + path});
  }
  for (const auto& [name, stream] : parts_->catalog) {
    for (size_t i = 0; i < stream->partitions.size(); ++i) {
      SLUICE_TRY(VerifyPartition(*parts_, *stream, static_cast<PartitionId>(i), found));
    }
  }
  return found;
}

}  // namespace sluice
