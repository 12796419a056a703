// One HTTP(S) request to a place that hands out credentials, by libcurl. Blocks for `timeout` at most. No
// redirects; the answer is at most 64 KiB; http:// goes past any proxy, for it only ever names this machine
// or its host. Any thread. Fails with retry when there is no answer; every status is an answer.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/status.h"

namespace sluice::aws {

struct HttpCall {
  std::string method = "GET";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::chrono::milliseconds timeout = std::chrono::seconds(3);
};

struct HttpAnswer {
  int64_t status = 0;
  std::string body;
};

Result<HttpAnswer> CallOverHttp(const HttpCall& call);

// CallOverHttp, or what a test puts in its place.
using HttpCaller = std::function<Result<HttpAnswer>(const HttpCall&)>;

}  // namespace sluice::aws
