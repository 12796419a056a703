#include "sinks/store/postgres/target.h"

#include <fmt/format.h>

namespace sluice::pg {
namespace {

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using Options = std::unique_ptr<PQconninfoOption, FreeOptions>;

Options Parse(const std::string& url) {
  char* message = nullptr;
  Options options(PQconninfoParse(url.c_str(), &message));
  PQfreemem(message);
  return options;
}

std::string Find(const PQconninfoOption* option, const std::string& name) {
  for (; option != nullptr && option->keyword != nullptr; ++option) {
    if (name == option->keyword && option->val != nullptr) return option->val;
  }
  return "";
}

std::string Shown(const std::string& host, const std::string& port, const std::string& database) {
  const std::string place = host.empty() ? "its default place" : host;
  return fmt::format("{}{}{}{}{}", place, port.empty() || host.starts_with('/') ? "" : ":",
                     host.starts_with('/') ? "" : port, database.empty() ? "" : "/", database);
}

}  // namespace

bool IsUrl(const std::string& url) {
  const bool scheme = url.starts_with("postgresql://") || url.starts_with("postgres://");
  return scheme && Parse(url) != nullptr;
}

Target TargetOf(const Address& address) {
  Target target{.schema = address.schema};
  auto& keywords = target.keywords;
  // A peer that went away without a word is noticed by the kernel.
  keywords = {{"application_name", "sluice"}, {"client_encoding", "UTF8"}, {"keepalives_idle", "10"},
              {"keepalives_interval", "5"},   {"keepalives_count", "3"},   {"tcp_user_timeout", "30000"}};
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) keywords.emplace_back(name, value);
  };
  add("sslrootcert", address.ca_file);
  if (!address.url.empty()) {
    keywords.emplace_back("dbname", address.url.Reveal());
    const Options parsed = Parse(address.url.Reveal());
    target.shown =
        Shown(Find(parsed.get(), "host"), Find(parsed.get(), "port"), Find(parsed.get(), "dbname"));
    return target;
  }
  add("host", address.host);
  if (!address.host.empty()) keywords.emplace_back("port", std::to_string(address.port));
  add("user", address.user);
  add("password", address.password.Reveal());
  add("dbname", address.database);
  add("sslmode", address.sslmode);
  target.shown = Shown(address.host, std::to_string(address.port), address.database);
  return target;
}

}  // namespace sluice::pg
