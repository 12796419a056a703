// Credentials: who this process is to AWS, and until when. Values; the secrets in them are never printed.
#pragma once

#include <optional>
#include <string>

#include "config/secret.h"
#include "core/time.h"

namespace sluice::aws {

struct Credentials {
  std::string access_key_id;
  Secret secret_access_key;
  Secret session_token;              // empty for keys that are no session's
  std::optional<Timestamp> expires;  // unset: valid until somebody replaces them
  std::string from;                  // where they were found, for people: "the environment"
};

}  // namespace sluice::aws
