#include "aws/credential_chain.h"

#include <gmock/gmock.h>

#include "testing/temp_dir.h"

namespace sluice::aws {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr std::string_view kJson =
    R"({"AccessKeyId":"ASIA1","SecretAccessKey":"s","Token":"t","Expiration":"2030-01-01T00:00:00Z"})";
constexpr std::string_view kXml =
    "<Credentials><AccessKeyId>ASIA2</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</"
    "SessionToken>"
    "<Expiration>2030-01-01T00:00:00Z</Expiration></Credentials>";

// A process with variables, files below HOME and places that answer by HTTP, as each test sets them up.
class Chain : public testing::Test {
 protected:
  Chain() { Set("HOME", home_.path()); }
  void Set(const std::string& name, const std::string& value) { variables_[name] = value; }
  void Answers(const std::string& method_and_url, int status, std::string_view body) {
    answers_[method_and_url] = {.status = status, .body = std::string(body)};
  }
  // An instance with a role named plant.
  void OnEc2() {
    const std::string roles = "http://169.254.169.254/latest/meta-data/iam/security-credentials/";
    Answers("PUT http://169.254.169.254/latest/api/token", 200, "session");
    Answers("GET " + roles, 200, "plant");
    Answers("GET " + roles + "plant", 200, kJson);
  }
  Result<Credentials> Find() {
    const Environment environment(variables_);
    const auto call = [this](const HttpCall& asked) -> Result<HttpAnswer> {
      calls_.push_back(asked);
      const auto found = answers_.find(asked.method + " " + asked.url);
      if (found == answers_.end()) return Status::Retry("no answer from " + asked.url);
      return found->second;
    };
    return FindCredentials(
        {.environment = environment, .files = SystemFiles(), .call = call, .region = "eu-west-1"});
  }
  std::string Where() {
    const auto found = Find();
    return found.ok() ? found->from : found.status().message();
  }

  TempDir home_;
  std::map<std::string, std::string, std::less<>> variables_;
  std::map<std::string, HttpAnswer> answers_;
  std::vector<HttpCall> calls_;
};

TEST_F(Chain, NamesEveryPlaceWhenNoneHasCredentials) {
  EXPECT_THAT(Where(),
              AllOf(HasSubstr("no AWS credentials found: tried environment: AWS_ACCESS_KEY_ID is not set; "
                              "web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set; "),
                    HasSubstr(home_.path() + "/.aws/credentials: no profile 'default'; container: "),
                    HasSubstr("instance metadata: no answer from http://169.254.169.254/latest/api/token")));
}

TEST_F(Chain, AsksThePlacesInTheOrderOfAwsOwnTools) {
  OnEc2();
  EXPECT_EQ(Where(), "instance metadata, role plant");
  Set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x");
  Answers("GET http://169.254.170.2/v2/x", 200, kJson);
  EXPECT_EQ(Where(), "the container (http://169.254.170.2/v2/x)");
  home_.Write(".aws/credentials", "[default]\naws_access_key_id=A\naws_secret_access_key=s\n");
  EXPECT_EQ(Where(), "profile 'default' of " + home_.path() + "/.aws/credentials");
  Set("AWS_WEB_IDENTITY_TOKEN_FILE", home_.Write("token", "jwt\n"));
  Set("AWS_ROLE_ARN", "arn:aws:iam::1:role/plant");
  Answers("POST https://sts.eu-west-1.amazonaws.com", 200, kXml);
  EXPECT_EQ(Where(), "web identity (arn:aws:iam::1:role/plant)");
  Set("AWS_ACCESS_KEY_ID", "A");
  Set("AWS_SECRET_ACCESS_KEY", "s");
  EXPECT_EQ(Where(), "the environment");
}

TEST_F(Chain, StopsAtAPlaceThatIsSetUpAndDoesNotWork) {
  OnEc2();
  Set("AWS_ACCESS_KEY_ID", "A");
  EXPECT_EQ(Where(), "AWS credentials: AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not");
  EXPECT_TRUE(calls_.empty());
}

TEST_F(Chain, TakesTheSessionTokenOfTheEnvironment) {
  Set("AWS_ACCESS_KEY_ID", "A");
  Set("AWS_SECRET_ACCESS_KEY", "s");
  Set("AWS_SESSION_TOKEN", "t");
  EXPECT_EQ(Find()->session_token.Reveal(), "t");
}

TEST_F(Chain, TakesTheProfileThatIsAskedFor) {
  Set("AWS_SHARED_CREDENTIALS_FILE",
      home_.Write("keys", "[a]\n[plant]\naws_access_key_id=P\naws_secret_access_key=s\n"));
  Set("AWS_PROFILE", "plant");
  EXPECT_EQ(Find()->access_key_id, "P");
}

TEST_F(Chain, DoesNotPassOverAProfileThatIsMissing) {
  OnEc2();
  Set("AWS_PROFILE", "plant");
  EXPECT_THAT(Where(), HasSubstr("no profile 'plant', which AWS_PROFILE asks for"));
}

TEST_F(Chain, ShowsStsTheTokenOfTheServiceAccount) {
  Set("AWS_WEB_IDENTITY_TOKEN_FILE", home_.Write("token", "j.w+t\n"));
  Set("AWS_ROLE_ARN", "arn:aws:iam::1:role/plant");
  Answers("POST https://sts.eu-west-1.amazonaws.com", 200, kXml);
  EXPECT_EQ(Find()->access_key_id, "ASIA2");
  EXPECT_EQ(
      calls_[0].body,
      "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fplant"
      "&RoleSessionName=sluice&WebIdentityToken=j.w%2Bt");
}

TEST_F(Chain, RepeatsWhyStsRefuses) {
  Set("AWS_WEB_IDENTITY_TOKEN_FILE", home_.Write("token", "jwt"));
  Set("AWS_ROLE_ARN", "r");
  Answers("POST https://sts.eu-west-1.amazonaws.com", 403,
          "<Error><Code>AccessDenied</Code><Message>Not authorized</Message></Error>");
  EXPECT_EQ(Where(),
            "AWS credentials: taking the role r at https://sts.eu-west-1.amazonaws.com: AccessDenied: Not "
            "authorized");
}

TEST_F(Chain, ShowsTheContainerItsTokenAsItStandsInTheFileNow) {
  Set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials");
  Set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "old");
  Set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", home_.Write("token", "new\n"));
  Answers("GET http://169.254.170.23/v1/credentials", 200, kJson);
  EXPECT_EQ(Find()->access_key_id, "ASIA1");
  EXPECT_EQ(calls_[0].headers, (std::vector<std::pair<std::string, std::string>>{{"Authorization", "new"}}));
  home_.Write("token", "a\r\nHost: b");
  EXPECT_THAT(Where(), HasSubstr("holds no token"));
}

