#include "http/connection.h"

#include <exception>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <time.h>

#include "http/rules.h"

namespace sluice::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr size_t kHeadRoom = 4 << 10;    // what an idle connection holds
constexpr size_t kBodyRoom = 64 << 10;   // what one read of a body takes
constexpr size_t kQuickBody = 16 << 10;  // bodies up to this are handled on the IO thread by quick routes
constexpr size_t kOneWrite = 32 << 10;   // bodies up to this go out with their head
constexpr Duration kNoLimit = std::chrono::hours(24 * 365);

Response Busy(std::string detail) {
  Response response = Response::Problem(503, "", std::move(detail));
  response.headers.emplace_back("retry-after", "1");
  return response;
}

Response Undecided() {
  return Busy(
      "whether it was stored is not known yet: repeat it with the same Idempotency-Key. "
      "Without a key a repeat may store it twice");
}

Response TooLarge(int64_t max_body) {
  return Response::Problem(
      413, "", "the body is larger than " + std::to_string(max_body) + " bytes; send it in smaller parts");
}

// A request with all that its handler needs, on its way to a worker.
struct Job {
  Request request;
  const Handler* handler;
  Coding coding;
  int64_t max_body;
  ByteBudget::Hold hold;
  Responder respond;
};

std::optional<Response> Unpack(Job& job) {
  if (job.coding == Coding::identity || job.request.body.empty()) return std::nullopt;
  Decompressed unpacked = Decompress(job.coding, job.request.body, job.max_body, job.hold);
  switch (unpacked.kind) {
    case Decompressed::ok:
      job.request.body = std::move(unpacked.body);
      return std::nullopt;
    case Decompressed::too_large:
      return TooLarge(job.max_body);
    case Decompressed::no_room:
      return Busy("too many large requests are under way; try again");
    case Decompressed::malformed:
      break;
  }
  return Response::Problem(400, "", "the body is not what its Content-Encoding says, or it is cut short");
}

void RunJob(Job& job) {
  try {
    if (auto refusal = Unpack(job)) return job.respond(*std::move(refusal));
    (*job.handler)(std::move(job.request), job.respond);
  } catch (const std::exception& error) {
    job.respond(Response::Problem(500, "", error.what()));
  }
}

const std::string& DateOf(Shared& shared) {
  const int64_t now = ::time(nullptr);
  if (now != shared.date_of) {
    shared.date_of = now;
    shared.date = FormatHttpDate(now);
  }
  return shared.date;
}

// The fields of a decoded target, and the host of an absolute one, go into the request.
void Apply(Target target, Request& request) {
  request.path = std::move(target.path);
  request.query = std::move(target.query);
  if (target.authority.empty()) return;
  for (auto& [name, value] : request.headers) {
    if (name == "host") value = target.authority;
  }
}

}  // namespace

Connection::Connection(Socket socket, std::string peer, bool full, Shared& shared)
    : socket_(std::move(socket)), peer_(std::move(peer)), full_(full), shared_(shared), input_(kHeadRoom) {
  shared_.connections.insert(this);
  ++shared_.stats.connections;
}

Connection::~Connection() {
  shared_.connections.erase(this);
  --shared_.stats.connections;
  shared_.on_closed(peer_);
}

asio::awaitable<void> Connection::Serve(Socket socket, std::string peer, bool full, Shared& shared) {
  Connection connection(std::move(socket), std::move(peer), full, shared);
  try {
    co_await connection.Run();
  } catch (const std::exception&) {
    // Out of memory or descriptors: this connection ends, the others go on.
  }
}

void Connection::Enter(Phase phase, Duration limit) {
  phase_ = phase;
  phase_bytes_ = 0;
  phase_began_ = std::chrono::steady_clock::now();
  deadline_ = phase_began_ + limit;
}

void Connection::CheckDeadline(Time now) {
  bool late = now >= deadline_;
  const auto elapsed = std::chrono::duration_cast<Duration>(now - phase_began_);
  if (phase_ == Phase::body && elapsed > shared_.options.rate_grace) {
    late = late || phase_bytes_ < shared_.options.min_body_rate * elapsed.count() / 1'000'000;
  }
  if (!late || expired_) return;
  expired_ = true;
  if (phase_ != Phase::idle && phase_ != Phase::lingering) ++shared_.stats.timed_out;
  if (phase_ == Phase::handling) return Wake();
  error_code ignored;
  socket_.cancel(ignored);
}

