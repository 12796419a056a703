#include "app/actions.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/dead_replay.h"
#include "app/report.h"

namespace sluice {

std::vector<Waiting> PipelineActions::Waits() {
  const Report report = TakeReport(pipeline_);
  std::vector<Waiting> waits;
  if (report.draining) waits.push_back({"sluice", "is stopping"});
  for (const auto& [component, reason] : report.Waiting()) waits.push_back({component, reason});
  return waits;
}

std::string PipelineActions::StatusJson() { return ReportJson(TakeReport(pipeline_)); }

std::string PipelineActions::Metrics() { return PrometheusText(ReportSamples(TakeReport(pipeline_))); }

Result<ReplayedDead> PipelineActions::ReplayDead(const std::vector<int64_t>& ids) {
  return ReplayDeadLetters(pipeline_, ids);
}

Result<int64_t> PipelineActions::DropDead(const std::vector<int64_t>& ids) {
  const DeadLettersQuery query{.ids = ids, .limit = static_cast<int64_t>(ids.size()), .bytes = 0};
  SLUICE_ASSIGN(const auto letters, pipeline_.store()->DeadLetters(query));
  if (letters.size() != ids.size()) {
    return Status::Reject(
        fmt::format("{} of {} dead letters are not there", ids.size() - letters.size(), ids.size()));
  }
  SLUICE_TRY(pipeline_.store()->DropDeadLetters(ids));
  return static_cast<int64_t>(ids.size());
}

Status PipelineActions::Forget(const std::string& job) {
  const auto& jobs = pipeline_.jobs();
  if (std::any_of(jobs.begin(), jobs.end(), [&](const auto& running) { return running->Name() == job; })) {
    return Status::Reject("'" + job +
                          "' runs in this pipeline; only a job that is gone from the file can be forgotten");
  }
  return pipeline_.ForgetJob(job);
}

}  // namespace sluice
