#include "config/server.h"

#include <charconv>

#include <arpa/inet.h>
#include <fmt/format.h>

namespace sluice {
namespace {

void CheckServer(const ServerSpec& server, Faults& faults) {
  const Result<ListenAddress> address = ParseListen(server.listen);
  if (!address.ok()) {
    faults.Add("listen", address.status().message(), "such as 127.0.0.1:8080 or [::1]:8080");
  } else if (!address->IsLoopback() && !server.insecure && !faults.Faulty("insecure")) {
    faults.Add(
        "listen", fmt::format("{} can be reached from other machines, without tokens or TLS", server.listen),
        "listen on 127.0.0.1, or write insecure = true in [server] if everybody who can reach it may use it");
  }
}

bool ParsePort(std::string_view text, int* port) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *port);
  return error == std::errc() && end == text.data() + text.size() && *port >= 0 && *port <= 65535;
}

}  // namespace

OptionSet ServerOptions() {
  return OptionTable<ServerSpec>()
      .Add("listen", &ServerSpec::listen,
           "address of the API, of ingest and of metrics; port 0 takes a free one")
      .Add("insecure", &ServerSpec::insecure,
           "true lets it listen where other machines reach it, without credentials")
      .Check(&CheckServer);
}

OptionSet SettingOptions() {
  return OptionTable<PipelineSettings>()
      .AddPath("data_dir", &PipelineSettings::data_dir, "folder of the embedded log and store")
      .Add("memory", &PipelineSettings::memory, "what the process may hold in all", {.min = MiB(64)});
}

bool ListenAddress::IsLoopback() const {
  in_addr four{};
  in6_addr six{};
  if (inet_pton(AF_INET, host.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24) == 127;
  if (inet_pton(AF_INET6, host.c_str(), &six) == 1) return IN6_IS_ADDR_LOOPBACK(&six);
  return host == "localhost";
}

Result<ListenAddress> ParseListen(std::string_view text) {
  const size_t colon = text.rfind(':');
  ListenAddress address;
  std::string_view host = text.substr(0, std::min(colon, text.size()));
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const bool has_colon = host.find(':') != std::string_view::npos;
  const bool blank = host.find_first_of(" \t/[]") != std::string_view::npos;
  if (colon == std::string_view::npos || host.empty() || blank || has_colon != bracketed ||
      !ParsePort(text.substr(colon + 1), &address.port)) {
    return Status::Reject(fmt::format("'{}' is not an address of the form host:port", text));
  }
  address.host = host;
  return address;
}

}  // namespace sluice
