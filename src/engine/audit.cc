#include "engine/audit.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "log/dead_stream.h"

namespace sluice {
namespace {

constexpr std::string_view kStorePrefix = "store.";

using PartitionName = std::pair<std::string, PartitionId>;

std::string NameOf(const Seat& seat) {
  return fmt::format("{}, {} partition {}", seat.job, seat.stream, seat.partition);
}

bool AnyNegative(const Terms& t) {
  return std::min({t.stored, t.filtered, t.duplicate, t.late, t.dead, t.gaps, t.lost}) < 0;
}

class Books {
 public:
  explicit Books(const AuditInput& input) : input_(input) {
    for (const AuditEnds& known : input.ends) ends_[{known.stream, known.partition}] = known.ends;
  }

  AuditReport Close() {
    for (const std::string& stream : input_.streams) report_.streams[stream];
    for (const AuditSeat& seat : input_.seats) Enter(seat);
    for (const AuditEnds& known : input_.ends) EnterUnclaimed(known);
    CheckSums("stream", report_.streams);
    CheckSums("job", report_.jobs);
    report_.ok = report_.findings.empty();
    return std::move(report_);
  }

 private:
  void Find(std::string sentence) { report_.findings.push_back(std::move(sentence)); }

  // The stream whose books the seat's terms belong to as well: that of a store job.
  static std::optional<std::string> StreamOf(const Seat& seat) {
    if (!seat.job.starts_with(kStorePrefix)) return std::nullopt;
    const std::string stream = seat.job.substr(kStorePrefix.size());
    if (DeclaredStreamOf(seat.stream) != stream) return std::nullopt;
    return stream;
  }

  void Enter(const AuditSeat& seat) {
    const SeatState& state = seat.state;
    const auto found = ends_.find({seat.seat.stream, seat.seat.partition});
    // A stream that the log does not know (removed from the pipeline) waits for nothing.
    const Ends ends = found == ends_.end() ? Ends{state.next, state.next} : found->second;
    CheckTerms(seat);
    CheckPlace(seat, ends);
    CheckCounted(seat);

    const int64_t waiting = std::max<int64_t>(0, ends.high - state.next);
    const AuditTerms line{.terms = state.terms,
                          .received = state.next + waiting - state.start - state.terms.gaps,
                          .expired = seat.expired,
                          .waiting = waiting};
    Add(report_.jobs[seat.seat.job], line);
    if (const auto stream = StreamOf(seat.seat)) {
      Add(report_.streams[*stream], line);
      stored_.insert({seat.seat.stream, seat.seat.partition});
    }
  }

  // A partition that its store job has not claimed yet: all of it waits.
  void EnterUnclaimed(const AuditEnds& known) {
    if (stored_.contains({known.stream, known.partition})) return;
    const int64_t waiting = known.ends.high - known.ends.low;
    const std::string stream = DeclaredStreamOf(known.stream);
    Add(report_.streams[stream], {.received = waiting, .waiting = waiting});
    Add(report_.jobs[std::string(kStorePrefix) + stream], {.received = waiting, .waiting = waiting});
  }

  static void Add(AuditTerms& total, const AuditTerms& line) {
    total.terms += line.terms;
    total.received += line.received;
    total.expired += line.expired;
    total.waiting += line.waiting;
  }

  void CheckTerms(const AuditSeat& seat) {
    const SeatState& state = seat.state;
    if (state.terms.Sum() != state.next - state.start) {
      Find(fmt::format("{}: went from position {} to {}, which is {} positions, but its terms add up to {}",
                       NameOf(seat.seat), state.start, state.next, state.next - state.start,
                       state.terms.Sum()));
    }
    if (AnyNegative(state.terms)) Find(fmt::format("{}: a term is negative", NameOf(seat.seat)));
    if (state.terms.lost > 0) {
      Find(fmt::format("{}: {} readings are lost", NameOf(seat.seat), state.terms.lost));
    }
  }

