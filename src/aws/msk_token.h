// What a client shows to Amazon MSK instead of a password: a signed URL that asks for kafka-cluster:Connect,
// in base64url without padding, as the aws-msk-iam-sasl-signer libraries make it. Pure.
#pragma once

#include <string>

#include "aws/credentials.h"

namespace sluice::aws {

struct MskToken {
  Secret value;
  Timestamp expires;  // with the signature, or with the credentials if those go first
};

MskToken SignMskToken(const Credentials& credentials, const std::string& region, Timestamp now);

}  // namespace sluice::aws
