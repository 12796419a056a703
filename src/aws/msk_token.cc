#include "aws/msk_token.h"

#include <algorithm>

#include <openssl/evp.h>

#include "aws/sigv4.h"
#include "core/hash.h"

namespace sluice::aws {
namespace {

constexpr auto kValid = std::chrono::minutes(15);

std::string Base64Url(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<size_t>(length));
  while (text.ends_with('=')) text.pop_back();
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

}  // namespace

MskToken SignMskToken(const Credentials& credentials, const std::string& region, Timestamp now) {
  std::string url = Presign({.host = "kafka." + region + ".amazonaws.com",
                             .query = {{"Action", "kafka-cluster:Connect"}},
                             .service = "kafka-cluster",
                             .region = region,
                             .at = now,
                             .valid = kValid,
                             .body_hash = Sha256Hex("")},
                            credentials);
  url += "&User-Agent=sluice";  // is not signed
  const Timestamp expires = std::chrono::floor<std::chrono::seconds>(now) + kValid;
  return {.value = Secret(Base64Url(url)),
          .expires = std::min(expires, credentials.expires.value_or(expires))};
}

}  // namespace sluice::aws
