#include "http/client.h"

#include <algorithm>
#include <chrono>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/target.h"
#include "http/wire.h"

namespace sluice::http {
namespace {

using Time = std::chrono::steady_clock::time_point;

Status Failed(const std::string& what) { return Status::Retry(what + ": " + ::strerror(errno)); }

// A connected socket whose every wait ends at a deadline.
class Wire {
 public:
  explicit Wire(Time deadline) : deadline_(deadline) {}
  ~Wire() {
    if (fd_ >= 0) ::close(fd_);
  }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  Status Connect(const Url& url);
  Status Send(std::string_view bytes);
  Result<std::string> Receive();  // "" at the end
  void NoDeadline() { deadline_ = Time::max(); }

 private:
  Status TryConnect(const addrinfo& address);
  Status Wait(short events);

  Time deadline_;
  int fd_ = -1;
};

Status Wire::Wait(short events) {
  pollfd waiting{.fd = fd_, .events = events, .revents = 0};
  while (true) {
    int millis = -1;
    if (deadline_ != Time::max()) {
      const auto left = deadline_ - std::chrono::steady_clock::now();
      millis = static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count());
      if (millis <= 0) return Status::Retry("no answer in time");
    }
    const int ready = ::poll(&waiting, 1, millis);
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return Failed("poll");
  }
}

Status Wire::TryConnect(const addrinfo& address) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = ::socket(address.ai_family, address.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, address.ai_protocol);
  if (fd_ < 0) return Failed("socket");
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(fd_, address.ai_addr, address.ai_addrlen) == 0) return {};
  if (errno != EINPROGRESS) return Failed("connect");
  SLUICE_TRY(Wait(POLLOUT));
  socklen_t length = sizeof errno;
  ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &errno, &length);
  return errno == 0 ? Status() : Failed("connect");
}

Status Wire::Connect(const Url& url) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(url.host.c_str(), url.port.c_str(), &hints, &found); error != 0) {
    return Status::Retry("cannot resolve " + url.host + ": " + ::gai_strerror(error));
  }
  Status status = Status::Retry("no address");
  for (const addrinfo* address = found; address != nullptr && !status.ok(); address = address->ai_next) {
    status = TryConnect(*address);
  }
  ::freeaddrinfo(found);
  return status.In(url.host + ":" + url.port);
}

Status Wire::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n >= 0) {
      bytes.remove_prefix(static_cast<size_t>(n));
    } else if (errno == EAGAIN) {
      SLUICE_TRY(Wait(POLLOUT));
    } else if (errno != EINTR) {
      return Failed("send");
    }
  }
  return {};
}

Result<std::string> Wire::Receive() {
  std::string bytes(64 << 10, '\0');
  while (true) {
    const ssize_t n = ::recv(fd_, bytes.data(), bytes.size(), 0);
    if (n >= 0) {
      bytes.resize(static_cast<size_t>(n));
      return bytes;
    }
    if (errno == EAGAIN) {
      SLUICE_TRY(Wait(POLLIN));
    } else if (errno != EINTR) {
      return Failed("receive");
    }
  }
}

std::string Format(const Url& url, const Request& request) {
  const bool v6 = url.host.find(':') != std::string::npos;
  std::string text = request.method + " " + url.path + PercentEncode(request.path, true);
  if (!request.query.empty()) text += "?" + FormatQuery(request.query);
  text += " HTTP/1.1\r\nconnection: close\r\n";
  if (request.Header("host").empty()) {
    text += "host: " + (v6 ? "[" + url.host + "]" : url.host) + ":" + url.port + "\r\n";
  }
  for (const auto& [name, value] : request.headers) text += name + ": " + value + "\r\n";
  if (!request.body.empty() || request.method == "POST") {
    text += "content-length: " + std::to_string(request.body.size()) + "\r\n";
  }
  return text + "\r\n" + request.body;
}

Time DeadlineIn(Duration timeout) { return std::chrono::steady_clock::now() + timeout; }

// Feeds the reader once more; a server that refuses early may have cut our sending short, so its answer
// counts first.
Status FeedFrom(Wire& wire, ResponseReader& reader) {
  SLUICE_ASSIGN(const std::string bytes, wire.Receive());
  if (!reader.Feed(bytes)) return Status::Reject("the answer is not HTTP, or it was cut short");
  if (bytes.empty() && !reader.done())
    return Status::Retry("the server closed the connection without an answer");
  return {};
}

}  // namespace

