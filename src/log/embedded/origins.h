// What the log remembers of an origin and what it answers to a step of it (rules D2 and D3). Pure functions
// over values; the committer reads and writes the records.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "log/log.h"

namespace sluice::embedded {

struct OriginRecord {
  uint64_t epoch = 0;
  int64_t from = 0;  // of the last step
  int64_t next = 0;
  std::string fingerprint;
  std::string answer;
  std::optional<Timestamp> expires;
  bool operator==(const OriginRecord&) const = default;

  bool ExpiredAt(Timestamp now) const { return expires && *expires <= now; }
};

std::string EncodeOrigin(const OriginRecord& record);
std::optional<OriginRecord> DecodeOrigin(std::string_view bytes);

struct StepVerdict {
  AppendOutcome::Kind kind = AppendOutcome::done;  // done: append it
  std::string answer;                              // of already
  Status status;                                   // of failed
};

// `known` is the origin's record, expired ones left out by the caller.
StepVerdict DecideStep(const OriginRecord& known, const OriginStep& step);
// The record once the step is made.
OriginRecord AfterStep(const OriginRecord& known, const OriginStep& step, Timestamp now);

}  // namespace sluice::embedded
