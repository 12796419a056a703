#include "log/kafka/ends_watch.h"

#include <algorithm>

#include <fmt/format.h>

namespace sluice::kafka {
namespace {

using Steady = std::chrono::steady_clock;

constexpr auto kEvery = std::chrono::milliseconds(200);
constexpr auto kSoon = std::chrono::milliseconds(5);
constexpr auto kExpectFor = std::chrono::seconds(2);
constexpr int kLowEvery = 10;  // polls
constexpr int kEndsMs = 3'000;
constexpr auto kSettleWithin = std::chrono::seconds(3);

}  // namespace

void EndsWatch::Start() {
  thread_ = std::thread([this] { Run(); });
}

void EndsWatch::Stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.NotifyAll();
  if (thread_.joinable()) thread_.join();
}

void EndsWatch::Watch(const std::string& topic, int partitions) {
  const MutexLock lock(mutex_);
  for (int partition = 0; partition < partitions; ++partition) known_.try_emplace({topic, partition});
}

void EndsWatch::Expect(const std::string& topic, int partition, Offset offset) {
  {
    const MutexLock lock(mutex_);
    Known& known = known_[{topic, partition}];
    known.expected = std::max(known.expected, offset);
    expect_until_ = Steady::now() + kExpectFor;
  }
  changed_.NotifyAll();
}

void EndsWatch::Reached(const std::string& topic, int partition, Offset offset) {
  const MutexLock lock(mutex_);
  Known& known = known_[{topic, partition}];
  known.reached = std::max(known.reached, offset);
}

bool EndsWatch::Expecting() const {
  if (Steady::now() > expect_until_) return false;
  return std::any_of(known_.begin(), known_.end(),
                     [](const auto& each) { return each.second.ends.high < each.second.expected; });
}

Status EndsWatch::Health() const {
  const MutexLock lock(mutex_);
  SLUICE_TRY(health_);
  for (const auto& [place, known] : known_) SLUICE_TRY(known.why);
  return {};
}

void EndsWatch::Run() {
  for (int round = 0;; ++round) {
    (void)Poll(round % kLowEvery == 0);
    const MutexLock lock(mutex_);
    const auto until = Steady::now() + (Expecting() ? kSoon : kEvery);
    while (!stopping_ && Steady::now() < until) {
      changed_.WaitFor(mutex_, std::chrono::duration_cast<std::chrono::microseconds>(until - Steady::now()));
      if (Expecting() && until - Steady::now() > kSoon) break;
    }
    if (stopping_) return;
  }
}

bool EndsWatch::Poll(bool with_low) {
  std::vector<Place> places;
  {
    const MutexLock lock(mutex_);
    for (const auto& [place, known] : known_) {
      places.push_back(place);
      with_low = with_low || !known.heard;
    }
  }
  if (places.empty()) return true;
  Status asked;
  if (with_low) asked = Ask(places, RD_KAFKA_OFFSET_BEGINNING);
  if (asked.ok()) asked = Ask(places, RD_KAFKA_OFFSET_END);
  const MutexLock lock(mutex_);
  health_ = asked;
  return asked.ok();
}

Status EndsWatch::Ask(const std::vector<Place>& places, int64_t end) {
  const MutexLock one_at_a_time(asking_);  // an older answer noted last would look like a topic cut short
  const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(places.size())));
  for (const auto& [topic, partition] : places) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = end;
  }
  const auto code = rd_kafka_offsets_for_times(consumer_, list.get(), kEndsMs);
  // Of some partitions: those that failed say so themselves.
  const bool of_some = code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
                       code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
                       code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR && !of_some)
    return Passing(FromCode(code, "asking Kafka for the ends of topics"));
  std::vector<std::string> grown;
  std::vector<std::string> reports;
  {
    const MutexLock lock(mutex_);
    for (int i = 0; i < list->cnt; ++i) Note(list->elems[i], end, grown, reports);
  }
  for (const std::string& topic : grown) calls_.grew(topic);
  for (const std::string& sentence : reports) calls_.report(sentence);
  return {};
}

