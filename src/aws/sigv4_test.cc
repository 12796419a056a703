#include "aws/sigv4.h"

#include <gmock/gmock.h>

namespace sluice::aws {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Timestamp At(const char* text) { return *ParseRfc3339(text); }

// The example of "Authenticating Requests: Using Query Parameters" in the Amazon S3 API reference.
TEST(Presign, AnswersThePublishedExample) {
  const Credentials credentials{.access_key_id = "AKIAIOSFODNN7EXAMPLE",
                                .secret_access_key = Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")};
  const std::string url = Presign({.host = "examplebucket.s3.amazonaws.com",
                                   .path = "/test.txt",
                                   .service = "s3",
                                   .region = "us-east-1",
                                   .at = At("2013-05-24T00:00:00Z"),
                                   .valid = std::chrono::seconds(86400),
                                   .body_hash = "UNSIGNED-PAYLOAD"},
                                  credentials);
  EXPECT_THAT(url, StartsWith("https://examplebucket.s3.amazonaws.com/test.txt?"));
  EXPECT_THAT(url, EndsWith("&X-Amz-Signature="
                            "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"));
}

TEST(Presign, CutsTheTimeToSeconds) {
  EXPECT_THAT(Presign({.at = At("2013-05-24T23:59:59.999999Z")}, {}),
              HasSubstr("X-Amz-Date=20130524T235959Z"));
}

TEST(Presign, NeverHoldsTheSecret) {
  EXPECT_THAT(Presign({}, {.secret_access_key = Secret("hidden")}), Not(HasSubstr("hidden")));
}

TEST(PercentEncode, LeavesWhatUrlsHoldUnreserved) {
  EXPECT_EQ(PercentEncode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(PercentEncode("a/b+c=d e"), "a%2Fb%2Bc%3Dd%20e");
  EXPECT_EQ(PercentEncode("\xc3\xa4"), "%C3%A4");
}

}  // namespace
}  // namespace sluice::aws
