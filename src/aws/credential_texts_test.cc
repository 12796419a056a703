#include "aws/credential_texts.h"

#include <gmock/gmock.h>

namespace sluice::aws {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kFile = R"(# keys of this machine
[default]
aws_access_key_id = AKIADEFAULT
aws_secret_access_key=abc/+=

[plant]
aws_access_key_id=ASIAPLANT
aws_secret_access_key = def
aws_session_token = tok=en==
; the end
[by-role]
role_arn = arn:aws:iam::1:role/x
)";

TEST(ProfileFile, HoldsKeysOfSeveralNames) {
  const auto keys = ReadProfile(kFile, "default");
  ASSERT_TRUE(keys.ok() && *keys);
  EXPECT_EQ((*keys)->access_key_id, "AKIADEFAULT");
  EXPECT_EQ((*keys)->secret_access_key.Reveal(), "abc/+=");
  EXPECT_TRUE((*keys)->session_token.empty());
  EXPECT_EQ((*ReadProfile(kFile, "plant"))->session_token.Reveal(), "tok=en==");
}

TEST(ProfileFile, SaysWhenItHasNoSuchProfile) {
  const auto keys = ReadProfile(kFile, "plan");
  ASSERT_TRUE(keys.ok());
  EXPECT_FALSE(keys->has_value());
}

TEST(ProfileFile, RefusesAProfileThatNamesARoleInsteadOfKeys) {
  EXPECT_THAT(ReadProfile(kFile, "by-role").status().message(),
              HasSubstr("profile 'by-role' has no aws_access_key_id"));
}

TEST(ProfileFile, IsReadWithoutHarmWhateverItHolds) {
  for (const char* text : {"", "[", "[]", "[default", "=", "[default]\n=", "[default]\naws_access_key_id"}) {
    const auto keys = ReadProfile(text, "default");
    EXPECT_FALSE(keys.ok() && keys->has_value()) << text;
  }
}

TEST(JsonCredentials, AreThoseOfContainersAndInstances) {
  const auto found =
      ReadJsonCredentials(R"({"RoleArn":"r","AccessKeyId":"ASIA1","SecretAccessKey":"s","Token":"t",)"
                          R"("Expiration":"2025-10-15T12:00:00Z","Code":"Success"})");
  ASSERT_TRUE(found.ok()) << found.status().message();
  EXPECT_EQ(found->access_key_id, "ASIA1");
  EXPECT_EQ(found->session_token.Reveal(), "t");
  EXPECT_EQ(FormatRfc3339(*found->expires), "2025-10-15T12:00:00Z");
}

TEST(JsonCredentials, TellWhyARoleCannotBeTaken) {
  const auto found =
      ReadJsonCredentials(R"({"Code":"AssumeRoleUnauthorizedAccess","Message":"EC2 cannot assume"})");
  EXPECT_EQ(found.status().message(), "AssumeRoleUnauthorizedAccess: EC2 cannot assume");
}

TEST(JsonCredentials, AreNotQuotedWhenTheyAreUnreadable) {
  for (const char* text : {"", "[]", "{\"SecretAccessKey\":\"hidden\"", "{\"SecretAccessKey\":\"hidden\"}",
                           R"({"AccessKeyId":"a","SecretAccessKey":"hidden","Expiration":"hidden"})"}) {
    const auto found = ReadJsonCredentials(text);
    ASSERT_FALSE(found.ok()) << text;
    EXPECT_THAT(found.status().message(), Not(HasSubstr("hidden")));
  }
}

TEST(StsCredentials, AreThoseOfTheAnswer) {
  const auto found = ReadStsCredentials(
      "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>\n<SessionToken>to/"
      "+==\n"
      "</SessionToken><SecretAccessKey>s</SecretAccessKey><Expiration>2025-10-15T12:00:00Z</Expiration>"
      "<AccessKeyId>ASIA1</AccessKeyId></Credentials></AssumeRoleWithWebIdentityResult>"
      "</AssumeRoleWithWebIdentityResponse>");
  ASSERT_TRUE(found.ok()) << found.status().message();
  EXPECT_EQ(found->session_token.Reveal(), "to/+==");
  EXPECT_EQ(found->access_key_id, "ASIA1");
}

TEST(StsCredentials, AreMissingFromARefusalWhichSaysWhy) {
  constexpr std::string_view kRefusal =
      "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>Not "
      "authorized</Message></Error>";
  EXPECT_FALSE(ReadStsCredentials(kRefusal).ok());
  EXPECT_EQ(StsRefusal(kRefusal), "AccessDenied: Not authorized");
  EXPECT_EQ(StsRefusal("<html>"), "");
}

}  // namespace
}  // namespace sluice::aws