  void CheckPlace(const AuditSeat& seat, const Ends& ends) {
    const SeatState& state = seat.state;
    if (!input_.log_id.empty() && !state.log_id.empty() && state.log_id != input_.log_id) {
      Find(fmt::format("{}: its positions are of log {}, but the log is {}", NameOf(seat.seat), state.log_id,
                       input_.log_id));
    }
    if (state.next > ends.high) {
      Find(fmt::format("{}: has committed up to position {}, but the log ends at {}", NameOf(seat.seat),
                       state.next, ends.high));
    }
    if (state.next < ends.low) {
      Find(fmt::format("{}: waits for position {}, but the log begins at {}: {} positions are gone",
                       NameOf(seat.seat), state.next, ends.low, ends.low - state.next));
    }
  }

  void CheckCounted(const AuditSeat& seat) {
    const Terms& terms = seat.state.terms;
    if (seat.expired < 0 || seat.expired > terms.stored) {
      Find(
          fmt::format("{}: {} readings expired of {} stored", NameOf(seat.seat), seat.expired, terms.stored));
    }
    if (seat.rows) CheckRows(seat, terms.stored - seat.expired - *seat.rows);
    // Fewer are fine: people drop and replay dead letters.
    if (seat.dead_letters && *seat.dead_letters > terms.dead) {
      Find(fmt::format("{}: {} dead letters are kept, but only {} were counted", NameOf(seat.seat),
                       *seat.dead_letters, terms.dead));
    }
  }

  void CheckRows(const AuditSeat& seat, int64_t missing) {
    if (missing == 0) return;
    Find(
        fmt::format("{}: {} rows {}: the table holds {} rows, but {} were stored and {} of them have "
                    "expired. Did somebody "
                    "{} them by hand?",
                    NameOf(seat.seat), std::abs(missing), missing > 0 ? "are missing" : "are too many",
                    *seat.rows, seat.state.terms.stored, seat.expired, missing > 0 ? "remove" : "add"));
  }

  void CheckSums(std::string_view kind, const std::map<std::string, AuditTerms>& books) {
    for (const auto& [name, line] : books) {
      const int64_t accounted = line.terms.Sum() - line.terms.gaps + line.waiting;
      if (line.received == accounted) continue;
      Find(
          fmt::format("{} {}: received {} readings, accounted for {}", kind, name, line.received, accounted));
    }
  }

  const AuditInput& input_;
  std::map<PartitionName, Ends> ends_;
  std::set<PartitionName> stored_;
  AuditReport report_;
};

std::string TermsJson(const AuditTerms& line) {
  const Terms& t = line.terms;
  return fmt::format(
      R"({{"received":{},"stored":{},"filtered":{},"duplicate":{},"late":{},"dead":{},"gaps":{},"lost":{},)"
      R"("expired":{},"waiting":{}}})",
      line.received, t.stored, t.filtered, t.duplicate, t.late, t.dead, t.gaps, t.lost, line.expired,
      line.waiting);
}

// Names of components and our own sentences: quotes and backslashes are all that could need care.
std::string Quoted(std::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') json += '\\';
    json += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return json + '"';
}

std::string BooksJson(const std::map<std::string, AuditTerms>& books) {
  std::string json = "{";
  for (const auto& [name, line] : books) {
    json += fmt::format("{}{}:{}", json.size() > 1 ? "," : "", Quoted(name), TermsJson(line));
  }
  return json + "}";
}

}  // namespace

AuditReport Audit(const AuditInput& input) { return Books(input).Close(); }

std::string AuditJson(const AuditReport& report) {
  std::string json = fmt::format(R"({{"ok":{},"streams":{},"jobs":{})", report.ok, BooksJson(report.streams),
                                 BooksJson(report.jobs));
  if (!report.findings.empty()) {
    std::string findings;
    for (const std::string& finding : report.findings) {
      findings += (findings.empty() ? "" : ",") + Quoted(finding);
    }
    json += fmt::format(",\"findings\":[{}]", findings);
  }
  return json + "}";
}

}  // namespace sluice
