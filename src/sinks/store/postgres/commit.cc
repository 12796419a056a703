#include "sinks/store/postgres/commit.h"

#include <future>

#include <arrow/api.h>
#include <fmt/format.h>

#include "platform/random.h"
#include "sinks/store/postgres/claim.h"
#include "sinks/store/postgres/refused.h"
#include "sinks/store/postgres/rights.h"
#include "sinks/store/postgres/schema.h"
#include "sinks/store/postgres/send_rows.h"
#include "sinks/store/sql_text.h"

namespace sluice::pg {
namespace {

CommitOutcome OutcomeOf(const Status& status) {
  switch (status.code()) {
    case Code::ok:
      return {};
    case Code::lost:
      return {.kind = CommitOutcome::lost, .status = status};
    case Code::fatal:
      return {.kind = CommitOutcome::fatal, .status = status};
    default:
      return {.kind = CommitOutcome::retry, .status = Status::Retry(status.message())};
  }
}

bool HasRows(const Span& span) { return span.rows != nullptr && span.rows->num_rows() > 0; }

bool HasDead(const std::vector<Span>& spans) {
  return std::any_of(spans.begin(), spans.end(), [](const Span& span) { return !span.dead.empty(); });
}

const arrow::TimestampArray& ArrivalsOf(const arrow::RecordBatch& rows) {
  return static_cast<const arrow::TimestampArray&>(*rows.GetColumnByName(std::string(kIngestedAt)));
}

}  // namespace

Status Committer::Declare(const StoreShape& shape, ByteSize memory) {
  for (const StreamSpec& spec : shape.streams) {
    auto stream = std::make_unique<Stream>();
    stream->spec = spec;
    if (spec.key) stream->indexed.push_back({spec.fields[static_cast<size_t>(*spec.key)].name});
    std::vector<SummarySpec> summaries;
    for (const SummarySpec& summary : shape.summaries) {
      if (summary.stream != spec.name) continue;
      SLUICE_ASSIGN(auto sql, SummarySql::Make(summary, spec));
      stream->summaries.push_back(std::move(sql));
      if (!summary.by.empty()) stream->indexed.push_back(summary.by);
      summaries.push_back(summary);
    }
    if (!summaries.empty()) {
      const MutexLock lock(stream->mutex);
      SLUICE_ASSIGN(stream->deltas, StreamDeltas::Make(spec, summaries, memory));
    }
    streams_[spec.name] = std::move(stream);
  }
  return {};
}

std::vector<std::shared_ptr<arrow::RecordBatch>> Committer::Arrivals::Batches() const {
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  for (const Span* span : spans) batches.push_back(span->rows);
  return batches;
}

Result<SeatState> Committer::Claim(const Seat& seat, const std::string& log_id, Position start_if_new) {
  const std::string holder = RandomId();
  SLUICE_ASSIGN(auto state, ClaimSeat(pool_, seat, holder, log_id, start_if_new));
  book_.Claimed(seat, state, holder);
  return state;
}

CommitOutcome Committer::Commit(std::span<const Span> spans) {
  auto work = Find(spans);
  if (!work.ok()) return OutcomeOf(work.status());
  if (const Status sure = ResolveAll(*work); !sure.ok()) return OutcomeOf(sure);
  std::vector<Span> todo;
  for (Work& one : *work) {
    one.cut = CutSpan(*one.asked, one.held);
    if (!one.cut.nothing) todo.push_back(one.cut.span);
  }
  // Seats in one order, so that two calls never wait for each other.
  std::sort(todo.begin(), todo.end(), [](const Span& a, const Span& b) { return a.seat < b.seat; });
  return Answer(todo.empty() ? Outcome() : Store(todo), *work);
}

Result<std::vector<Committer::Work>> Committer::Find(std::span<const Span> spans) {
  std::vector<Work> work;
  for (const Span& span : spans) {
    const auto held = book_.Find(span.seat, span.epoch);
    if (!held || span.from != held->job) {
      return Status::Lost(fmt::format("{} of {}/{} at {} (epoch {}) belongs to another claim", span.seat.job,
                                      span.seat.stream, span.seat.partition, span.from, span.epoch));
    }
    work.push_back({.asked = &span, .held = *held});
  }
  return work;
}

Status Committer::ResolveAll(std::vector<Work>& work) {
  for (Work& one : work) {
    if (one.held.unsure) SLUICE_TRY(ResolveOne(one));
  }
  return {};
}

Status Committer::ResolveOne(Work& work) {
  const auto standing = ClaimAgain(pool_, work.asked->seat, work.held.holder);
  if (!standing.ok()) {
    if (standing.status().code() == Code::lost) book_.Lost(work.asked->seat);
    return standing.status();
  }
  Resolve(work.held, standing->epoch, standing->next);
  book_.Update(work.asked->seat, work.held);
  return {};
}

CommitOutcome Committer::Answer(Outcome outcome, std::vector<Work>& work) {
  if (outcome.unsure) {
    for (Work& one : work) {
      if (one.cut.nothing) continue;
      one.held.unsure = Attempt{one.cut.span.next, one.cut.span.terms};
      book_.Update(one.asked->seat, one.held);
    }
    // Whether it happened is asked at once; when that fails too, by the next call.
    if (const Status sure = ResolveAll(work); !sure.ok()) return OutcomeOf(sure);
    const bool happened = std::all_of(work.begin(), work.end(), [](const Work& one) {
      return one.cut.nothing || one.held.next == one.cut.span.next;
    });
    if (!happened) return OutcomeOf(outcome.status);
    for (Work& one : work) {
      if (!one.cut.nothing) one.cut.ahead = {};
    }
    outcome.status = {};
  }
  if (!outcome.refused.empty()) {
    return {.kind = CommitOutcome::reject, .status = outcome.status, .rejected = std::move(outcome.refused)};
  }
  if (outcome.status.code() == Code::lost) {
    for (const Work& one : work) book_.Lost(one.asked->seat);
  }
  if (!outcome.status.ok()) return OutcomeOf(outcome.status);
  for (Work& one : work) {
    one.held.ahead = one.cut.ahead;
    one.held.job = one.asked->next;
    if (!one.cut.nothing) one.held.next = one.cut.span.next;
    book_.Update(one.asked->seat, one.held);
  }
  return {};
}

Result<std::vector<Committer::Arrivals>> Committer::Sort(const std::vector<Span>& spans) {
  std::vector<Arrivals> all;
  for (const Span& span : spans) {
    if (!HasRows(span)) continue;
    const auto stream = streams_.find(span.seat.stream);
    if (stream == streams_.end()) {
      return Status::Retry(fmt::format("stream '{}' is not declared in this store", span.seat.stream));
    }
    auto arrivals = std::find_if(all.begin(), all.end(),
                                 [&](const Arrivals& known) { return known.stream == stream->second.get(); });
    if (arrivals == all.end()) arrivals = all.insert(all.end(), Arrivals{.stream = stream->second.get()});
    arrivals->spans.push_back(&span);
  }
  return all;
}

std::vector<Refusal> Committer::FindTooWide(const std::vector<Arrivals>& all) const {
  std::vector<Refusal> refused;
  for (const Arrivals& arrivals : all) {
    for (const Span* span : arrivals.spans) {
      for (const Position position : TooWide(arrivals.stream->spec, *span->rows, arrivals.stream->indexed)) {
        refused.push_back({span->seat, position});
      }
    }
  }
  return refused;
}

// A column that somebody added and that must have a value would make a dead letter of every row.
Status Committer::CheckForeignColumn(const Failure& failure, const std::vector<Arrivals>& all) {
  std::vector<std::string> names;
  for (const Arrivals& arrivals : all) {
    for (const auto& [name, type] : ColumnsOf(arrivals.stream->spec)) names.push_back(name);
  }
  if (!IsForeignColumn(failure, names)) return {};
  return Status::Retry(
      fmt::format("{}: no field of the stream fills it. ALTER TABLE … ALTER COLUMN {} DROP NOT NULL;",
                  failure.message, QuoteName(failure.column)));
}

// The whole of what contends with others.
Result<std::string> Committer::LastMessage(const std::vector<Span>& spans, const std::vector<Arrivals>& all) {
  std::string message;
  for (const Span& span : spans) message += FenceSql(span) + ";\n";
  for (const Arrivals& arrivals : all) {
    Stream& stream = *arrivals.stream;
    const auto batches = arrivals.Batches();
    if (stream.spec.key) message += KeysSql(stream.spec, KeyDeltas(stream.spec, batches)) + ";\n";
    if (stream.summaries.empty()) continue;
    const MutexLock lock(stream.mutex);
    SLUICE_ASSIGN(const auto deltas, stream.deltas->Of(batches));
    for (size_t i = 0; i < deltas.size(); ++i) {
      if (deltas[i]->num_rows() > 0) message += stream.summaries[i].Upsert(*deltas[i]) + ";\n";
    }
  }
  return message + "COMMIT";
}

Status Committer::EnsureDays(Connection& connection, const std::vector<Arrivals>& all) {
  for (const Arrivals& arrivals : all) {
    std::set<Day> days;
    for (const Span* span : arrivals.spans) days.merge(DaysOf(ArrivalsOf(*span->rows)));
    SLUICE_TRY(days_.Ensure(connection, arrivals.stream->spec.name, days));
  }
  return {};
}

Committer::Outcome Committer::Store(const std::vector<Span>& spans) {
  auto all = Sort(spans);
  if (!all.ok()) return {.status = all.status()};
  auto refused = FindTooWide(*all);
  if (!refused.empty()) {
    return {.status = Status::Reject(
                fmt::format("a key, or the `by` fields of a summary together, are longer than {} "
                            "bytes",
                            kLongestKey)),
            .refused = std::move(refused)};
  }
  auto connection = pool_.Take();
  if (!connection.ok()) return {.status = connection.status()};
  Outcome outcome = Transfer(**connection, spans, *all);
  if (outcome.status.ok() || outcome.unsure) return outcome;
  const Failure failure = (*connection)->failure();
  if (IsSchemaFault(failure)) schema_fault_ = true;
  outcome.status = NameMissingRights(**connection, outcome.status);
  if (IsMissingDay(failure)) {
    for (const Arrivals& arrivals : *all) days_.Forget(arrivals.stream->spec.name);
  }
  if (outcome.status.code() != Code::reject) return outcome;
  if (const Status foreign = CheckForeignColumn(failure, *all); !foreign.ok()) return {.status = foreign};
  RefusedRows search(**connection);
  for (const Arrivals& arrivals : *all) {
    for (const Span* span : arrivals.spans) {
      const Status found = search.FindIn(arrivals.stream->spec, *span);
      if (!found.ok()) return {.status = found};
    }
  }
  return {.status = search.Conclude(outcome.status), .refused = search.Take()};
}

Committer::Outcome Committer::Transfer(Connection& connection, const std::vector<Span>& spans,
                                       const std::vector<Arrivals>& all) {
  Outcome outcome;
  outcome.status = EnsureDays(connection, all);
  if (!outcome.status.ok()) return {.status = Status::Retry(outcome.status.message())};
  // The deltas are made while the rows are under way.
  auto made = std::async(std::launch::async, [&] { return LastMessage(spans, all); });
  Rollback rollback(connection);
  RowSender sender(connection);
  for (const Arrivals& arrivals : all) {
    outcome.status = sender.Send(CopyRowsSql(arrivals.stream->spec), arrivals.Batches());
    if (!outcome.status.ok()) return outcome;
  }
  if (HasDead(spans)) outcome.status = sender.Send(CopyDeadLettersSql(), {DeadLetterRows(spans)});
  if (!outcome.status.ok()) return {.status = Status::Retry(outcome.status.message())};
  const auto message = made.get();
  if (!message.ok()) return {.status = message.status()};
  outcome.status = connection.Run(sender.Begin() + *message);
  // What the message does can fail on no reading's account.
  if (outcome.status.code() == Code::reject) outcome.status = Status::Retry(outcome.status.message());
  outcome.unsure = connection.broken();
  if (outcome.status.ok()) rollback.Over();
  return outcome;
}

}  // namespace sluice::pg
