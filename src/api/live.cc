#include "api/live.h"

#include <algorithm>

#include "api/events.h"
#include "api/parameters.h"
#include "api/routes.h"

namespace sluice {
namespace {

constexpr int64_t kMostClients = 1'000;
constexpr int64_t kReadBytes = 64 << 10;
constexpr size_t kChunkBytes = 64 << 10;
constexpr size_t kFullBytes = 256 << 10;  // of a client's buffer, before it is passed over
constexpr Duration kHeartbeat = std::chrono::seconds(15);
constexpr Duration kLookAgain = std::chrono::milliseconds(20);  // whether a slow client has drained
constexpr Duration kTryAgain = std::chrono::seconds(1);         // a log that cannot be read

}  // namespace

struct Live::Client {
  const StreamSpec* stream = nullptr;
  bool include_future = false;
  std::vector<Position> next;  // for each partition
  std::weak_ptr<http::EventStream> stream_out;
  std::shared_ptr<http::EventStream> out;  // during a step
  Timestamp written;
  bool gone = false;

  bool Full() const { return out->Buffered() >= kFullBytes; }
  void Write(const std::string& text, Timestamp now) {
    if (text.empty() || gone) return;
    gone = !out->Write(text);
    written = now;
  }
};

// What the log rings when entries became readable; outlives the task, because the log never forgets a
// listener.
struct Live::Bell {
  Mutex mutex;
  const Live* live GUARDED_BY(mutex) = nullptr;
  void Ring() {
    const MutexLock lock(mutex);
    if (live != nullptr && live->open_ > 0) live->Wake();
  }
};

Live::Live(Log& log) : log_(log), bell_(std::make_shared<Bell>()) {
  {
    const MutexLock lock(bell_->mutex);
    bell_->live = this;
  }
  log_.Subscribe([bell = bell_](const std::string&) { bell->Ring(); });
}

Live::~Live() {
  const MutexLock lock(bell_->mutex);
  bell_->live = nullptr;
}

Result<std::vector<Position>> Live::StartOf(const StreamSpec& stream, std::string_view last_event_id) {
  const int partitions = log_.PartitionsOf(stream);
  if (!last_event_id.empty()) return api::ParseEventId(last_event_id, partitions);
  std::vector<Position> next;
  for (PartitionId partition = 0; partition < partitions; ++partition) {
    SLUICE_ASSIGN(const Ends ends, log_.EndsOf(stream.name, partition));
    next.push_back(ends.high);
  }
  return next;
}

Result<http::Response> Live::Open(const StreamSpec& stream, std::string_view last_event_id,
                                  bool include_future) {
  if (draining_) return Status::Retry("the process is stopping");
  if (open_ >= kMostClients) return Status::Retry("too many live clients; try again later");
  SLUICE_ASSIGN(const std::vector<Position> next, StartOf(stream, last_event_id));
  http::Response response;
  response.headers = {{"content-type", "text/event-stream"}, {"x-accel-buffering", "no"}};
  response.on_stream = [this, stream = &stream, include_future,
                        next](std::shared_ptr<http::EventStream> out) {
    auto client = std::make_unique<Client>();
    client->stream = stream;
    client->include_future = include_future;
    client->next = next;
    client->stream_out = out;
    Admit(std::move(client));
  };
  return response;
}

void Live::Admit(std::unique_ptr<Client> client) {
  ++open_;
  {
    const MutexLock lock(mutex_);
    arrivals_.push_back(std::move(client));
  }
  Wake();
}

void Live::Drain() {
  draining_ = true;
  Wake();
}

StepResult Live::Step(Timestamp now) {
  now_ = now;
  failing_ = false;
  Welcome(now);
  bool progress = false;
  for (Group& group : Groups()) {
    const auto partitions = static_cast<PartitionId>(group.front()->next.size());
    for (PartitionId partition = 0; partition < partitions && !group.empty(); ++partition) {
      progress |= Advance(group, partition);
    }
  }
  KeepAlive(now);
  Forget();
  return Next(now, progress);
}

void Live::Welcome(Timestamp now) {
  std::vector<std::unique_ptr<Client>> arrivals;
  {
    const MutexLock lock(mutex_);
    arrivals.swap(arrivals_);
  }
  for (auto& client : arrivals) {
    client->out = client->stream_out.lock();
    if (client->out) client->Write(api::Greeting(client->next), now);
    client->gone |= client->out == nullptr;
    clients_.push_back(std::move(client));
  }
  for (auto& client : clients_) {
    if (!client->out) client->out = client->stream_out.lock();
    client->gone |= client->out == nullptr || draining_;
  }
}

// Clients that stand at the same positions of the same stream, without those that have to drain first.
std::vector<Live::Group> Live::Groups() {
  Group ready;
  for (const auto& client : clients_) {
    if (!client->gone && !client->Full()) ready.push_back(client.get());
  }
  const auto place = [](const Client* c) { return std::tie(c->stream, c->include_future, c->next); };
  std::stable_sort(ready.begin(), ready.end(), [&](auto* a, auto* b) { return place(a) < place(b); });
  std::vector<Group> groups;
  for (Client* client : ready) {
    if (groups.empty() || place(groups.back().front()) != place(client)) groups.emplace_back();
    groups.back().push_back(client);
  }
  return groups;
}

// Takes the group one slice further; those that could not take all of it leave the group. True: somebody
// moved.
bool Live::Advance(Group& group, PartitionId partition) {
  const auto p = static_cast<size_t>(partition);
  const std::string& stream = group.front()->stream->name;
  const auto ends = log_.EndsOf(stream, partition);
  if (!ends.ok()) {
    failing_ = true;
    return false;
  }
  const Position from = group.front()->next[p];
  if (from < ends->low || from > ends->high) {
    // Above the end: the id is of a log that is no more, and nobody knows what was missed.
    const Position to = from < ends->low ? ends->low : ends->high;
    for (Client* client : group) client->next[p] = to;
    Send(group, api::GapEvent(group.front()->next, partition, from, to, from < to ? to - from : -1));
    return true;
  }
  if (from == ends->high) return false;
  const auto slice = log_.Read(stream, partition, from, kReadBytes);
  failing_ |= !slice.ok();
  return slice.ok() && slice->next > from && Deliver(group, *slice);
}

bool Live::Deliver(Group& group, const Slice& slice) {
  const auto p = static_cast<size_t>(slice.partition);
  const Client& one = *group.front();
  const std::vector<api::EventChunk> chunks =
      api::ReadingEvents(*one.stream, slice, one.next, one.include_future, kChunkBytes);
  if (slice.lost > 0) {
    Send(group, api::GapEvent(one.next, slice.partition, slice.first, slice.next, slice.lost));
  }
  for (Client* client : group) {
    for (const api::EventChunk& chunk : chunks) {
      if (client->gone || client->Full()) break;
      client->Write(chunk.text, now_);
      client->next[p] = chunk.next;
    }
  }
  std::erase_if(group, [&](const Client* client) { return client->gone || client->next[p] != slice.next; });
  return true;
}

void Live::Send(Group& group, const std::string& text) {
  for (Client* client : group) client->Write(text, now_);
}

// Also moves the id over readings that were not shown.
void Live::KeepAlive(Timestamp now) {
  for (const auto& client : clients_) {
    if (client->gone || now < client->written + kHeartbeat) continue;
    const std::string id = api::FormatEventId(client->next);
    client->Write(": still here\n" + (id.empty() ? "" : "id: " + id + "\n") + "\n", now);
  }
}

void Live::Forget() {
  open_ -= static_cast<int64_t>(std::erase_if(clients_, [](const auto& client) { return client->gone; }));
  for (const auto& client : clients_) client->out.reset();
}

StepResult Live::Next(Timestamp now, bool progress) const {
  if (progress) return {.again = now, .progress = true};
  Timestamp again = kMaxTime;
  for (const auto& client : clients_) {
    const auto out = client->stream_out.lock();
    const bool slow = out != nullptr && out->Buffered() >= kFullBytes;
    again = std::min(again, slow ? now + kLookAgain : client->written + kHeartbeat);
  }
  return {.again = failing_ ? std::min(again, now + kTryAgain) : again};
}

namespace api {
namespace {

Result<http::Response> OpenLive(const ApiContext& context, const http::Request& request) {
  const StreamSpec* stream = FindStream(context, request);
  if (stream == nullptr) return UnknownStream(context, request.captures.at("stream"));
  SLUICE_ASSIGN(const bool include_future, IncludeFuture(request));
  SLUICE_ASSIGN(http::Response response,
                context.live->Open(*stream, request.Header("last-event-id"), include_future));
  if (request.method == "HEAD") response.on_stream = nullptr;
  return response;
}

}  // namespace

std::vector<Route> LiveRoutes() {
  return {{"GET",
           "/api/live/{stream}",
           "New readings as server-sent events, each with the stream's fields as JSON. The event's id is the "
           "last "
           "position seen of each partition; with it as Last-Event-ID the events go on behind it. An event "
           "`gap` says "
           "how many positions the log no longer holds.",
           {StreamParameter(),
            {"last-event-id", Parameter::header, R"({"type":"string"})", "The id of the last event seen."},
            FutureParameter()},
           "",
           R"({"type":"string"})",
           "text/event-stream",
           false,
           {404},
           OpenLive}};
}

}  // namespace api
}  // namespace sluice
