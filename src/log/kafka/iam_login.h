// How a client proves to Amazon MSK who it is: a token signed with the AWS credentials of this process. They
// are shared by all clients, read again where somebody may replace them and renewed before they expire
// (aws/credential_cache.h), so a login is made anew every half minute: mended credentials are used that soon.
// Any thread; may block for seconds. Fails with retry, in words for people.
#pragma once

#include <string>

#include "config/secret.h"
#include "core/status.h"
#include "core/time.h"

namespace sluice::kafka {

struct IamLogin {
  Secret token;
  Timestamp renew_by;  // what librdkafka is told of its end
  std::string who;     // whose credentials signed it
};

Result<IamLogin> LogInByIam(const std::string& region);

}  // namespace sluice::kafka
