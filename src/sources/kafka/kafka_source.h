// KafkaSource: brings a topic that somebody else writes into a stream, each committed record once. How far it
// came is an origin of our log for each partition ("kafka/NAME/TOPIC/PARTITION", next = the foreign offset),
// written with the readings; it joins no group and commits no offsets. A record that is no reading becomes a
// dead letter with its topic, partition and offset. Owned by the app; stepped by one thread. A broker that is
// away or a topic that is not there is waited for; Health says so, and lost when another process reads the
// topic for this source.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "codecs/codec.h"
#include "engine/source.h"
#include "log/kafka/connection.h"
#include "log/kafka/ends_watch.h"
#include "log/kafka/reader.h"
#include "platform/mutex.h"
#include "sources/delivery.h"
#include "sources/kafka/record_decoder.h"

namespace sluice {

struct KafkaSourceSpec : kafka::Connection {
  std::string name;
  std::string topic;
  std::optional<std::string> key_field;
  ByteSize read_ahead = MiB(32);
  DecodeSpec decode;
  CodecKind codec = CodecKind::json;
};

class KafkaSource : public Source {
 public:
  static Result<std::unique_ptr<KafkaSource>> Make(KafkaSourceSpec spec, Intake& intake);
  ~KafkaSource() override;

  std::string Name() const override { return "source." + spec_.name; }
  StepResult Step(Timestamp now) override;
  void Drain() override;
  bool Drained() const override { return draining_ && !delivery_.UnderWay(); }
  Status Health() const override;
  bool Finished() const override { return false; }

  // Everything that was in the topic when the source last looked is durable.
  bool CaughtUp() const { return caught_up_; }

 private:
  struct Partition {
    uint64_t epoch = 0;  // of the claim; 0 before it
    kafka::Offset next = 0;
    std::string topic_id;  // of the topic that `next` counts in; empty: not known
  };
  struct Pending {
    size_t partition = 0;
    Batch batch;
    OriginStep step;
  };

  KafkaSource(KafkaSourceSpec spec, Intake& intake, std::unique_ptr<kafka::Reader> reader,
              std::unique_ptr<RecordDecoder> decoder);
  bool Acknowledge(Timestamp now);
  Status Discover(Timestamp now);
  Status ClaimPartition(size_t partition);
  Status CheckTopic(size_t partition);
  Status CheckPlace(size_t partition);
  // Reads on in the next partition that has more; nothing: all are at their ends.
  Result<std::optional<Pending>> ReadNext();
  Batch Decode(size_t partition, const kafka::Fetched& fetched);
  StepResult Send(Timestamp now);
  StepResult Wait(const Status& why, Timestamp now);
  std::string OriginOf(size_t partition) const;
  bool Refused() const;
  void SetHealth(Status status);

  const KafkaSourceSpec spec_;
  Intake& intake_;
  const std::unique_ptr<kafka::Reader> reader_;
  const std::unique_ptr<RecordDecoder> decoder_;
  Delivery delivery_;

  std::vector<Partition> partitions_;
  std::string topic_id_;  // as last heard
  size_t turn_ = 0;
  std::optional<Pending> pending_;
  Timestamp discover_at_ = kMinTime;
  Timestamp retry_at_ = kMinTime;
  std::atomic<bool> draining_{false};
  std::atomic<bool> caught_up_{false};
  mutable Mutex mutex_;
  Status health_ GUARDED_BY(mutex_);
  kafka::EndsWatch watch_;  // last: its thread ends before what it uses
};

}  // namespace sluice
