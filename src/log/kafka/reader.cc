#include "log/kafka/reader.h"

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/format.h>

namespace sluice::kafka {
namespace {

using Steady = std::chrono::steady_clock;

constexpr size_t kLanes = 2;
constexpr size_t kAtOnce = 4'096;
constexpr auto kWithin = std::chrono::seconds(1);
constexpr int kWaitMs = 50;
constexpr int64_t kRecordOverhead = 64;
// The client bounds each partition by itself: so many of them are fetched ahead at once.
constexpr int64_t kShares = 16;

// Fetching stops while so many bytes of a partition wait, and looks again every ten milliseconds: after a
// second, as librdkafka does by itself, a reader that is behind has half the rate.
Settings ReaderSettings(int64_t read_ahead_bytes) {
  const int64_t kilobytes = std::clamp<int64_t>((read_ahead_bytes / kShares) >> 10, 1'024, 2'097'151);
  return {{"isolation.level", "read_committed"},
          {"enable.partition.eof", "true"},
          {"auto.offset.reset", "error"},
          {"enable.auto.offset.store", "false"},
          {"enable.auto.commit", "false"},
          {"check.crcs", "true"},
          {"queued.min.messages", "1000000"},
          {"queued.max.messages.kbytes", fmt::format("{}", kilobytes)},
          {"fetch.wait.max.ms", "100"},
          {"fetch.error.backoff.ms", "100"},
          {"fetch.queue.backoff.ms", "10"},
          {"fetch.message.max.bytes", "1048576"},
          {"topic.metadata.refresh.interval.ms", "30000"}};
}

}  // namespace

Result<std::unique_ptr<Reader>> Reader::Make(const Settings& cluster, int64_t read_ahead_bytes) {
  std::unique_ptr<Reader> reader(new Reader());
  for (size_t i = 0; i < kLanes; ++i) {
    SLUICE_ASSIGN(Handle handle, MakeConsumer(cluster, ReaderSettings(read_ahead_bytes)));
    reader->lanes_.push_back({.handle = std::move(handle), .places = {}});
  }
  return reader;
}

Reader::~Reader() {
  for (Lane& lane : lanes_) {
    for (auto& [place, held] : lane.places) {
      if (held->started) (void)rd_kafka_consume_stop(held->topic.get(), place.second);
    }
    lane.places.clear();
  }
}

// Stops what was read least recently while too much is fetched ahead.
void Reader::MakeRoom() {
  while (true) {
    int64_t started = 0;
    std::pair<int, Place*> oldest = {0, nullptr};
    for (Lane& lane : lanes_) {
      for (auto& [where, place] : lane.places) {
        if (!place->busy && !place->started) continue;
        ++started;
        if (place->busy || (oldest.second != nullptr && oldest.second->used < place->used)) continue;
        oldest = {where.second, place.get()};
      }
    }
    if (started < kShares || oldest.second == nullptr) return;
    (void)rd_kafka_consume_stop(oldest.second->topic.get(), oldest.first);
    oldest.second->started = false;
  }
}

// The lane that stands at `from`, or the one that was used least recently.
Reader::Place& Reader::Borrow(const std::string& topic, int partition, Offset from) {
  const MutexLock lock(mutex_);
  while (true) {
    Place* best = nullptr;
    for (Lane& lane : lanes_) {
      auto& place = lane.places[{topic, partition}];
      if (place == nullptr) {
        place = std::make_unique<Place>();
        place->topic.reset(rd_kafka_topic_new(lane.handle.get(), topic.c_str(), nullptr));
      }
      if (place->busy) continue;
      if (place->started && place->next == from) {
        best = place.get();
        break;
      }
      if (best == nullptr || place->used < best->used) best = place.get();
    }
    if (best != nullptr) {
      if (!best->started) MakeRoom();
      best->busy = true;
      best->used = ++uses_;
      return *best;
    }
    changed_.Wait(mutex_);
  }
}

Status Reader::Seek(Place& place, const std::string& topic, int partition, Offset from) {
  if (place.started && place.next == from) return {};
  if (place.started) (void)rd_kafka_consume_stop(place.topic.get(), partition);
  place.started = rd_kafka_consume_start(place.topic.get(), partition, from) == 0;
  place.next = from;
  return place.started ? Status() : Passing(FromCode(rd_kafka_last_error(), "reading topic " + topic));
}

Status Reader::Take(Place& place, int partition, size_t most, int timeout_ms, Fetched& out, int64_t& bytes) {
  std::array<rd_kafka_message_t*, kAtOnce> taken{};
  ssize_t count = rd_kafka_consume_batch(place.topic.get(), partition, 0, taken.data(), most);
  if (count == 0) {
    taken[0] = rd_kafka_consume(place.topic.get(), partition, timeout_ms);
    count = taken[0] == nullptr ? 0 : 1;
  }
  Status status;
  for (ssize_t i = 0; i < count; ++i) {
    Message message(taken[static_cast<size_t>(i)]);
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      place.next = std::max(place.next, message->offset);
    } else if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (status.ok()) status = Status::Retry(rd_kafka_message_errstr(message.get()));
    } else if (message->offset >= place.next) {
      place.next = message->offset + 1;
      bytes += static_cast<int64_t>(message->len + message->key_len) + kRecordOverhead;
      out.records.push_back(std::move(message));
    }
  }
  return status;
}

Result<Fetched> Reader::Read(const std::string& topic, int partition, Offset from, Offset until,
                             int64_t bytes) {
  Place& place = Borrow(topic, partition, from);
  Fetched out{.next = from};
  Status status = Seek(place, topic, partition, from);
  const auto deadline = Steady::now() + kWithin;
  int64_t fetched = 0;
  while (status.ok() && place.next < until && fetched < bytes && Steady::now() < deadline) {
    const int64_t mean = out.records.empty() ? 256 : fetched / static_cast<int64_t>(out.records.size()) + 1;
    const auto most = std::clamp<int64_t>((bytes - fetched) / mean + 1, 1, kAtOnce);
    status = Take(place, partition, static_cast<size_t>(most), kWaitMs, out, fetched);
  }
  out.next = place.next;
  if (!status.ok()) {
    // What was taken before the error is given; the error comes again with the next call.
    (void)rd_kafka_consume_stop(place.topic.get(), partition);
    place.started = false;
  }
  {
    const MutexLock lock(mutex_);
    place.busy = false;
  }
  changed_.NotifyAll();
  if (!status.ok() && out.records.empty()) {
    return status.In(fmt::format("topic {} partition {}", topic, partition));
  }
  return out;
}

}  // namespace sluice::kafka
