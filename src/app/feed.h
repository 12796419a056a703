// Feed: where `sluice simulate` and `sluice replay` bring readings: the ingest door of a running pipeline, or
// stdout. A delivery bears an idempotency key, so that it can be repeated until it is acknowledged and is
// stored once all the same. Made by a command, used by its thread. Failures: reject when the door refuses
// what was sent, retry when nobody answered for kGiveUpAfter.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/status.h"
#include "core/time.h"
#include "http/message.h"

namespace sluice {

struct Delivered {
  int64_t accepted = 0;
  int64_t dead = 0;  // kept as dead letters
};

class Feed {
 public:
  virtual ~Feed() = default;
  // `body` holds `count` readings. `key` may be empty.
  virtual Status Send(const std::string& body, int64_t count, const std::string& key) = 0;
  const Delivered& delivered() const { return delivered_; }

  static constexpr Duration kGiveUpAfter = std::chrono::seconds(60);

 protected:
  Delivered delivered_;
};

struct FeedOptions {
  std::string url;
  std::string path;  // "/ingest/readings"
  std::string content_type;
  std::string token;
};
std::unique_ptr<Feed> HttpFeed(FeedOptions options);
std::unique_ptr<Feed> StdoutFeed();

// What an ingest door answered: how many it took, or why it took none. retry: the same again later.
Result<Delivered> ReadIngestAnswer(const http::Response& response);
// How long to wait before the next try: what the door asked for, within a second and ten.
Duration RetryAfter(const http::Response& response);

}  // namespace sluice
