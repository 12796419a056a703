#include "http/listener.h"

#include <map>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <sys/resource.h>

#include "http/connection.h"
#include "http/rules.h"

namespace sluice::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::steady_clock;

constexpr int kRefusalsBeyondLimit = 64;  // connections above the limit that are at least told so

// Sockets are descriptors: the soft limit of a shell (1,024) is below what we promise.
void RaiseDescriptorLimit(int connections) {
  const auto wanted = static_cast<rlim_t>(connections) + 512;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

// How often deadlines are looked at: a fraction of the shortest of them.
Duration SweepPeriod(const ListenerOptions& options) {
  const Duration shortest = std::min({options.header_timeout, options.idle_timeout, options.body_timeout,
                                      options.rate_grace, options.write_timeout, options.linger_timeout,
                                      options.drain_timeout, options.ingest_timeout});
  return std::clamp<Duration>(shortest / 4, std::chrono::milliseconds(2), std::chrono::milliseconds(250));
}

std::string Where(const ListenerOptions& options) {
  const bool v6 = options.address.find(':') != std::string::npos;
  return (v6 ? "[" + options.address + "]" : options.address) + ":" + std::to_string(options.port);
}

Status Explain(const error_code& error, const ListenerOptions& options) {
  std::string message = "cannot listen on " + Where(options) + ": ";
  if (error == asio::error::address_in_use) {
    return Status::Reject(message + "another program listens there; stop it, or choose another port with " +
                          "[server] listen = \"" + options.address + ":PORT\"");
  }
  if (error == asio::error::access_denied) {
    return Status::Reject(message + "ports below 1024 need privileges; choose a higher one");
  }
  if (error == boost::system::errc::address_not_available) {
    return Status::Reject(message +
                          "this machine does not have that address; use 127.0.0.1 or one of its own");
  }
  return Status::Reject(message + error.message());
}

}  // namespace

struct Listener::Impl {
  Impl(const ListenerOptions& options, const Router& router)
      : mailbox(std::make_shared<Mailbox>(io)),
        workers(std::make_unique<Workers>(options.workers)),
        ingest_workers(std::make_unique<Workers>(options.ingest_workers)),
        shared{.options = options,
               .router = &router,
               .on_loopback = IsLoopback(options.address),
               .mailbox = mailbox,
               .budget = ByteBudget(options.max_body_bytes_held),
               .workers = workers.get(),
               .ingest_workers = ingest_workers.get()} {
    shared.on_closed = [this](const std::string& peer) { Closed(peer); };
  }

  Status Open();
  void Stop();
  asio::awaitable<void> Accept();
  asio::awaitable<void> Sweep();
  void Welcome(tcp::socket socket);
  void Closed(const std::string& peer);
  void BeginDrain();

  asio::io_context io{1};
  std::shared_ptr<Mailbox> mailbox;
  std::unique_ptr<Workers> workers;
  std::unique_ptr<Workers> ingest_workers;
  Shared shared;
  tcp::acceptor acceptor{io};
  asio::steady_timer sweep_timer{io};
  asio::steady_timer accept_timer{io};
  std::map<std::string, int> of_address;  // IO thread; only off loopback
  steady_clock::time_point drain_deadline;
  uint16_t port = 0;
  std::thread io_thread;
};

Status Listener::Impl::Open() {
  const ListenerOptions& options = shared.options;
  error_code error;
  const auto address =
      asio::ip::make_address(options.address == "localhost" ? "127.0.0.1" : options.address, error);
  if (error) return Status::Reject("'" + options.address + "' is not an IP address; use 127.0.0.1 or [::1]");
  if (!shared.on_loopback && !options.insecure) {
    return Status::Reject(
        "refusing to listen on " + Where(options) +
        ": anyone who reaches this address could read and write without credentials; listen on "
        "127.0.0.1, or say insecure = true under [server] if the network is trusted");
  }
  const tcp::endpoint endpoint(address, options.port);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(1024, error);
  if (error) return Explain(error, options);
  port = acceptor.local_endpoint().port();
  RaiseDescriptorLimit(options.max_connections);
  asio::co_spawn(io, Accept(), asio::detached);
  asio::co_spawn(io, Sweep(), asio::detached);
  io_thread = std::thread([this] { io.run(); });
  return {};
}

