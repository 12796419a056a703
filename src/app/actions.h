// PipelineActions: what the API does through the running process (api/api.h). Borrows the pipeline.
// Thread-safe.
#pragma once

#include "api/api.h"
#include "app/pipeline.h"

namespace sluice {

class PipelineActions : public ApiActions {
 public:
  explicit PipelineActions(Pipeline& pipeline) : pipeline_(pipeline) {}

  std::vector<Waiting> Waits() override;
  std::string StatusJson() override;
  std::string Metrics() override;
  Result<AuditReport> Audit(bool deep) override { return pipeline_.Audit(deep); }
  Result<ReplayedDead> ReplayDead(const std::vector<int64_t>& ids) override;
  Result<int64_t> DropDead(const std::vector<int64_t>& ids) override;
  Status Forget(const std::string& job) override;

 private:
  Pipeline& pipeline_;
};

}  // namespace sluice
