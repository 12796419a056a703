#include "log/embedded/origins.h"

#include <fmt/format.h>

#include "log/embedded/wire.h"

namespace sluice::embedded {
namespace {
constexpr int64_t kNever = INT64_MAX;
}

std::string EncodeOrigin(const OriginRecord& record) {
  WireWriter out;
  out.Put(record.epoch);
  out.Put(record.from);
  out.Put(record.next);
  out.Put(record.expires ? ToMicros(*record.expires) : kNever);
  out.PutText(record.fingerprint);
  out.PutText(record.answer);
  return out.Take();
}

std::optional<OriginRecord> DecodeOrigin(std::string_view bytes) {
  WireReader in(bytes);
  OriginRecord record;
  record.epoch = in.Get<uint64_t>();
  record.from = in.Get<int64_t>();
  record.next = in.Get<int64_t>();
  const auto expires = in.Get<int64_t>();
  if (expires != kNever) record.expires = FromMicros(expires);
  record.fingerprint = in.GetText();
  record.answer = in.GetText();
  if (!in.Done()) return std::nullopt;
  return record;
}

StepVerdict DecideStep(const OriginRecord& known, const OriginStep& step) {
  if (step.epoch != known.epoch) return {.kind = AppendOutcome::lost};
  if (step.next < step.from) {
    return {.kind = AppendOutcome::failed,
            .status = Status::Reject(
                fmt::format("origin {}: a step back from {} to {}", step.origin, step.from, step.next))};
  }
  const bool same = step.from == known.from && step.next == known.next && step.next > step.from;
  if (same) {
    if (step.fingerprint != known.fingerprint)
      return {.kind = AppendOutcome::conflict, .answer = known.answer};
    return {.kind = AppendOutcome::already, .answer = known.answer};
  }
  if (step.from == known.next) return {};
  if (step.next <= known.next) return {.kind = AppendOutcome::already, .answer = known.answer};
  return {.kind = AppendOutcome::failed,
          .status = Status::Reject(
              fmt::format("origin {} is at {}, the step starts at {}", step.origin, known.next, step.from))};
}

OriginRecord AfterStep(const OriginRecord& known, const OriginStep& step, Timestamp now) {
  OriginRecord record{.epoch = known.epoch,
                      .from = step.from,
                      .next = step.next,
                      .fingerprint = step.fingerprint,
                      .answer = step.answer};
  if (step.expires) record.expires = now + *step.expires;
  return record;
}

}  // namespace sluice::embedded
