#include "aws/credential_texts.h"

#include <map>

#include <fmt/format.h>
#include <simdjson.h>

#include "core/ascii.h"

namespace sluice::aws {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

std::string_view NextLine(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return Trim(line, kBlanks);
}

using Keys = std::map<std::string, std::string, std::less<>>;

// What stands below [name], all sections of that name together.
std::optional<Keys> SectionOf(std::string_view file, std::string_view name) {
  std::optional<Keys> keys;
  bool inside = false;
  while (!file.empty()) {
    const std::string_view line = NextLine(file);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() == '[') {
      inside = Trim(line.substr(1, line.find(']') - 1)) == name;
      if (inside && !keys) keys.emplace();
    } else if (const size_t equals = line.find('='); inside && equals != std::string_view::npos) {
      (*keys)[std::string(Trim(line.substr(0, equals)))] = Trim(line.substr(equals + 1));
    }
  }
  return keys;
}

std::string TextOf(const simdjson::dom::object& object, const char* name) {
  std::string_view text;
  return object[name].get(text) == simdjson::SUCCESS ? std::string(text) : "";
}

// What stands between <name> and </name>, the first time.
std::string_view Element(std::string_view xml, std::string_view name) {
  const std::string open = fmt::format("<{}>", name);
  const size_t begin = xml.find(open);
  if (begin == std::string_view::npos) return "";
  const size_t end = xml.find(fmt::format("</{}>", name), begin);
  if (end == std::string_view::npos) return "";
  return Trim(xml.substr(begin + open.size(), end - begin - open.size()), kBlanks);
}

Result<Credentials> Checked(Credentials credentials, std::string_view expiration) {
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty()) {
    return Status::Reject("the answer holds no access key");
  }
  if (!expiration.empty()) {
    const auto expires = ParseRfc3339(expiration);
    if (!expires.ok()) return Status::Reject("the answer's expiration is no time");
    credentials.expires = *expires;
  }
  return credentials;
}

}  // namespace

Result<std::optional<Credentials>> ReadProfile(std::string_view file, std::string_view profile) {
  const std::optional<Keys> keys = SectionOf(file, profile);
  if (!keys) return std::optional<Credentials>();
  const auto value = [&](const char* name) {
    const auto found = keys->find(name);
    return found == keys->end() ? "" : found->second;
  };
  Credentials credentials{.access_key_id = value("aws_access_key_id"),
                          .secret_access_key = Secret(value("aws_secret_access_key")),
                          .session_token = Secret(value("aws_session_token"))};
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty()) {
    return Status::Reject(
        fmt::format("profile '{}' has no aws_access_key_id with aws_secret_access_key (role_arn, "
                    "credential_process and single sign-on are not read)",
                    profile));
  }
  return std::optional(std::move(credentials));
}

Result<Credentials> ReadJsonCredentials(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(json.data(), json.size()).get(object) != simdjson::SUCCESS) {
    return Status::Reject("the answer is no JSON object");
  }
  // Instance metadata answers 200 with a code when the role cannot be taken.
  const std::string code = TextOf(object, "Code");
  if (!code.empty() && code != "Success") {
    return Status::Reject(fmt::format("{}: {}", code, TextOf(object, "Message")));
  }
  return Checked({.access_key_id = TextOf(object, "AccessKeyId"),
                  .secret_access_key = Secret(TextOf(object, "SecretAccessKey")),
                  .session_token = Secret(TextOf(object, "Token"))},
                 TextOf(object, "Expiration"));
}

Result<Credentials> ReadStsCredentials(std::string_view xml) {
  const std::string_view inside = Element(xml, "Credentials");
  return Checked({.access_key_id = std::string(Element(inside, "AccessKeyId")),
                  .secret_access_key = Secret(std::string(Element(inside, "SecretAccessKey"))),
                  .session_token = Secret(std::string(Element(inside, "SessionToken")))},
                 Element(inside, "Expiration"));
}

std::string StsRefusal(std::string_view xml) {
  const std::string_view code = Element(xml, "Code");
  return code.empty() ? "" : fmt::format("{}: {}", code, Element(xml, "Message"));
}

}  // namespace sluice::aws
