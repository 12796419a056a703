// AWS Signature Version 4 in the query of a URL: whoever holds the URL may make that one GET until it is no
// longer valid. The steps are those of "Create a signed AWS API request" in the IAM user guide. Pure.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/credentials.h"

namespace sluice::aws {

struct PresignRequest {
  std::string host;
  std::string path = "/";  // percent-encoded already
  std::vector<std::pair<std::string, std::string>> query;
  std::string service, region;
  Timestamp at;
  std::chrono::seconds valid{};
  std::string body_hash;  // SHA-256 in hex, or what the service takes instead
};

// https://HOST/PATH?QUERY, signed.
std::string Presign(const PresignRequest& request, const Credentials& credentials);

// All but letters, digits and -._~ becomes %XX.
std::string PercentEncode(std::string_view text);

}  // namespace sluice::aws