void Connection::Drain() {
  if (phase_ == Phase::idle || phase_ == Phase::streaming) Kill();
}

void Connection::Kill() {
  killed_ = true;
  error_code ignored;
  socket_.cancel(ignored);
  Wake();
}

void Connection::Wake() {
  if (!waiter_) return;
  auto waiter = std::exchange(waiter_, nullptr);
  std::move(waiter)();
}

asio::awaitable<void> Connection::WaitForWake() {
  return asio::async_initiate<const asio::use_awaitable_t<>&, void()>(
      [this](auto handler) {
        auto held = std::make_shared<decltype(handler)>(std::move(handler));  // std::function wants copies
        waiter_ = [held] { std::move (*held)(); };
      },
      asio::use_awaitable);
}

asio::awaitable<void> Connection::Run() {
  while (!killed_ && !shared_.draining) {
    const Next next = co_await ServeOne();
    if (next == Next::close) break;
    if (input_.size() > kHeadRoom && used_ == filled_) input_ = std::vector<char>(kHeadRoom);
  }
  if (exchange_) exchange_->Forget();
  error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  socket_.close(ignored);
}

Connection::Awaitable Connection::ServeOne() {
  RequestReader reader(shared_.options.max_header);
  Response response;
  const bool has_head = co_await ReadHead(reader);
  if (!has_head) {
    if (phase_ == Phase::idle || killed_) co_return Next::close;
    response = WhyReadingStopped();
    co_return co_await Refuse(response, reader);
  }
  ++shared_.stats.requests;
  const bool to_head = reader.state() != RequestReader::State::bad && reader.request().method == "HEAD";
  Router::Match match;
  std::optional<Response> refusal = CheckHead(reader, &match);
  if (!refusal && reader.has_body()) refusal = co_await ReadBody(reader, match.options->max_body);
  if (killed_) co_return Next::close;
  if (refusal) co_return co_await Refuse(*refusal, reader);
  co_await Handle(reader.request(), match, response);
  if (killed_) co_return Next::close;
  co_return co_await Answer(response, reader, to_head);
}

// False when no whole head came: the phase says whether any of it did.
asio::awaitable<bool> Connection::ReadHead(RequestReader& reader) {
  Enter(used_ < filled_ ? Phase::head : Phase::idle,
        used_ < filled_ ? shared_.options.header_timeout : shared_.options.idle_timeout);
  const auto max_header = static_cast<size_t>(shared_.options.max_header);
  while (true) {
    used_ += reader.Feed({input_.data() + used_, filled_ - used_});
    if (reader.state() != RequestReader::State::head) co_return true;
    const bool more = co_await ReadSome(std::min(kHeadRoom + (filled_ - used_), max_header + kHeadRoom));
    if (!more) co_return false;
    if (phase_ == Phase::idle) Enter(Phase::head, shared_.options.header_timeout);
  }
}

// Reads what there is into input_, with room for `room` bytes in all. False: time-out, end or error.
asio::awaitable<bool> Connection::ReadSome(size_t room) {
  if (used_ > 0) {
    std::copy(input_.begin() + static_cast<int64_t>(used_), input_.begin() + static_cast<int64_t>(filled_),
              input_.begin());
    filled_ -= used_;
    used_ = 0;
  }
  if (input_.size() < room) input_.resize(room);
  error_code error;
  const size_t n =
      co_await socket_.async_read_some(asio::buffer(input_.data() + filled_, input_.size() - filled_),
                                       asio::redirect_error(asio::use_awaitable, error));
  if (error == asio::error::eof) peer_closed_ = true;
  if (error || !Live()) co_return false;
  filled_ += n;
  phase_bytes_ += static_cast<int64_t>(n);
  co_return true;
}

Response Connection::WhyReadingStopped() const {
  if (expired_) return Response::Problem(408, "", "the request came too slowly");
  return Response::Problem(400, "", "the connection ended within the request");
}

