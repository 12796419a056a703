// RawClient: a socket for tests that sends what no proper client would. Blocking, with a limit on every wait.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace sluice::http {

class RawClient {
 public:
  explicit RawClient(uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval limit{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~RawClient() { Close(); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return connected_; }
  // False when the server closed before all was taken.
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return true;
  }
  void FinishSending() { ::shutdown(fd_, SHUT_WR); }
  void Close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  // Everything until `end` was seen, or until the server closes.
  std::string ReadUntil(std::string_view end) {
    while (seen_.find(end) == std::string::npos && More()) {
    }
    const size_t at = seen_.find(end);
    const size_t length = at == std::string::npos ? seen_.size() : at + end.size();
    std::string text = seen_.substr(0, length);
    seen_.erase(0, length);
    return text;
  }
  std::string ReadToEnd() {
    while (More()) {
    }
    return std::exchange(seen_, {});
  }
  // True when the server closes (or resets) without sending more.
  bool IsClosed() { return !More() && seen_.empty(); }

 private:
  bool More() {
    char bytes[8192];
    const ssize_t n = ::recv(fd_, bytes, sizeof bytes, 0);
    if (n <= 0) return false;
    seen_.append(bytes, static_cast<size_t>(n));
    return true;
  }

  int fd_;
  bool connected_ = false;
  std::string seen_;
};

}  // namespace sluice::http
