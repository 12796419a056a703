// Connection: one client, from accept to close, as a coroutine on the IO thread: head, rules, body, handler,
// answer, and again. Created by the listener, owns itself while it runs. IO thread only.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "http/budget.h"
#include "http/content_encoding.h"
#include "http/exchange.h"
#include "http/listener.h"
#include "http/target.h"
#include "http/wire.h"
#include "http/workers.h"

namespace sluice::http {

class Connection;

// What all connections of a listener share.
struct Shared {
  const ListenerOptions options;
  std::atomic<const Router*> router;
  const bool on_loopback;
  std::shared_ptr<Mailbox> mailbox;
  ByteBudget budget;
  ListenerStats stats;
  Workers* workers = nullptr;
  Workers* ingest_workers = nullptr;
  std::set<Connection*> connections;  // IO thread only, like `draining`
  bool draining = false;
  std::function<void(const std::string& peer)> on_closed;
  int64_t date_of = 0;  // the second that `date` tells
  std::string date;
};

class Connection {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Time = std::chrono::steady_clock::time_point;

  // `full`: every request is answered 503, because there are too many connections.
  static boost::asio::awaitable<void> Serve(Socket socket, std::string peer, bool full, Shared& shared);

  // Called by the listener's sweep: cancels a wait that took too long.
  void CheckDeadline(Time now);
  // Closes an idle connection or an event stream now, another one after its answer.
  void Drain();
  // Ends it at once, whatever it does.
  void Kill();

 private:
  enum class Phase { idle, head, body, handling, writing, streaming, lingering };
  enum class Next { go_on, close };

  using Awaitable = boost::asio::awaitable<Next>;

  Connection(Socket socket, std::string peer, bool full, Shared& shared);
  ~Connection();

  boost::asio::awaitable<void> Run();
  Awaitable ServeOne();
  // What these take by reference is in the frame of ServeOne, which lives as long.
  boost::asio::awaitable<bool> ReadHead(RequestReader& reader);
  boost::asio::awaitable<std::optional<Response>> ReadBody(RequestReader& reader, int64_t max_body);
  boost::asio::awaitable<bool> ReadSome(size_t room);
  boost::asio::awaitable<void> Handle(Request& request, const Router::Match& match, Response& response);
  Awaitable Answer(Response& response, const RequestReader& reader, bool to_head);
  Awaitable Refuse(Response& response, const RequestReader& reader);
  boost::asio::awaitable<bool> Write(std::string_view bytes);
  boost::asio::awaitable<void> Stream(Response response);
  boost::asio::awaitable<void> Linger();
  boost::asio::awaitable<void> WaitForWake();

  std::optional<Response> CheckHead(RequestReader& reader, Router::Match* match);
  std::optional<Response> TakeBody(RequestReader& reader, int64_t max_body);
  Response WhyReadingStopped() const;
  void WatchForClose();
  void Wake();
  void Enter(Phase phase, Duration limit);
  bool Live() const { return !killed_ && !expired_; }

  Socket socket_;
  const std::string peer_;
  const bool full_;
  Shared& shared_;

  Phase phase_ = Phase::idle;
  Time phase_began_;
  Time deadline_;
  int64_t phase_bytes_ = 0;
  bool expired_ = false;  // a wait was cancelled for its deadline
  bool killed_ = false;

  std::vector<char> input_;  // [used_, filled_) is unread
  size_t used_ = 0;
  size_t filled_ = 0;
  ByteBudget::Hold hold_;
  std::shared_ptr<Exchange> exchange_;
  std::shared_ptr<LiveStream> stream_;
  std::function<void()> waiter_;  // resumes the coroutine
  bool peer_closed_ = false;      // it will send nothing more
  bool watching_ = false;         // a read is under way that only waits for the peer to close
  char watched_[512];
};

}  // namespace sluice::http