asio::awaitable<void> Listener::Impl::Accept() {
  while (acceptor.is_open()) {
    error_code error;
    tcp::socket socket = co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (!acceptor.is_open()) co_return;
    if (!error) {
      Welcome(std::move(socket));
      continue;
    }
    accept_timer.expires_after(std::chrono::milliseconds(50));  // out of descriptors: some will close
    co_await accept_timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
  }
}

void Listener::Impl::Welcome(tcp::socket socket) {
  ++shared.stats.accepted;
  error_code error;
  const tcp::endpoint remote = socket.remote_endpoint(error);
  if (error) return;  // gone already
  std::string peer = remote.address().to_string();
  const auto open = static_cast<int>(shared.connections.size());
  bool full = open >= shared.options.max_connections;
  if (!shared.on_loopback) {
    full = ++of_address[peer] > shared.options.max_connections_per_address || full;
  }
  if (open >= shared.options.max_connections + kRefusalsBeyondLimit) {
    Closed(peer);
    return;
  }
  socket.non_blocking(true, error);
  socket.set_option(tcp::no_delay(true), error);
  asio::co_spawn(io, Connection::Serve(std::move(socket), std::move(peer), full, shared), asio::detached);
}

void Listener::Impl::Closed(const std::string& peer) {
  if (const auto it = of_address.find(peer); it != of_address.end() && --it->second == 0)
    of_address.erase(it);
  if (shared.draining && shared.connections.empty()) sweep_timer.cancel();
}

asio::awaitable<void> Listener::Impl::Sweep() {
  const Duration period = SweepPeriod(shared.options);
  while (!shared.draining || !shared.connections.empty()) {
    error_code ignored;
    sweep_timer.expires_after(period);
    co_await sweep_timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    const auto now = steady_clock::now();
    const bool over = shared.draining && now >= drain_deadline;
    const std::vector<Connection*> connections(shared.connections.begin(), shared.connections.end());
    for (Connection* connection : connections) {
      if (!shared.connections.contains(connection)) continue;  // ended by what was done to another
      if (over) {
        connection->Kill();
      } else {
        connection->CheckDeadline(now);
      }
    }
  }
}

void Listener::Impl::BeginDrain() {
  shared.draining = true;
  drain_deadline = steady_clock::now() + shared.options.drain_timeout;
  error_code ignored;
  acceptor.close(ignored);
  accept_timer.cancel();
  sweep_timer.cancel();
  const std::vector<Connection*> connections(shared.connections.begin(), shared.connections.end());
  for (Connection* connection : connections) {
    if (shared.connections.contains(connection)) connection->Drain();
  }
}

void Listener::Impl::Stop() {
  if (io_thread.joinable()) {
    mailbox->Send([this] { BeginDrain(); });
    io_thread.join();  // ends by itself: no acceptor, no timer, no connection
  }
  ingest_workers.reset();
  workers.reset();
  mailbox->Close();
}

Listener::Listener(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Listener::~Listener() { Stop(); }

Result<std::unique_ptr<Listener>> Listener::Open(const ListenerOptions& options, const Router& router) {
  ListenerOptions cleaned = options;
  if (cleaned.address.starts_with('[') && cleaned.address.ends_with(']')) {
    cleaned.address = cleaned.address.substr(1, cleaned.address.size() - 2);
  }
  auto impl = std::make_unique<Impl>(cleaned, router);
  SLUICE_TRY(impl->Open());
  return std::unique_ptr<Listener>(new Listener(std::move(impl)));
}

void Listener::Serve(const Router& router) { impl_->shared.router = &router; }

uint16_t Listener::port() const { return impl_->port; }
std::string Listener::url() const {
  ListenerOptions bound = impl_->shared.options;
  bound.port = impl_->port;
  return "http://" + Where(bound);
}
const ListenerStats& Listener::stats() const { return impl_->shared.stats; }
int64_t Listener::body_bytes_held() const { return impl_->shared.budget.held(); }
void Listener::Stop() { impl_->Stop(); }

}  // namespace sluice::http