void EndsWatch::Note(const rd_kafka_topic_partition_t& answer, int64_t end, std::vector<std::string>& grown,
                     std::vector<std::string>& reports) {
  Known& known = known_[{answer.topic, answer.partition}];
  if (answer.err != RD_KAFKA_RESP_ERR_NO_ERROR || answer.offset < 0) {
    known.why = Passing(FromCode(
        answer.err == RD_KAFKA_RESP_ERR_NO_ERROR ? RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE : answer.err,
        fmt::format("topic {} partition {}", answer.topic, answer.partition)));
    return;
  }
  known.why = {};
  if (end == RD_KAFKA_OFFSET_BEGINNING) {
    known.ends.low = answer.offset;
    return;
  }
  if (answer.offset < known.ends.high) {
    reports.push_back(
        fmt::format("topic {} partition {} ends at {} now, it was {} before: was it deleted or truncated?",
                    answer.topic, answer.partition, answer.offset, known.ends.high));
    known.expected = known.reached = 0;
    known.ends.low = std::min(known.ends.low, answer.offset);
  }
  if (answer.offset > known.ends.high && known.heard) {
    if (grown.empty() || grown.back() != answer.topic) grown.emplace_back(answer.topic);
  }
  known.ends.high = answer.offset;
  known.heard = true;
}

OffsetEnds EndsWatch::Ends(const Known& known) {
  return {.low = known.ends.low, .high = std::max(known.ends.high, known.reached)};
}

Result<OffsetEnds> EndsWatch::EndsOf(const std::string& topic, int partition) {
  {
    const MutexLock lock(mutex_);
    const auto known = known_.find({topic, partition});
    if (known != known_.end() && known->second.heard) {
      SLUICE_TRY(health_);
      SLUICE_TRY(known->second.why);
      return Ends(known->second);
    }
  }
  return AskEnds(topic, partition);
}

Result<OffsetEnds> EndsWatch::AskEnds(const std::string& topic, int partition) {
  SLUICE_TRY(Ask({{topic, partition}}, RD_KAFKA_OFFSET_BEGINNING));
  SLUICE_TRY(Ask({{topic, partition}}, RD_KAFKA_OFFSET_END));
  const MutexLock lock(mutex_);
  const Known& known = known_[{topic, partition}];
  SLUICE_TRY(known.why);
  return Ends(known);
}

Result<Offset> EndsWatch::AskWritten(const std::string& topic, int partition) {
  rd_kafka_t* uncommitted = nullptr;
  {
    const MutexLock lock(mutex_);
    if (uncommitted_ == nullptr) {
      SLUICE_ASSIGN(uncommitted_, MakeConsumer(cluster_, {{"isolation.level", "read_uncommitted"}}));
    }
    uncommitted = uncommitted_.get();
  }
  Offset low = 0;
  Offset high = 0;
  const auto code =
      rd_kafka_query_watermark_offsets(uncommitted, topic.c_str(), partition, &low, &high, kEndsMs);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return Passing(FromCode(code, fmt::format("asking Kafka for the end of topic {}", topic)));
  }
  return high;
}

Result<OffsetEnds> EndsWatch::AskSettledEnds(const std::string& topic, int partition) {
  SLUICE_ASSIGN(const Offset written, AskWritten(topic, partition));
  const auto limit = Steady::now() + kSettleWithin;
  for (auto pause = kSoon;; pause = std::min(pause * 2, kEvery)) {
    SLUICE_ASSIGN(const OffsetEnds ends, AskEnds(topic, partition));
    if (ends.high >= written) return ends;
    if (Steady::now() > limit) {
      return Status::Retry(fmt::format(
          "a transaction on topic {} partition {} is open: records from offset {} to {} cannot be "
          "read before it ends",
          topic, partition, ends.high, written - 1));
    }
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace sluice::kafka
