#include "log/embedded/works.h"

#include <arrow/api.h>
#include <fmt/format.h>

#include "log/embedded/gather.h"

namespace sluice::embedded {
namespace {
// Expired origins that one group forgets at most: the rest go with the next.
constexpr int kForgetAtOnce = 10'000;
}  // namespace

AppendWork::AppendWork(AppendTarget target, std::vector<Piece> pieces, std::optional<OriginStep> step,
                       Log::Completion completion, std::atomic<int64_t>& under_way, int64_t taken)
    : target_(std::move(target)),
      pieces_(std::move(pieces)),
      step_(std::move(step)),
      completion_(std::move(completion)),
      under_way_(under_way),
      taken_(taken) {
  for (const Piece& piece : pieces_) bytes += piece.bytes;
}

void AppendWork::Prepare(Group& group) {
  if (step_) {
    const OriginRecord known = group.Origin(step_->origin, &outcome_.status);
    if (!outcome_.status.ok()) {
      outcome_.kind = AppendOutcome::failed;
      return;
    }
    StepVerdict verdict = DecideStep(known, *step_);
    outcome_.kind = verdict.kind;
    outcome_.answer = std::move(verdict.answer);
    outcome_.status = std::move(verdict.status);
    if (outcome_.kind != AppendOutcome::done) return;
    group.PutOrigin(step_->origin, AfterStep(known, *step_, group.now));
  }
  for (Piece& piece : pieces_) {
    if (Status put = Put(group, piece); !put.ok() && group.unstorable.ok()) group.unstorable = std::move(put);
  }
}

Status AppendWork::Put(Group& group, Piece& piece) {
  const Destination place{target_.state, piece.partition, target_.schema};
  const int64_t count = piece.is_small() ? piece.small.Count() : piece.encoded.Count();
  SLUICE_ASSIGN(const Position first, piece.is_small() ? Gather(group, place, std::move(piece.small))
                                                       : Store(group, place, piece.encoded));
  if (!outcome_.placed.empty() && outcome_.placed.back().partition == piece.partition) {
    outcome_.placed.back().count += count;
  } else {
    outcome_.placed.push_back({piece.partition, first, count});
  }
  return {};
}

void AppendWork::Finish(const Status& outcome) {
  under_way_ -= taken_;
  if (!outcome.ok()) outcome_ = {.kind = AppendOutcome::failed, .status = outcome};
  pieces_.clear();
  completion_(outcome_);
}

void ClaimWork::Prepare(Group& group) {
  OriginRecord record = group.Origin(origin_, &failure_);
  if (!failure_.ok()) return;
  ++record.epoch;
  group.PutOrigin(origin_, record);
  state_ = {.epoch = record.epoch, .next = record.next, .answer = record.answer};
}

void ClaimWork::Finish(const Status& outcome) {
  if (!failure_.ok()) {
    answer_ = failure_;
  } else if (!outcome.ok()) {
    answer_ = outcome;
  } else {
    answer_ = state_;
  }
}

Status DeclareStream(Group& group, State& state, const StreamSpec& spec) {
  StreamState* const known = state.Find(spec.name);
  const auto rows = spec.RowSchema();
  const StreamId id = known ? known->id : state.NextStreamId();
  uint32_t schema = known ? known->schema : 1;
  if (known) SLUICE_TRY(MayWiden(known->spec, spec));
  const bool new_schema = !known || !known->schemas[schema]->Equals(*rows);
  if (known && new_schema) ++schema;
  if (new_schema) (void)group.writes.Put(group.database.meta(), SchemaKey(id, schema), EncodeSchema(*rows));
  const std::string record = EncodeStream(spec, schema);
  if (!known || record != EncodeStream(known->spec, known->schema)) {
    (void)group.writes.Put(group.database.meta(), StreamKey(id), record);
  }
  group.once_durable.emplace_back([known, spec, id, schema, rows](Catalog& catalog) {
    std::unique_ptr<StreamState> fresh = known ? nullptr : std::make_unique<StreamState>();
    StreamState& stream = known ? *known : *fresh;
    stream.id = id;
    stream.spec = spec;
    stream.schema = schema;
    stream.schemas[schema] = rows;
    stream.partitions.resize(static_cast<size_t>(spec.partitions));
    if (fresh) catalog[spec.name] = std::move(fresh);
  });
  return {};
}

Status RaiseTo(Group& group, StreamState& stream, PartitionId partition, Position next) {
  PartitionChange& change = group.Of(stream, partition);
  if (next <= change.next) return {};
  (void)group.writes.Put(group.database.meta(), PlaceKey(Kind::hole, {stream.id, partition, change.next}),
                         EncodeHole({.next = next}));
  change.new_holes[change.next] = {.next = next};
  change.next = next;
  return {};
}

Status ForgetExpiredOrigins(Group& group) {
  Database& database = group.database;
  const std::string from(1, static_cast<char>(Kind::expiry));
  const std::unique_ptr<rocksdb::Iterator> it(
      database.db().NewIterator(rocksdb::ReadOptions(), database.meta()));
  int forgotten = 0;
  for (it->Seek(from); it->Valid() && forgotten < kForgetAtOnce; it->Next(), ++forgotten) {
    const auto expiry = ParseExpiryKey({it->key().data(), it->key().size()});
    if (it->key()[0] != from[0] || !expiry || expiry->first > group.now) break;
    (void)group.writes.Delete(database.meta(), it->key());
    // A newer step of the same origin may have put its expiry off, or be in this very group.
    std::string bytes;
    const bool found =
        database.db().Get(rocksdb::ReadOptions(), database.meta(), OriginKey(expiry->second), &bytes).ok();
    const auto record = found ? DecodeOrigin(bytes) : std::nullopt;
    if (record && record->ExpiredAt(group.now) && !group.origins.contains(expiry->second)) {
      (void)group.writes.Delete(database.meta(), OriginKey(expiry->second));
    }
  }
  return database.FromRocks(it->status(), "cannot read origins");
}

}  // namespace sluice::embedded
