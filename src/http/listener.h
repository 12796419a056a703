// Listener: the one door for HTTP. It owns sockets, limits and time-outs, and hands whole requests to the
// handlers of a router. One IO thread reads and writes; handlers run on workers, or on the IO thread when
// their route is `quick` and the body is small; ingest routes have workers of their own, so that slow queries
// never hold up devices. Owned by the app; Open and Stop are called by one thread, the rest is internal.
//
// A client that is slow, half-open, oversized or malformed costs its own connection and nothing else: every
// wait has a limit below, and what is held of request bodies in all connections together is bounded (rule
// D7).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "core/status.h"
#include "core/time.h"
#include "http/router.h"

namespace sluice::http {

struct ListenerOptions {
  std::string address = "127.0.0.1";  // an IP address or "localhost"
  uint16_t port = 0;                  // 0: a free one
  bool insecure = false;              // allow an address that is not loopback without credentials

  int max_connections = 2048;
  int max_connections_per_address = 256;  // off loopback
  int64_t max_header = 16 << 10;
  Duration header_timeout = std::chrono::seconds(5);   // from the first byte of a head to its end
  Duration idle_timeout = std::chrono::seconds(60);    // between requests
  Duration body_timeout = std::chrono::seconds(60);    // for a whole body
  int64_t min_body_rate = 1024;                        // bytes a second, on average …
  Duration rate_grace = std::chrono::seconds(5);       // … once a body took this long
  Duration write_timeout = std::chrono::seconds(30);   // without the client taking a byte
  Duration ingest_timeout = std::chrono::seconds(30);  // for a device's answer; then it is told to repeat
  int64_t max_body_bytes_held = 64 << 20;              // of all connections together
  int64_t linger_bytes = 64 << 20;  // read and discarded behind a refusal, so that it is seen
  Duration linger_timeout = std::chrono::seconds(5);
  int64_t stream_buffer = 1 << 20;                   // unsent bytes of an event stream before it is closed
  Duration drain_timeout = std::chrono::seconds(5);  // for the requests under way at Stop
  int workers = 4;
  int ingest_workers = 2;
};

struct ListenerStats {
  std::atomic<int64_t> connections{0};  // open now
  std::atomic<int64_t> accepted{0};
  std::atomic<int64_t> requests{0};
  std::atomic<int64_t> refused{0};    // answered by the listener itself, not by a handler
  std::atomic<int64_t> timed_out{0};  // ended for a time-out, or told to repeat
};

class Listener {
 public:
  // `router` outlives the listener. Rejects with what to do: a port in use, an address that is not ours, an
  // address off loopback without `insecure`.
  static Result<std::unique_ptr<Listener>> Open(const ListenerOptions& options, const Router& router);
  ~Listener();  // stops

  // Requests that come from now on are answered by this router; the one before outlives the listener too.
  void Serve(const Router& router);

  uint16_t port() const;
  std::string url() const;  // "http://127.0.0.1:8080"
  const ListenerStats& stats() const;
  int64_t body_bytes_held() const;

  // Drains: accepts no more, closes idle connections and event streams, finishes requests under way within
  // the limit, then closes what is left. Returns when no handler runs any more. Again: no effect.
  void Stop();

 private:
  struct Impl;
  explicit Listener(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::http