TEST_F(Chain, SendsAContainersTokenToNobodyElse) {
  for (const char* url :
       {"http://example.com/", "http://127.0.0.1.example.com/", "http://127.0.0.1@example.com/",
        "http://127.0.0.1:80@example.com/", "http://169.254.170.20/", "ftp://127.0.0.1/", "",
        "http://localhost.example.com", "http://example.com/?http://127.0.0.1"}) {
    EXPECT_FALSE(MayAskContainer(url)) << url;
  }
  for (const char* url :
       {"https://example.com/", "http://127.0.0.1:4/x", "http://localhost", "http://[::1]:1/",
        "http://169.254.170.23/v1/credentials", "http://[fd00:ec2::23]/v1/credentials"}) {
    EXPECT_TRUE(MayAskContainer(url)) << url;
  }
  Set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.com/");
  EXPECT_THAT(Where(), HasSubstr("neither https:// nor this machine"));
  EXPECT_TRUE(calls_.empty());
}

TEST_F(Chain, SaysThatAnInstanceHasNoRole) {
  OnEc2();
  Answers("GET http://169.254.169.254/latest/meta-data/iam/security-credentials/", 404, "not found");
  EXPECT_THAT(Where(), HasSubstr("instance metadata: the instance has no role"));
}

TEST_F(Chain, AsksTheInstanceWithTheTokenOfASession) {
  OnEc2();
  EXPECT_EQ(Find()->access_key_id, "ASIA1");
  EXPECT_EQ(calls_[2].headers,
            (std::vector<std::pair<std::string, std::string>>{{"X-aws-ec2-metadata-token", "session"}}));
}

TEST_F(Chain, LeavesTheInstanceAloneWhenItIsSwitchedOff) {
  Set("AWS_EC2_METADATA_DISABLED", "true");
  EXPECT_THAT(Where(), HasSubstr("AWS_EC2_METADATA_DISABLED is true"));
  EXPECT_TRUE(calls_.empty());
}

}  // namespace
}  // namespace sluice::aws
