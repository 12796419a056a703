#include "app/starting.h"

#include "app/version.h"

namespace sluice {
namespace {

constexpr auto kIsStarting = "is starting";

http::Response NotYet() {
  http::Response response =
      http::Response::Problem(503, "", "sluice is starting; /readyz says what it waits for");
  response.headers.emplace_back("retry-after", "1");
  return response;
}

}  // namespace

Starting::Starting() {
  static const std::vector<StreamSpec> kNoStreams;
  static const std::vector<SummarySpec> kNoSummaries;
  // No route of a new router can be there already.
  (void)RegisterHealth(router_, {.streams = kNoStreams,
                                 .summaries = kNoSummaries,
                                 .store = nullptr,
                                 .live = nullptr,
                                 .clock = SystemClock(),
                                 .actions = *this,
                                 .version = VersionLine(),
                                 .absent = "Its streams and summaries are served once it has started."});
  router_.Otherwise({.ingest = true, .quick = true, .admit = [](const http::Request&) { return NotYet(); }},
                    [](const http::Request&, const http::Responder& respond) { respond(NotYet()); });
}

void Starting::WaitsFor(const std::string& component, const std::string& reason) {
  const MutexLock lock(mutex_);
  waiting_ = {component, reason};
}

std::vector<Waiting> Starting::Waits() {
  const MutexLock lock(mutex_);
  std::vector<Waiting> waits = {{"sluice", kIsStarting}};
  if (!waiting_.component.empty()) waits.push_back(waiting_);
  return waits;
}

Result<AuditReport> Starting::Audit(bool) { return Status::Retry(kIsStarting); }
Result<ReplayedDead> Starting::ReplayDead(const std::vector<int64_t>&) { return Status::Retry(kIsStarting); }
Result<int64_t> Starting::DropDead(const std::vector<int64_t>&) { return Status::Retry(kIsStarting); }
Status Starting::Forget(const std::string&) { return Status::Retry(kIsStarting); }

}  // namespace sluice
