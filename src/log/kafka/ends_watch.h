// EndsWatch: knows how far each partition of our topics can be read (the last stable offset) and from where,
// and tells listeners when more became readable, whoever wrote it. Asks the brokers for all partitions at
// once, five times a second, and more often just after an append of ours. Owned by KafkaLog; thread-safe.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "log/kafka/client.h"
#include "log/kafka/raises.h"
#include "platform/mutex.h"

namespace sluice::kafka {

struct OffsetEnds {
  Offset low = 0;
  Offset high = 0;
};

class EndsWatch {
 public:
  struct Calls {
    std::function<void(const std::string& topic)> grew;
    std::function<void(const std::string& sentence)> report;
  };
  // `consumer` reads committed records only, and outlives the watch; `cluster` is how to reach its brokers.
  EndsWatch(rd_kafka_t* consumer, Settings cluster, Calls calls)
      : consumer_(consumer), cluster_(std::move(cluster)), calls_(std::move(calls)) {}
  ~EndsWatch() { Stop(); }

  void Start();
  void Stop();
  void Watch(const std::string& topic, int partitions);

  // As last heard; retry: not heard for a while, with the reason.
  Result<OffsetEnds> EndsOf(const std::string& topic, int partition);
  // Asked now.
  Result<OffsetEnds> AskEnds(const std::string& topic, int partition);
  // Asked until all that was written before this call is readable: a broker answers a commit before it lets
  // readers see it, and behind a transaction that is open none is seen. retry: that takes too long.
  Result<OffsetEnds> AskSettledEnds(const std::string& topic, int partition);
  // Something was appended that will be readable soon, up to `offset` at least.
  void Expect(const std::string& topic, int partition, Offset offset);
  // Committed records below `offset` were read.
  void Reached(const std::string& topic, int partition, Offset offset);
  // ok, or why the ends are not known.
  Status Health() const;

 private:
  using Place = std::pair<std::string, int>;
  struct Known {
    OffsetEnds ends;
    bool heard = false;
    Offset expected = 0;
    Offset reached = 0;
    Status why;  // the last answer
  };

  static OffsetEnds Ends(const Known& known);
  void Run();
  bool Poll(bool with_low);
  // The answers of one call for every partition; `end` is RD_KAFKA_OFFSET_END or RD_KAFKA_OFFSET_BEGINNING.
  Status Ask(const std::vector<Place>& places, int64_t end);
  void Note(const rd_kafka_topic_partition_t& answer, int64_t end, std::vector<std::string>& grown,
            std::vector<std::string>& reports) REQUIRES(mutex_);
  bool Expecting() const REQUIRES(mutex_);
  // The end of all records, of transactions that are open too.
  Result<Offset> AskWritten(const std::string& topic, int partition);

  rd_kafka_t* const consumer_;
  const Settings cluster_;
  const Calls calls_;
  Mutex asking_;  // before mutex_
  mutable Mutex mutex_;
  Condition changed_;
  std::map<Place, Known> known_ GUARDED_BY(mutex_);
  Status health_ GUARDED_BY(mutex_);
  std::chrono::steady_clock::time_point expect_until_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  Handle uncommitted_ GUARDED_BY(mutex_);  // made when it is first needed
  std::thread thread_;
};

}  // namespace sluice::kafka
