// Starting: what a process answers while its pipeline opens, which may take long: a broker or a database is
// away, a summary is built from all rows there are. Alive, not ready, and whom it waits for; everything else
// is 503. Owned by `sluice run`, outlives its listener; the thread that opens says where it is, any thread
// asks.
#pragma once

#include <string>
#include <vector>

#include "api/api.h"
#include "platform/mutex.h"

namespace sluice {

class Starting : public ApiActions {
 public:
  Starting();

  const http::Router& router() const { return router_; }
  void WaitsFor(const std::string& component, const std::string& reason);

  std::vector<Waiting> Waits() override;
  std::string StatusJson() override { return "{}"; }
  std::string Metrics() override { return ""; }
  Result<AuditReport> Audit(bool deep) override;
  Result<ReplayedDead> ReplayDead(const std::vector<int64_t>& ids) override;
  Result<int64_t> DropDead(const std::vector<int64_t>& ids) override;
  Status Forget(const std::string& job) override;

 private:
  http::Router router_;
  Mutex mutex_;
  Waiting waiting_ GUARDED_BY(mutex_);
};

}  // namespace sluice
