// Reader: fetches records of any partition from any offset, ahead of what is asked, within a bound on memory.
// A partition can be read at two places at once (a job, and live readings near the end) without either losing
// what was fetched for it: each place has a lane, a consumer of its own. Never part of a group. Owned by
// KafkaLog; thread-safe; calls block for at most a second.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "log/kafka/client.h"
#include "log/kafka/raises.h"
#include "platform/mutex.h"

namespace sluice::kafka {

struct Fetched {
  std::vector<Message> records;  // ascending offsets
  Offset next = 0;               // everything below is in `records` or is proven empty
};

class Reader {
 public:
  static Result<std::unique_ptr<Reader>> Make(const Settings& cluster, int64_t read_ahead_bytes);
  ~Reader();

  // Committed records from `from` on, below `until` (which must be the end or below), about `bytes` of them
  // but at least one if there is any; what has come within a second. Every failure is retry; of what was
  // deleted the ends tell.
  Result<Fetched> Read(const std::string& topic, int partition, Offset from, Offset until, int64_t bytes);
  // A consumer that asks for committed ends.
  rd_kafka_t* handle() const { return lanes_[0].handle.get(); }

 private:
  // One partition in one lane.
  struct Place {
    Topic topic;
    bool started = false;
    bool busy = false;
    Offset next = 0;
    uint64_t used = 0;
  };
  struct Lane {
    Handle handle;
    std::map<std::pair<std::string, int>, std::unique_ptr<Place>> places;
  };

  Reader() = default;
  Place& Borrow(const std::string& topic, int partition, Offset from);
  void MakeRoom() REQUIRES(mutex_);
  static Status Seek(Place& place, const std::string& topic, int partition, Offset from);
  static Status Take(Place& place, int partition, size_t most, int timeout_ms, Fetched& out, int64_t& bytes);

  Mutex mutex_;
  Condition changed_;
  std::vector<Lane> lanes_;
  uint64_t uses_ GUARDED_BY(mutex_) = 0;
};

}  // namespace sluice::kafka
