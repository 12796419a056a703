#include "aws/sigv4.h"

#include <algorithm>
#include <array>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "core/hash.h"

namespace sluice::aws {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

std::string Hmac(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
  return {digest.begin(), digest.begin() + size};
}

std::string Hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

std::string UtcTime(Timestamp at) {
  return fmt::format("{:%Y%m%dT%H%M%SZ}", fmt::gmtime(std::chrono::floor<std::chrono::seconds>(at)));
}

// By name, as the signature wants them; names are compared in their encoded form.
std::string CanonicalQuery(const std::vector<std::pair<std::string, std::string>>& query) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : query) parts.push_back(PercentEncode(name) + "=" + PercentEncode(value));
  std::sort(parts.begin(), parts.end());
  return fmt::format("{}", fmt::join(parts, "&"));
}

}  // namespace

std::string PercentEncode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    encoded += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

std::string Presign(const PresignRequest& request, const Credentials& credentials) {
  const std::string time = UtcTime(request.at);
  const std::string day = time.substr(0, 8);
  const std::string scope = fmt::format("{}/{}/{}/aws4_request", day, request.region, request.service);
  auto query = request.query;
  query.emplace_back("X-Amz-Algorithm", kAlgorithm);
  query.emplace_back("X-Amz-Credential", credentials.access_key_id + "/" + scope);
  query.emplace_back("X-Amz-Date", time);
  query.emplace_back("X-Amz-Expires", fmt::format("{}", request.valid.count()));
  query.emplace_back("X-Amz-SignedHeaders", "host");
  if (!credentials.session_token.empty()) {
    query.emplace_back("X-Amz-Security-Token", credentials.session_token.Reveal());
  }
  const std::string canonical_query = CanonicalQuery(query);
  const std::string canonical = fmt::format("GET\n{}\n{}\nhost:{}\n\nhost\n{}", request.path, canonical_query,
                                            request.host, request.body_hash);
  const std::string to_sign = fmt::format("{}\n{}\n{}\n{}", kAlgorithm, time, scope, Sha256Hex(canonical));
  std::string key = "AWS4" + credentials.secret_access_key.Reveal();
  for (const std::string_view part : {std::string_view(day), std::string_view(request.region),
                                      std::string_view(request.service), std::string_view("aws4_request")}) {
    key = Hmac(key, part);
  }
  return fmt::format("https://{}{}?{}&X-Amz-Signature={}", request.host, request.path, canonical_query,
                     Hex(Hmac(key, to_sign)));
}

}  // namespace sluice::aws
