#include "aws/credential_places.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "aws/credential_texts.h"
#include "aws/sigv4.h"

namespace sluice::aws {
namespace {

constexpr int64_t kMaxFile = 1 << 20;
constexpr std::string_view kContainerHost = "http://169.254.170.2";
constexpr std::string_view kInstanceHost = "http://169.254.169.254";
constexpr std::string_view kRoles = "/latest/meta-data/iam/security-credentials/";
// Outside of EC2 nobody answers.
constexpr auto kInstanceTimeout = std::chrono::seconds(1);

// The variable's value; "" when it is not set.
std::string Variable(const Surroundings& in, std::string_view name) {
  const std::string* const value = in.environment.Find(name);
  return value == nullptr ? "" : *value;
}

Finding Nothing(std::string why) { return {.nothing = std::move(why)}; }

Finding Found(Credentials credentials, std::string from) {
  credentials.from = std::move(from);
  return {.credentials = std::move(credentials)};
}

// A token from a file, which others replace while we run.
Result<std::string> ReadToken(const Surroundings& in, const std::string& path) {
  SLUICE_ASSIGN(std::string token, ReadWholeFile(in.files, path, kMaxFile));
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r')) token.pop_back();
  const bool broken = std::any_of(token.begin(), token.end(), [](char c) { return c == '\n' || c == '\r'; });
  if (token.empty() || broken) return Status::Reject(path + " holds no token");
  return token;
}

Status Unexpected(const std::string& url, int64_t status) {
  return Status::Retry(fmt::format("{} answered {}", url, status));
}

Result<std::string> ContainerToken(const Surroundings& in) {
  const std::string file = Variable(in, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  if (!file.empty()) return ReadToken(in, file);
  return Variable(in, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
}

Result<HttpAnswer> AskInstance(const Surroundings& in, const std::string& url, const std::string& session) {
  return in.call(
      {.url = url, .headers = {{"X-aws-ec2-metadata-token", session}}, .timeout = kInstanceTimeout});
}

}  // namespace

Result<Finding> LookInEnvironment(const Surroundings& in) {
  Credentials credentials{.access_key_id = Variable(in, "AWS_ACCESS_KEY_ID"),
                          .secret_access_key = Secret(Variable(in, "AWS_SECRET_ACCESS_KEY")),
                          .session_token = Secret(Variable(in, "AWS_SESSION_TOKEN"))};
  if (credentials.access_key_id.empty()) return Nothing("environment: AWS_ACCESS_KEY_ID is not set");
  if (credentials.secret_access_key.empty()) {
    return Status::Retry("AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not");
  }
  return Found(std::move(credentials), "the environment");
}

Result<Finding> LookAtWebIdentity(const Surroundings& in) {
  const std::string file = Variable(in, "AWS_WEB_IDENTITY_TOKEN_FILE");
  const std::string role = Variable(in, "AWS_ROLE_ARN");
  if (file.empty()) return Nothing("web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set");
  if (role.empty()) return Status::Retry("AWS_WEB_IDENTITY_TOKEN_FILE is set and AWS_ROLE_ARN is not");
  SLUICE_ASSIGN(const std::string token, ReadToken(in, file));
  std::string session = Variable(in, "AWS_ROLE_SESSION_NAME");
  if (session.empty()) session = "sluice";
  std::string url = Variable(in, "AWS_ENDPOINT_URL_STS");
  if (url.empty()) {
    url = fmt::format("https://sts.{}.amazonaws.com{}", in.region, in.region.starts_with("cn-") ? ".cn" : "");
  }
  const std::string doing = fmt::format("taking the role {} at {}", role, url);
  const auto answer = in.call(
      {.method = "POST",
       .url = url,
       .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
       .body = fmt::format("Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn={}&RoleSessionName={}"
                           "&WebIdentityToken={}",
                           PercentEncode(role), PercentEncode(session), PercentEncode(token))});
  if (!answer.ok()) return answer.status().In(doing);
  if (const std::string why = StsRefusal(answer->body); !why.empty()) return Status::Retry(why).In(doing);
  if (answer->status != 200) return Unexpected(url, answer->status).In(doing);
  auto credentials = ReadStsCredentials(answer->body);
  if (!credentials.ok()) return credentials.status().In(doing);
  return Found(*std::move(credentials), fmt::format("web identity ({})", role));
}

Result<Finding> LookInProfile(const Surroundings& in) {
  std::string path = Variable(in, "AWS_SHARED_CREDENTIALS_FILE");
  if (path.empty()) path = Variable(in, "HOME") + "/.aws/credentials";
  const std::string chosen = Variable(in, "AWS_PROFILE");
  const std::string profile = chosen.empty() ? "default" : chosen;
  std::optional<Credentials> keys;
  if (in.files.Exists(path)) {
    SLUICE_ASSIGN(const std::string text, ReadWholeFile(in.files, path, kMaxFile));
    auto read = ReadProfile(text, profile);
    if (!read.ok()) return read.status().In(path);
    keys = *std::move(read);
  }
  if (keys) return Found(*std::move(keys), fmt::format("profile '{}' of {}", profile, path));
  const std::string nothing = fmt::format("{}: no profile '{}'", path, profile);
  if (chosen.empty()) return Nothing(nothing);
  return Status::Retry(
      nothing + ", which AWS_PROFILE asks for (roles and single sign-on of ~/.aws/config are not read)");
}

bool MayAskContainer(std::string_view url) {
  if (url.starts_with("https://")) return true;
  if (!url.starts_with("http://")) return false;
  url.remove_prefix(7);
  std::string_view host = url.substr(0, url.find_first_of("/?#"));
  if (host.find_first_of("@\\ ") != std::string_view::npos) return false;
  host = host.starts_with('[') ? host.substr(0, host.find(']') + 1) : host.substr(0, host.find(':'));
  constexpr std::array<std::string_view, 5> kHosts = {"localhost", "[::1]", "169.254.170.2", "169.254.170.23",
                                                      "[fd00:ec2::23]"};
  if (std::find(kHosts.begin(), kHosts.end(), host) != kHosts.end()) return true;
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos;
}

Result<Finding> LookAtContainer(const Surroundings& in) {
  const std::string relative = Variable(in, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  std::string url = Variable(in, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (!relative.empty()) url = std::string(kContainerHost) + relative;
  if (url.empty()) return Nothing("container: AWS_CONTAINER_CREDENTIALS_FULL_URI is not set");
  const std::string doing = "asking the container's " + url;
  if (!MayAskContainer(url)) {
    return Status::Retry("AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https:// nor this machine").In(doing);
  }
  SLUICE_ASSIGN(const std::string token, ContainerToken(in));
  HttpCall call{.url = url};
  if (!token.empty()) call.headers = {{"Authorization", token}};
  const auto answer = in.call(call);
  if (!answer.ok()) return answer.status().In(doing);
  if (answer->status != 200) return Unexpected(url, answer->status);
  auto credentials = ReadJsonCredentials(answer->body);
  if (!credentials.ok()) return credentials.status().In(doing);
  return Found(*std::move(credentials), "the container (" + url + ")");
}

Result<Finding> LookAtInstance(const Surroundings& in) {
  if (Variable(in, "AWS_EC2_METADATA_DISABLED") == "true") {
    return Nothing("instance metadata: AWS_EC2_METADATA_DISABLED is true");
  }
  std::string host = Variable(in, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
  if (host.empty()) host = kInstanceHost;
  while (host.ends_with('/')) host.pop_back();
  const auto session = in.call({.method = "PUT",
                                .url = host + "/latest/api/token",
                                .headers = {{"X-aws-ec2-metadata-token-ttl-seconds", "300"}},
                                .timeout = kInstanceTimeout});
  if (!session.ok()) return Nothing("instance metadata: " + session.status().message());
  if (session->status != 200) return Unexpected(host + "/latest/api/token", session->status);
  const std::string roles = host + std::string(kRoles);
  SLUICE_ASSIGN(const HttpAnswer listed, AskInstance(in, roles, session->body));
  const std::string role = listed.body.substr(0, listed.body.find('\n'));
  if (listed.status == 404 || (listed.status == 200 && role.empty())) {
    return Nothing("instance metadata: the instance has no role");
  }
  if (listed.status != 200) return Unexpected(roles, listed.status);
  SLUICE_ASSIGN(const HttpAnswer answer, AskInstance(in, roles + role, session->body));
  if (answer.status != 200) return Unexpected(roles + role, answer.status);
  auto credentials = ReadJsonCredentials(answer.body);
  if (!credentials.ok()) return credentials.status().In("instance metadata, role " + role);
  return Found(*std::move(credentials), "instance metadata, role " + role);
}

}  // namespace sluice::aws