Result<Url> ParseUrl(std::string_view text) {
  Url url;
  const std::string whole(text);
  if (text.starts_with("http://")) text.remove_prefix(7);
  const Status bad = Status::Reject("'" + whole + "' is no URL like http://127.0.0.1:8080");
  if (text.empty() || text.find("://") != std::string_view::npos) return bad;
  const size_t slash = std::min(text.find('/'), text.size());
  url.path = text.substr(slash);
  while (url.path.ends_with('/')) url.path.pop_back();
  text = text.substr(0, slash);
  const size_t bracket = text.starts_with('[') ? text.find(']') : 0;
  if (bracket == std::string_view::npos) return bad;
  const size_t colon = text.find(':', bracket);
  if (colon != std::string_view::npos) url.port = text.substr(colon + 1);
  url.host = bracket > 0 ? text.substr(1, bracket - 1) : text.substr(0, colon);
  const bool digits =
      std::all_of(url.port.begin(), url.port.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (url.host.empty() || url.port.empty() || !digits) return bad;
  return url;
}

Result<Response> Call(const std::string& url, const Request& request, Duration timeout) {
  SLUICE_ASSIGN(const Url server, ParseUrl(url));
  Wire wire(DeadlineIn(timeout));
  SLUICE_TRY(wire.Connect(server));
  const Status sent = wire.Send(Format(server, request));
  ResponseReader reader(request.method == "HEAD");
  while (!reader.done()) {
    if (const Status fed = FeedFrom(wire, reader); !fed.ok()) return sent.ok() ? fed : sent;
  }
  Response response = std::move(reader.response());
  response.body = reader.TakeBody();
  return response;
}

bool EventParser::Feed(std::string_view bytes, const std::function<bool(const ServerEvent&)>& on_event) {
  rest_.append(bytes);
  size_t begin = 0;
  for (size_t end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', begin)) {
    std::string_view line(rest_.data() + begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    begin = end + 1;
    if (!Line(line, on_event)) return false;
  }
  rest_.erase(0, begin);
  return true;
}

bool EventParser::Line(std::string_view line, const std::function<bool(const ServerEvent&)>& on_event) {
  if (line.empty()) {
    const bool has_data = std::exchange(has_data_, false);
    const bool has_id = std::exchange(has_id_, false);
    ServerEvent event{event_.id, std::exchange(event_.event, ""), std::exchange(event_.data, "")};
    if (!has_data) event.event.clear();
    if (has_data && event.event.empty()) event.event = "message";
    return has_data || has_id ? on_event(event) : true;
  }
  const size_t colon = std::min(line.find(':'), line.size());
  const std::string_view name = line.substr(0, colon);
  std::string_view value = line.substr(std::min(colon + 1, line.size()));
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (name == "data") {
    if (has_data_) event_.data += '\n';
    event_.data += value;
    has_data_ = true;
  } else if (name == "id") {
    event_.id = value;
    has_id_ = true;
  } else if (name == "event") {
    event_.event = value;
  }
  return true;
}

Status ReadEvents(const std::string& url, const Request& request, Duration timeout,
                  const std::function<bool(const ServerEvent&)>& on_event) {
  SLUICE_ASSIGN(const Url server, ParseUrl(url));
  Wire wire(DeadlineIn(timeout));
  SLUICE_TRY(wire.Connect(server));
  SLUICE_TRY(wire.Send(Format(server, request)));
  ResponseReader reader(false);
  while (!reader.has_head()) SLUICE_TRY(FeedFrom(wire, reader));
  if (reader.response().status == 200) wire.NoDeadline();
  std::string body;
  EventParser parser;
  while (true) {
    if (reader.response().status != 200) {
      body += reader.TakeBody();
    } else if (!parser.Feed(reader.TakeBody(), on_event)) {
      return {};
    }
    if (reader.done()) break;
    SLUICE_TRY(FeedFrom(wire, reader));
  }
  if (reader.response().status == 200) return Status::Retry("the server ended the stream");
  return Status::Reject("the server answered " + std::to_string(reader.response().status) + ": " + body);
}

}  // namespace sluice::http