// Everything that can be said of a request by its head; fills in the decoded target.
std::optional<Response> Connection::CheckHead(RequestReader& reader, Router::Match* match) {
  if (reader.state() == RequestReader::State::bad) {
    return Response::Problem(reader.error_status(), "", reader.error_detail());
  }
  if (full_) return Busy("too many connections; try again");
  auto target = ParseTarget(reader.raw_target());
  if (!target.ok()) return Response::Problem(400, "", target.status().message());
  Request& request = reader.request();
  const std::vector<std::string> segments = std::move(target->segments);
  Apply(*std::move(target), request);
  request.peer = peer_;
  if (shared_.on_loopback) {
    const std::string host = request.Header("host");
    if (!host.empty() || !reader.is_http_1_0()) {
      if (auto refusal = RefuseHost(host)) return refusal;
    }
  }
  *match = shared_.router.load()->FindSegments(request.method, segments);
  if (match->handler == nullptr) return Router::NotMatched(request, *match);
  request.captures = std::move(match->captures);
  const RouteOptions& route = *match->options;
  if (auto refusal = RefuseForeign(request, route, shared_.on_loopback)) return refusal;
  if (reader.content_length().value_or(0) > static_cast<uint64_t>(route.max_body))
    return TooLarge(route.max_body);
  if (CodingOf(request.Header("content-encoding")) == Coding::unsupported) {
    Response refusal = Response::Problem(415, "", "Content-Encoding may be gzip or zstd, once");
    refusal.headers.emplace_back("accept-encoding", "gzip, zstd");
    return refusal;
  }
  const std::string expect = request.Header("expect");
  if (!expect.empty() && MediaType(expect) != "100-continue") {
    return Response::Problem(417, "", "the only expectation met is 100-continue");
  }
  return route.admit ? route.admit(request) : std::nullopt;
}

asio::awaitable<std::optional<Response>> Connection::ReadBody(RequestReader& reader, int64_t max_body) {
  if (used_ == filled_ && !reader.is_http_1_0() && !reader.request().Header("expect").empty()) {
    const bool written = co_await Write("HTTP/1.1 100 Continue\r\n\r\n");
    if (!written) co_return WhyReadingStopped();
  }
  hold_ = ByteBudget::Hold(shared_.budget);
  reader.request().body.reserve(std::min<uint64_t>(reader.content_length().value_or(0), 1 << 20));
  Enter(Phase::body, shared_.options.body_timeout);
  phase_bytes_ = static_cast<int64_t>(filled_ - used_);
  while (true) {
    std::optional<Response> refusal = TakeBody(reader, max_body);
    if (refusal || reader.state() == RequestReader::State::done) co_return refusal;
    const bool more = co_await ReadSome(kBodyRoom);
    if (!more) co_return WhyReadingStopped();
  }
}

// Moves what was read into the body, as long as it may grow.
std::optional<Response> Connection::TakeBody(RequestReader& reader, int64_t max_body) {
  const std::string& body = reader.request().body;
  const size_t before = body.size();
  size_t taken = 0;
  do {
    taken = reader.Feed({input_.data() + used_, filled_ - used_});
    used_ += taken;
  } while (taken > 0 && reader.state() == RequestReader::State::body);
  if (static_cast<int64_t>(body.size()) > max_body) return TooLarge(max_body);
  if (!hold_.Grow(static_cast<int64_t>(body.size() - before))) {
    return Busy("too many large requests are under way; try again");
  }
  if (reader.state() == RequestReader::State::bad) {
    return Response::Problem(reader.error_status(), "", reader.error_detail());
  }
  if (filled_ - used_ >= kBodyRoom) return Response::Problem(400, "", "the head of a chunk is too long");
  return std::nullopt;
}

asio::awaitable<void> Connection::Handle(Request& request, const Router::Match& match, Response& response) {
  const RouteOptions& route = *match.options;
  Enter(Phase::handling, route.ingest ? shared_.options.ingest_timeout : kNoLimit);
  const Coding coding = CodingOf(request.Header("content-encoding"));
  const bool here = route.quick && coding == Coding::identity && request.body.size() <= kQuickBody;
  exchange_ = std::make_shared<Exchange>(shared_.mailbox, [this] { Wake(); });
  Job job{std::move(request), match.handler, coding, route.max_body, std::move(hold_), nullptr};
  if (here) {
    exchange_->CallInline([&job](Responder respond) {
      job.respond = std::move(respond);
      RunJob(job);
    });
  } else {
    job.respond = exchange_->MakeResponder();
    auto shared_job = std::make_shared<Job>(std::move(job));
    (route.ingest ? shared_.ingest_workers : shared_.workers)->Submit([shared_job] { RunJob(*shared_job); });
  }
  job.respond = nullptr;  // what is held here must not keep the exchange from noticing a dropped answer
  while (!exchange_->answered() && !killed_ && !expired_) co_await WaitForWake();
  exchange_->Forget();
  if (exchange_->answered()) {
    response = exchange_->Take();
  } else if (expired_) {
    response = Undecided();
  }
  exchange_.reset();
}

