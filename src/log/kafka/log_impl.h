// KafkaLog: the parts of the log on Kafka put together. Nothing but kafka_log.cc and declare.cc includes it.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "log/kafka/appender.h"
#include "log/kafka/ends_watch.h"
#include "log/kafka/kafka_log.h"
#include "log/kafka/reader.h"
#include "log/kafka/slices.h"
#include "log/kafka/topics.h"
#include "platform/mutex.h"

namespace sluice::kafka {

class KafkaLog : public Log {
 public:
  KafkaLog(KafkaLogOptions options, std::unique_ptr<Reader> reader);
  ~KafkaLog() override;

  // ok also when the brokers are not there yet.
  Status Open();

  std::string Id() const override;
  std::optional<std::string> DeadStream(const std::string& stream) const override;
  Status Declare(const StreamSpec& stream) override;
  int PartitionsOf(const StreamSpec& stream) const override;
  Status Append(const std::string& stream, Batch batch, std::optional<OriginStep> step,
                Completion completion) override;
  Result<OriginState> Claim(const std::string& origin) override;
  Result<Slice> Read(const std::string& stream, PartitionId partition, Position from,
                     int64_t byte_budget) override;
  Result<Ends> EndsOf(const std::string& stream, PartitionId partition) override;
  Result<Ends> EndsNow(const std::string& stream, PartitionId partition) override;
  // Kafka keeps what is younger than the topic's retention, whoever has read it.
  Status Trim(const std::string&, PartitionId, Position) override { return {}; }
  Status RaiseTo(const std::string& stream, PartitionId partition, Position next) override;
  void Subscribe(Listener listener) override;
  Status Health() const override;

 private:
  struct Stream {
    std::shared_ptr<const StreamTarget> target;
    std::shared_ptr<SliceMaker> slices;
    bool known = false;  // to the brokers
  };
  // A partition of a stream or of its dead entries.
  struct Place {
    Stream stream;
    std::string topic;
    bool dead = false;
    std::string topic_id;  // of the topic that positions were given for
    Raises raises;
  };

  // On the appender's thread (declare.cc).
  Status Introduce(Writer& writer);
  Status MakeKnown(Writer& writer, StreamSpec spec);
  Result<int> FitPartitions(const StreamSpec& spec, const StreamSpec* known);
  Status MakeFit(Writer& writer, StreamTarget& target, const std::string* bytes);
  Status MakeTopic(const StreamTarget& target, bool was_known);
  Status CheckTopic(StreamTarget& target);
  Status NoteTopic(Writer& writer, const std::string& topic, int partitions);
  TopicPlan PlanFor(const std::string& topic, int partitions) const;

  Status OpenToLook();
  bool IsUndeclared(const std::string& stream) const;
  Result<Place> Find(const std::string& stream, PartitionId partition) const;
  Ends ToPositions(const Place& place, const OffsetEnds& ends) const;
  void Committed(const AppendWorks& works);
  void TakePlaces(const Ledger& ledger);
  void Grew(const std::string& topic);
  void Report(const std::string& sentence) const;

  const KafkaLogOptions options_;
  std::once_flag looking_;
  mutable Mutex mutex_;
  std::string id_ GUARDED_BY(mutex_);
  std::map<std::string, Stream> streams_ GUARDED_BY(mutex_);
  std::map<std::pair<std::string, PartitionId>, Raises> raises_ GUARDED_BY(mutex_);
  std::map<std::string, std::string> topic_ids_ GUARDED_BY(mutex_);
  std::vector<Listener> listeners_ GUARDED_BY(mutex_);
  uint64_t taken_ = 0;  // how many of the ledger's place records are in here; the appender's thread
  const std::unique_ptr<Reader> reader_;
  EndsWatch watch_;
  Appender appender_;
};

}  // namespace sluice::kafka
