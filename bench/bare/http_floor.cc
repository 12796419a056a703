// The comparator of P10: the least that an HTTP server can do. One thread, epoll, a fixed answer to every
// request that ends in this read; no parser beyond the end of the head and Content-Length. usage: http_floor
// PORT
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <unordered_map>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr std::string_view kAnswer =
    "HTTP/1.1 202 Accepted\r\ncontent-type: application/json\r\ncontent-length: 36\r\n\r\n"
    "{\"accepted\":1,\"dead\":0,\"errors\":[]}\n";

// Length of the first whole request in `bytes`, or 0.
size_t RequestLength(std::string_view bytes) {
  const size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return 0;
  size_t length = end + 4;
  const size_t field = bytes.substr(0, end).find("ontent-");
  for (size_t at = field; at != std::string_view::npos && at < end; at = bytes.find("ontent-", at + 1)) {
    if ((bytes[at + 7] | 0x20) == 'l') length += static_cast<size_t>(std::atoll(bytes.data() + at + 14));
  }
  return bytes.size() >= length ? length : 0;
}

int Listen(int port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener, 1024) != 0) {
    std::perror("http_floor");
    std::exit(3);
  }
  return listener;
}

void Watch(int epoll, int fd) {
  epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

// False: the client is gone.
bool Serve(int fd, std::string& pending) {
  char bytes[65536];
  const ssize_t n = ::read(fd, bytes, sizeof bytes);
  if (n <= 0) return false;
  pending.append(bytes, static_cast<size_t>(n));
  while (const size_t length = RequestLength(pending)) {
    if (::send(fd, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL) < 0) return false;
    pending.erase(0, length);
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const int listener = Listen(argc > 1 ? std::atoi(argv[1]) : 18080);
  const int epoll = ::epoll_create1(0);
  Watch(epoll, listener);
  std::unordered_map<int, std::string> pending;
  epoll_event events[256];
  while (true) {
    const int ready = ::epoll_wait(epoll, events, 256, -1);
    for (int i = 0; i < ready; ++i) {
      const int fd = events[i].data.fd;
      if (fd == listener) {
        const int client = ::accept(listener, nullptr, nullptr);
        const int on = 1;
        ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        Watch(epoll, client);
      } else if (!Serve(fd, pending[fd])) {
        pending.erase(fd);
        ::close(fd);
      }
    }
  }
}
