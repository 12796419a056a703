// The places where an AWS user keeps credentials. Each is asked in the same way and says one of three things:
// credentials; that nothing is set up here, and what was looked for, so that the next place is asked; or a
// failure, because something is set up here and does not work, so that no other place is asked. Any thread;
// may block for seconds.
#pragma once

#include <string>

#include "aws/credentials.h"
#include "aws/http_call.h"
#include "config/environment.h"
#include "platform/files.h"

namespace sluice::aws {

// What the places are looked for in.
struct Surroundings {
  const Environment& environment;
  Files& files;
  HttpCaller call;
  std::string region;  // whose STS is asked
};

struct Finding {
  std::optional<Credentials> credentials;
  std::string nothing;  // what was looked for in vain
};

Result<Finding> LookInEnvironment(const Surroundings& in);
// AssumeRoleWithWebIdentity: service accounts of Kubernetes.
Result<Finding> LookAtWebIdentity(const Surroundings& in);
Result<Finding> LookInProfile(const Surroundings& in);
// ECS tasks and EKS pod identity.
Result<Finding> LookAtContainer(const Surroundings& in);
// EC2, IMDSv2 only.
Result<Finding> LookAtInstance(const Surroundings& in);

// Whether a container's token may be sent there: by TLS anywhere, otherwise to this machine or the two
// addresses of AWS alone.
bool MayAskContainer(std::string_view url);

}  // namespace sluice::aws
