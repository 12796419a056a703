// Credentials in the texts that AWS hands them out in: the shared credentials file, the JSON of containers
// and instance metadata, the XML of STS. Pure. Reject says what is wrong and never quotes the text, which may
// hold secrets.
#pragma once

#include <string_view>

#include "aws/credentials.h"
#include "core/status.h"

namespace sluice::aws {

// The keys of one profile of a credentials file; nothing when the file has no such profile.
Result<std::optional<Credentials>> ReadProfile(std::string_view file, std::string_view profile);

Result<Credentials> ReadJsonCredentials(std::string_view json);

// The answer to AssumeRoleWithWebIdentity.
Result<Credentials> ReadStsCredentials(std::string_view xml);
// "AccessDenied: Not authorized to …" from an answer that refuses; "" when it says nothing of the kind.
std::string StsRefusal(std::string_view xml);

}  // namespace sluice::aws
