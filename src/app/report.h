// Report: what a running pipeline says of itself: who runs, how far it is and who waits for whom. The same
// numbers feed /api/status, /readyz, /metrics and the status line on a terminal. Values; taken from any
// thread.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "app/pipeline.h"
#include "telemetry/metrics.h"

namespace sluice {

struct PartitionReport {
  std::string stream;  // or its dead stream (log/dead_stream.h)
  PartitionId partition = 0;
  Ends ends;
};

struct StreamReport {
  std::string name;
  int64_t accepted = 0;  // entries made durable since the start
  int64_t under_way_bytes = 0;
  std::vector<PartitionReport> partitions;
  bool complete = true;  // the log told of every partition
};

struct JobReport {
  std::string name;
  std::string stream;
  std::map<Seat, JobPosition> positions;
  Terms terms;
  int64_t waiting = 0;
  bool complete = false;  // `waiting` is all there is: the share is claimed, its ends are known
};

struct ComponentReport {
  std::string name;
  std::string kind;
  Status health;
  double progress = -1;
  bool finished = false;
  bool ended = false;  // nothing more comes of it, finished or refused
};

struct Report {
  bool draining = false;
  std::string role;  // what this process runs: "all", "jobs", …
  std::string log_id;
  std::vector<StreamReport> streams;
  std::vector<JobReport> jobs;              // of this process; where none run, those that the store knows
  std::vector<std::string> gone_jobs;       // of streams that left the file
  std::vector<ComponentReport> components;  // log, store, sources, jobs, upkeep

  // Every component that waits, with what for. Empty: ready.
  std::vector<std::pair<std::string, std::string>> Waiting() const;
  // Every source has ended, finished or refused.
  bool SourcesEnded() const;
  // That, and everything they brought in is stored.
  bool AllDone() const;
};

// `as_known`: where other processes append too, a moment old. `now`: nothing that was accepted before is
// missing; takes seconds when brokers are slow.
enum class EndsAsked { as_known, now };
Report TakeReport(Pipeline& pipeline, EndsAsked asked = EndsAsked::as_known);

// What `GET /api/status` and `sluice status --json` print.
std::string ReportJson(const Report& report);
std::vector<Sample> ReportSamples(const Report& report);

}  // namespace sluice
