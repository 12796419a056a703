// Load for P9, P10 and P12, the same against every server: CONNECTIONS keep-alive connections, each of which
// sends a POST as soon as the last one is answered, for SECONDS. LINES 1: one JSON object a request; more:
// that many NDJSON lines. One thread, epoll, no library. A connection that is told 503 waits ten milliseconds
// and sends the same again; one that breaks is gone ("lost"). http_load PORT PATH CONNECTIONS SECONDS LINES
#include <cerrno>
#include <cstring>
#include <deque>
#include <optional>
#include <string_view>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "input.h"
#include "measure.h"

namespace {

constexpr const char* kUsage = "http_load PORT PATH CONNECTIONS SECONDS LINES";
constexpr double kRefusedWait = 0.01;
constexpr int kBodies = 64;

struct Options {
  int port = 0;
  std::string path;
  int connections = 1;
  double seconds = 1;
  int lines = 1;
};

// Whole requests, made once; connections take them in turns.
std::vector<std::string> MakeRequests(const Options& options) {
  std::vector<std::string> requests;
  for (int i = 0; i < kBodies; ++i) {
    std::string body = bench::ReadingLines(int64_t{i} * options.lines, options.lines);
    if (options.lines == 1) body.pop_back();
    const char* type = options.lines == 1 ? "application/json" : "application/x-ndjson";
    requests.push_back("POST " + options.path + " HTTP/1.1\r\nhost: localhost\r\ncontent-type: " + type +
                       "\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  }
  return requests;
}

// Status of a whole answer at the start of `bytes` and its length; 0 while it is not whole.
struct Answer {
  int status = 0;
  size_t length = 0;
};

Answer ParseAnswer(std::string_view bytes) {
  const size_t head = bytes.find("\r\n\r\n");
  if (head == std::string_view::npos || bytes.size() < 12) return {};
  size_t length = head + 4;
  for (size_t at = bytes.find("\r\n"); at < head; at = bytes.find("\r\n", at + 2)) {
    constexpr std::string_view kName = "content-length:";
    const std::string_view field = bytes.substr(at + 2, kName.size());
    const bool same =
        field.size() == kName.size() && std::equal(field.begin(), field.end(), kName.begin(),
                                                   [](char a, char b) { return (a | 0x20) == (b | 0x20); });
    if (same) length += static_cast<size_t>(std::atoll(bytes.data() + at + 2 + kName.size()));
  }
  if (bytes.size() < length) return {};
  return {std::atoi(bytes.data() + 9), length};
}

struct Connection {
  int fd = -1;
  const std::string* request = nullptr;
  size_t sent = 0;
  std::string answer;
  double started = 0;
  bool refused = false;  // by the last answer, and not asked again since
};

class Load {
 public:
  explicit Load(const Options& options) : options_(options), requests_(MakeRequests(options)) {}

  void Run() {
    for (int i = 0; i < options_.connections; ++i) all_.push_back({.fd = Connect()});
    epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    watch_.emplace();
    for (Connection& connection : all_) {
      Listen(connection);
      Next(connection);
    }
    while (watch_->Seconds() < options_.seconds && lost_ < options_.connections) Step();
    Report();
  }

 private:
  // A server that is about to listen is waited for, ten seconds at most.
  int Connect() const {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(options_.port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 0; i < 1000; ++i) {
      const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
        const int on = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        ::fcntl(fd, F_SETFL, O_NONBLOCK);
        return fd;
      }
      ::close(fd);
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    bench::Fail("nobody listens on port " + std::to_string(options_.port));
  }

  void Next(Connection& connection) {
    connection.request = &requests_[next_++ % requests_.size()];
    Start(connection);
  }

  void Start(Connection& connection) {
    connection.sent = 0;
    connection.answer.clear();
    connection.refused = false;
    connection.started = watch_->Seconds();
    Send(connection);
  }

  void Step() {
    epoll_event events[256];
    const int ready = ::epoll_wait(epoll_, events, 256, refused_until_.empty() ? 100 : 1);
    for (int i = 0; i < ready; ++i) {
      auto& connection = *static_cast<Connection*>(events[i].data.ptr);
      if (connection.fd >= 0 && connection.sent < connection.request->size()) Send(connection);
      if (connection.fd >= 0) Receive(connection);
    }
    while (!refused_until_.empty() && refused_until_.front().first <= watch_->Seconds()) {
      Connection& connection = *refused_until_.front().second;
      refused_until_.pop_front();
      if (connection.fd >= 0) Start(connection);
    }
  }

  void Send(Connection& connection) {
    const std::string& request = *connection.request;
    while (connection.sent < request.size()) {
      const ssize_t n = ::send(connection.fd, request.data() + connection.sent,
                               request.size() - connection.sent, MSG_NOSIGNAL);
      if (n < 0 && errno == EAGAIN) return;
      if (n < 0) return Lose(connection);
      connection.sent += static_cast<size_t>(n);
    }
  }

  void Receive(Connection& connection) {
    char bytes[16384];
    while (true) {
      const ssize_t n = ::recv(connection.fd, bytes, sizeof bytes, 0);
      if (n < 0 && errno == EAGAIN) break;
      if (n <= 0) return Closed(connection);
      connection.answer.append(bytes, static_cast<size_t>(n));
    }
    const Answer answer = ParseAnswer(connection.answer);
    if (answer.status != 0) Take(connection, answer);
  }

  void Take(Connection& connection, const Answer& answer) {
    const double now = watch_->Seconds();
    if (answer.status == 503) {
      ++refused_;
      connection.refused = true;
      connection.answer.clear();
      refused_until_.emplace_back(now + kRefusedWait, &connection);
      return;
    }
    if (answer.status / 100 != 2) bench::Fail("answered: " + connection.answer);
    latencies_.push_back((now - connection.started) * 1e3);
    Next(connection);
  }

  // Who is refused may be hung up on: then it calls again.
  void Closed(Connection& connection) {
    if (!connection.refused && ParseAnswer(connection.answer).status == 503) {
      Take(connection, ParseAnswer(connection.answer));
    }
    if (!connection.refused) return Lose(connection);
    ::close(connection.fd);
    connection.fd = Connect();
    Listen(connection);
  }

  void Listen(Connection& connection) {
    epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLET, .data = {.ptr = &connection}};
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event);
  }

  void Lose(Connection& connection) {
    ::close(connection.fd);
    connection.fd = -1;
    ++lost_;
  }

  void Report() const {
    const double requests = double(latencies_.size());
    bench::PrintRun(*watch_, requests * options_.lines,
                    {{"requests", requests},
                     {"requests_per_second", requests / watch_->Seconds()},
                     {"p50_ms", bench::Quantile(latencies_, 0.5)},
                     {"p99_ms", bench::Quantile(latencies_, 0.99)},
                     {"refused", double(refused_)},
                     {"lost", double(lost_)}});
  }

  const Options options_;
  const std::vector<std::string> requests_;
  std::deque<Connection> all_;
  std::optional<bench::Stopwatch> watch_;
  int epoll_ = -1;
  size_t next_ = 0;
  std::vector<double> latencies_;
  std::deque<std::pair<double, Connection*>> refused_until_;
  int64_t refused_ = 0;
  int lost_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Load({.port = int(bench::Number(argc, argv, 1, kUsage)),
        .path = bench::Argument(argc, argv, 2, kUsage),
        .connections = int(bench::Number(argc, argv, 3, kUsage)),
        .seconds = std::atof(bench::Argument(argc, argv, 4, kUsage).c_str()),
        .lines = int(bench::Number(argc, argv, 5, kUsage))})
      .Run();
}
