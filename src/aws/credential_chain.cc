#include "aws/credential_chain.h"

#include <fmt/format.h>

namespace sluice::aws {

Result<Credentials> FindCredentials(const Surroundings& in) {
  std::vector<std::string> tried;
  for (const auto look :
       {&LookInEnvironment, &LookAtWebIdentity, &LookInProfile, &LookAtContainer, &LookAtInstance}) {
    auto finding = look(in);
    if (!finding.ok()) return Status::Retry("AWS credentials: " + finding.status().message());
    if (finding->credentials) return *std::move(finding->credentials);
    tried.push_back(std::move(finding->nothing));
  }
  return Status::Retry(fmt::format("no AWS credentials found: tried {}", fmt::join(tried, "; ")));
}

Result<Credentials> FindOwnCredentials(const std::string& region) {
  const Environment environment = Environment::OfProcess();
  return FindCredentials(
      {.environment = environment, .files = SystemFiles(), .call = &CallOverHttp, .region = region});
}

}  // namespace sluice::aws
