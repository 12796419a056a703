#include "app/feed.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include <fmt/format.h>

#include "app/asking.h"
#include "app/console/json_table.h"
#include "http/client.h"
#include "platform/clock.h"

namespace sluice {
namespace {

constexpr Duration kTakenWithin = std::chrono::seconds(30);

class ToHttp : public Feed {
 public:
  explicit ToHttp(FeedOptions options) : options_(std::move(options)) {}

  Status Send(const std::string& body, int64_t, const std::string& key) override {
    const http::Request request = RequestOf(body, key);
    const Timestamp limit = SystemClock().Now() + kGiveUpAfter;
    while (true) {
      Duration wait = std::chrono::seconds(1);
      const Status status = TryOnce(request, &wait);
      // Whoever was never there is not waited for.
      if (status.code() != Code::retry || !reached_ || SystemClock().Now() > limit) return status;
      std::this_thread::sleep_for(wait);
    }
  }

 private:
  http::Request RequestOf(const std::string& body, const std::string& key) const {
    http::Request request;
    request.method = "POST";
    request.path = options_.path;
    request.headers = {{"content-type", options_.content_type}};
    if (!key.empty()) request.headers.emplace_back("idempotency-key", key);
    if (!options_.token.empty()) request.headers.emplace_back("authorization", "Bearer " + options_.token);
    request.body = body;
    return request;
  }

  Status TryOnce(const http::Request& request, Duration* wait) {
    const Result<http::Response> response = http::Call(options_.url, request, kTakenWithin);
    if (!response.ok()) return Unreachable(options_.url, response.status(), "");
    reached_ = true;
    *wait = RetryAfter(*response);
    SLUICE_ASSIGN(const Delivered delivered, ReadIngestAnswer(*response));
    delivered_.accepted += delivered.accepted;
    delivered_.dead += delivered.dead;
    return {};
  }

  const FeedOptions options_;
  bool reached_ = false;  // at least once
};

class ToStdout : public Feed {
 public:
  Status Send(const std::string& body, int64_t count, const std::string&) override {
    if (std::fwrite(body.data(), 1, body.size(), stdout) != body.size() || std::fflush(stdout) != 0) {
      return Status::Retry("stdout does not take any more");
    }
    delivered_.accepted += count;
    return {};
  }
};

}  // namespace

std::unique_ptr<Feed> HttpFeed(FeedOptions options) { return std::make_unique<ToHttp>(std::move(options)); }
std::unique_ptr<Feed> StdoutFeed() { return std::make_unique<ToStdout>(); }

Result<Delivered> ReadIngestAnswer(const http::Response& response) {
  const std::string accepted = JsonMember(response.body, "/accepted");
  const std::string dead = JsonMember(response.body, "/dead");
  if (!accepted.empty() && !dead.empty())
    return Delivered{std::atoll(accepted.c_str()), std::atoll(dead.c_str())};
  if (response.status == 429) return Status::Retry("the door is busy (429)");
  SLUICE_TRY(StatusOfAnswer(response));
  return Status::Reject(
      "this is no ingest door of a sluice: its answer does not say how many readings it took");
}

Duration RetryAfter(const http::Response& response) {
  for (const auto& [name, value] : response.headers) {
    if (name == "retry-after") return std::chrono::seconds(std::clamp(std::atoi(value.c_str()), 1, 10));
  }
  return std::chrono::seconds(1);
}

}  // namespace sluice
