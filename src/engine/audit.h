// Audit: the books of design rule D4 as arithmetic on positions. Whoever asks (app, offline or running)
// collects what the log says of its ends and the sinks of their seats; these functions add up, compare and
// render. Every reading took one position, so for every job and partition
//   next - start == stored + filtered + duplicate + late + dead + gaps + lost
//   received     == stored + filtered + duplicate + late + dead + lost + waiting
// Values; pure functions; nothing fails: what does not add up becomes a finding.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/sink.h"
#include "log/log.h"

namespace sluice {

// What the log says of one partition.
struct AuditEnds {
  std::string stream;
  PartitionId partition = 0;
  Ends ends;
};

// What a sink says of one seat. `rows` and `dead_letters` are counted for --deep alone, in [start, next).
struct AuditSeat {
  Seat seat;
  SeatState state;
  int64_t expired = 0;  // of the stored rows, removed since by retention
  std::optional<int64_t> rows;
  std::optional<int64_t> dead_letters;
};

struct AuditInput {
  std::string log_id;
  std::vector<std::string> streams;  // those of the pipeline: each is in the report, also without a reading
  std::vector<AuditEnds> ends;
  std::vector<AuditSeat> seats;
};

struct AuditTerms {
  Terms terms;
  int64_t received = 0;
  int64_t expired = 0;
  int64_t waiting = 0;
};

struct AuditReport {
  bool ok = true;                             // every equation holds and nothing is lost
  std::map<std::string, AuditTerms> streams;  // by name; the terms of its store job
  std::map<std::string, AuditTerms> jobs;     // by name, over all their partitions
  std::vector<std::string> findings;          // one sentence for each thing that is wrong
};

AuditReport Audit(const AuditInput& input);

// {"ok", "streams": {NAME: terms}, "jobs": {NAME: terms}}, and "findings": […] when there are any.
std::string AuditJson(const AuditReport& report);

}  // namespace sluice
