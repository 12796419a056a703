#include "log/kafka/iam_login.h"

#include <algorithm>

#include <fmt/format.h>

#include "aws/credential_cache.h"
#include "aws/credential_chain.h"
#include "aws/msk_token.h"

namespace sluice::kafka {
namespace {

// librdkafka asks for a new token after four fifths of that.
constexpr Duration kRenewWithin = std::chrono::seconds(30);

// The region only says whose STS is asked; what it gives is good everywhere.
Result<aws::Credentials> SharedCredentials(const std::string& region) {
  static aws::CredentialCache cache([region] { return aws::FindOwnCredentials(region); }, SystemClock());
  return cache.Get();
}

}  // namespace

Result<IamLogin> LogInByIam(const std::string& region) {
  SLUICE_ASSIGN(const aws::Credentials credentials, SharedCredentials(region));
  const Timestamp now = SystemClock().Now();
  aws::MskToken token = aws::SignMskToken(credentials, region, now);
  if (token.expires <= now) {
    return Status::Retry(fmt::format("the AWS credentials of {} expired at {}", credentials.from,
                                     FormatRfc3339(token.expires)));
  }
  // Half of what is left, so that a login is made with the next credentials while these are still good.
  const Duration renew_within = std::min(kRenewWithin, (token.expires - now) / 2);
  return IamLogin{.token = std::move(token.value),
                  .renew_by = now + renew_within,
                  .who = "AWS credentials of " + credentials.from};
}

}  // namespace sluice::kafka
