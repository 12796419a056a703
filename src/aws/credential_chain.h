// The order in which places are asked for credentials, that of AWS's own tools: the environment, web
// identity, the shared credentials file, the container, the instance. The first place that is set up decides.
// Any thread; blocks for five seconds at most. Fails with retry, in words that name what was tried.
#pragma once

#include "aws/credential_places.h"

namespace sluice::aws {

Result<Credentials> FindCredentials(const Surroundings& in);

// With this process's environment, files and network.
Result<Credentials> FindOwnCredentials(const std::string& region);

}  // namespace sluice::aws
