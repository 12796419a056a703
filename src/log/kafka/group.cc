#include "log/kafka/group.h"

#include <algorithm>
#include <array>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "platform/mutex.h"

namespace sluice::kafka {
namespace {

constexpr int kPollMs = 100;

// Eager and simple: with the client at hand, cooperative assignment moves partitions back and forth when
// members leave. The session is the shortest that brokers allow by default, so that a killed member's share
// is taken up soon.
Settings MemberSettings(const GroupOptions& options) {
  return {{"group.id", options.group},
          {"group.instance.id", options.instance},
          {"session.timeout.ms", "6000"},
          {"heartbeat.interval.ms", "1500"},
          {"partition.assignment.strategy", "range"},
          {"enable.auto.commit", "false"},
          {"enable.auto.offset.store", "false"},
          {"auto.offset.reset", "error"},
          {"topic.metadata.refresh.interval.ms", "5000"}};
}

class Group : public Assignment {
 public:
  Group(Silent consumer, std::string topic, std::string instance)
      : consumer_(std::move(consumer)),
        events_(rd_kafka_queue_get_consumer(consumer_.get())),
        topic_(std::move(topic)),
        instance_(std::move(instance)) {}
  ~Group() override {
    {
      const MutexLock lock(mutex_);
      stopping_ = true;
    }
    if (thread_.joinable()) thread_.join();
  }

  Status Join() {
    const PartitionList topics(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(topics.get(), topic_.c_str(), RD_KAFKA_PARTITION_UA);
    const auto code = rd_kafka_subscribe(consumer_.get(), topics.get());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return FromCode(code, "joining the group of topic " + topic_);
    thread_ = std::thread([this] { Run(); });
    return {};
  }

  Result<Assigned> Now() override {
    const MutexLock lock(mutex_);
    SLUICE_TRY(over_);
    if (!share_) return Status::Retry("waits for its share of topic " + topic_);
    return *share_;
  }

  void Committed(const std::map<PartitionId, Position>& next) override {
    const PartitionList offsets(rd_kafka_topic_partition_list_new(static_cast<int>(next.size())));
    for (const auto& [partition, position] : next) {
      rd_kafka_topic_partition_list_add(offsets.get(), topic_.c_str(), partition)->offset = position;
    }
    if (offsets->cnt > 0) (void)rd_kafka_commit(consumer_.get(), offsets.get(), 1);
  }

 private:
  void Run() {
    while (!Stopping()) {
      const KafkaEvent event(rd_kafka_queue_poll(events_.get(), kPollMs));
      if (event != nullptr && rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_REBALANCE) {
        Rebalance(*event);
      }
      std::array<char, 256> words{};
      const auto fatal = rd_kafka_fatal_error(consumer_.get(), words.data(), words.size());
      if (fatal != RD_KAFKA_RESP_ERR_NO_ERROR) return Lose(fatal, words.data());
    }
  }

  void Rebalance(rd_kafka_event_t& event) {
    const bool assign = rd_kafka_event_error(&event) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
    const auto* const partitions = rd_kafka_event_topic_partition_list(&event);
    {
      const MutexLock lock(mutex_);
      Assigned share{.generation = ++generation_, .partitions = {}};
      for (int i = 0; assign && i < partitions->cnt; ++i) {
        share.partitions.push_back(partitions->elems[i].partition);
      }
      std::sort(share.partitions.begin(), share.partitions.end());
      share_ = std::move(share);
    }
    // Nothing is fetched through the group.
    const PartitionList none(rd_kafka_topic_partition_list_new(0));
    (void)rd_kafka_assign(consumer_.get(), assign ? none.get() : nullptr);
  }

  void Lose(rd_kafka_resp_err_t code, const std::string& words) {
    const MutexLock lock(mutex_);
    over_ = Status::Reject(
        code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID
            ? fmt::format(
                  "a younger process with the instance name '{}' reads topic {} now, and this one "
                  "stopped reading. Give each process a name of its own with --instance, or start this one "
                  "again when the other has ended",
                  instance_, topic_)
            : fmt::format("the group of topic {}: {}", topic_, words));
  }

  bool Stopping() const {
    const MutexLock lock(mutex_);
    return stopping_;
  }

  const Silent consumer_;
  const KafkaQueue events_;
  const std::string topic_;
  const std::string instance_;
  mutable Mutex mutex_;
  std::optional<Assigned> share_ GUARDED_BY(mutex_);
  int64_t generation_ GUARDED_BY(mutex_) = 0;
  Status over_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Assignment>> JoinGroup(const GroupOptions& options) {
  SLUICE_ASSIGN(Silent consumer, MakeGroupMember(options.cluster, MemberSettings(options)));
  auto group = std::make_unique<Group>(std::move(consumer), options.topic, options.instance);
  SLUICE_TRY(group->Join());
  return std::unique_ptr<Assignment>(std::move(group));
}

}  // namespace sluice::kafka