Connection::Awaitable Connection::Answer(Response& response, const RequestReader& reader, bool to_head) {
  if (response.on_stream && !to_head) {
    co_await Stream(std::move(response));
    co_return Next::close;
  }
  const bool keep_alive = reader.state() == RequestReader::State::done && reader.keep_alive() &&
                          !shared_.draining && !full_ && !peer_closed_;
  std::string head =
      FormatHead(response, response.body.size(), keep_alive, reader.is_http_1_0(), DateOf(shared_));
  if (to_head) response.body.clear();
  const bool together = response.body.size() <= kOneWrite;
  if (together) head += response.body;
  expired_ = false;
  bool written = co_await Write(head);
  if (written && !together) written = co_await Write(response.body);
  co_return written&& keep_alive ? Next::go_on : Next::close;
}

// Answers what no handler has seen. When something of the request is still to come, the connection ends, but
// not before the client had a chance to read why.
Connection::Awaitable Connection::Refuse(Response& response, const RequestReader& reader) {
  ++shared_.stats.refused;
  hold_ = {};
  const Next next = co_await Answer(response, reader, false);
  if (next == Next::close && Live() && reader.state() != RequestReader::State::done) co_await Linger();
  co_return next;
}

asio::awaitable<bool> Connection::Write(std::string_view bytes) {
  Enter(Phase::writing, shared_.options.write_timeout);
  while (!bytes.empty()) {
    error_code error;
    size_t n = socket_.write_some(asio::buffer(bytes), error);  // seldom has to wait
    if (error == asio::error::would_block) {
      error = {};
      n = co_await socket_.async_write_some(asio::buffer(bytes),
                                            asio::redirect_error(asio::use_awaitable, error));
      deadline_ = std::chrono::steady_clock::now() + shared_.options.write_timeout;
    }
    if (error || !Live()) co_return false;
    bytes.remove_prefix(n);
  }
  co_return true;
}

asio::awaitable<void> Connection::Linger() {
  error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  Enter(Phase::lingering, shared_.options.linger_timeout);
  int64_t discarded = 0;
  input_.resize(kBodyRoom);
  while (Live() && discarded < shared_.options.linger_bytes) {
    const size_t n = co_await socket_.async_read_some(asio::buffer(input_),
                                                      asio::redirect_error(asio::use_awaitable, error));
    if (error) break;
    discarded += static_cast<int64_t>(n);
  }
}

asio::awaitable<void> Connection::Stream(Response response) {
  const std::string head = FormatHead(response, std::nullopt, false, false, DateOf(shared_));
  bool open = co_await Write(head);
  stream_ = std::make_shared<LiveStream>(shared_.mailbox, shared_.options.stream_buffer, [this] { Wake(); });
  if (open) {
    WatchForClose();
    shared_.workers->Submit([start = std::move(response.on_stream), stream = stream_] { start(stream); });
  }
  while (open && Live() && !peer_closed_ && !shared_.draining) {
    const std::string chunk = stream_->TakePending();
    if (stream_->overflowed()) break;
    if (!chunk.empty()) {
      open = co_await Write(chunk);
    } else {
      Enter(Phase::streaming, kNoLimit);
      co_await WaitForWake();
    }
  }
  stream_->Close();
  stream_.reset();
  error_code ignored;
  socket_.cancel(ignored);
  while (watching_) co_await WaitForWake();
}

// A stream only writes, so it would not notice that its client is gone.
void Connection::WatchForClose() {
  watching_ = true;
  socket_.async_read_some(asio::buffer(watched_), [this](error_code error, size_t) {
    if (!error && Live()) return WatchForClose();
    watching_ = false;
    peer_closed_ = true;
    Wake();
  });
}

}  // namespace sluice::http
