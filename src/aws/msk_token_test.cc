#include "aws/msk_token.h"

#include <gmock/gmock.h>

namespace sluice::aws {
namespace {

using testing::HasSubstr;

const Timestamp kNow = *ParseRfc3339("2025-10-15T12:00:00.5Z");
const Credentials kKeys{.access_key_id = "AKIAIOSFODNN7EXAMPLE",
                        .secret_access_key = Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")};
const Credentials kSession{.access_key_id = kKeys.access_key_id,
                           .secret_access_key = kKeys.secret_access_key,
                           .session_token = Secret("IQoJb3JpZ2luX2VjEXAMPLE//token+/==")};

std::string Decoded(std::string_view letters) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string bytes;
  unsigned held = 0, bits = 0;
  for (const char c : letters) {
    held = held << 6 | static_cast<unsigned>(kAlphabet.find(c));
    if ((bits += 6) < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(held >> bits);
    held &= (1u << bits) - 1;
  }
  return bytes;
}

std::string Url(const Credentials& credentials) {
  return Decoded(SignMskToken(credentials, "eu-west-1", kNow).value.Reveal());
}

// The signatures are those of aws-msk-iam-sasl-signer-python 1.0.2 (botocore 1.44.8) with botocore's clock at
// 12:00:00; tests/e2e/kafka_iam_test.py asks that library again.
TEST(MskToken, IsAwsOwnForKeys) {
  EXPECT_EQ(
      Url(kKeys),
      "https://kafka.eu-west-1.amazonaws.com/?Action=kafka-cluster%3AConnect&X-Amz-Algorithm=AWS4-HMAC-SHA256"
      "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20251015%2Feu-west-1%2Fkafka-cluster%2Faws4_request"
      "&X-Amz-Date=20251015T120000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host"
      "&X-Amz-Signature=03572a32d3f2e46b4184c0169224986dcb3f886181910bd493c394e68f2f7267&User-Agent=sluice");
}

TEST(MskToken, IsAwsOwnForASession) {
  EXPECT_THAT(Url(kSession),
              HasSubstr("&X-Amz-Security-Token=IQoJb3JpZ2luX2VjEXAMPLE%2F%2Ftoken%2B%2F%3D%3D&"));
  EXPECT_THAT(Url(kSession), HasSubstr("&X-Amz-Signature="
                                       "c7bd6e12adb8c7f5875693aa3c0fcbbad2da1a058559a457991ddce7a283cd40&"));
}

TEST(MskToken, IsValidForFifteenMinutesFromTheSecondItWasSigned) {
  EXPECT_EQ(FormatRfc3339(SignMskToken(kKeys, "eu-west-1", kNow).expires), "2025-10-15T12:15:00Z");
}

TEST(MskToken, EndsWithTheCredentialsThatSignedIt) {
  Credentials credentials = kSession;
  credentials.expires = kNow + std::chrono::seconds(7);
  EXPECT_EQ(SignMskToken(credentials, "eu-west-1", kNow).expires, kNow + std::chrono::seconds(7));
}

TEST(MskToken, IsOneWordOfUrlLetters) {
  const std::string token = SignMskToken(kSession, "eu-west-1", kNow).value.Reveal();
  EXPECT_EQ(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
            std::string::npos);
}

}  // namespace
}  // namespace sluice::aws
