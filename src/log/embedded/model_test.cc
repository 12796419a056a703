// Random appends, claims, reads, trims, deaths and power cuts against a model of what a log must remember.
// The seed is printed with every failure; SLUICE_SEED repeats one.
#include <cstdlib>
#include <map>

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "log/embedded/embedded_log.h"
#include "platform/random.h"
#include "testing/faulty_files.h"
#include "testing/manual_clock.h"
#include "testing/streams.h"
#include "testing/temp_dir.h"

namespace sluice {
namespace {

constexpr int kPartitions = 2;

class LogModel {
 public:
  explicit LogModel(uint64_t seed) : random_(seed) { Open(); }

  void Step() {
    switch (random_.Below(12)) {
      case 0:
        return Restart(/*power=*/false);
      case 1:
        return Restart(/*power=*/true);
      case 2:
        log_.reset();
        return Open();
      case 3:
        return Claim();
      case 4:
        return TrimSome();
      case 5:
        clock_.Advance(std::chrono::minutes(random_.Below(60)));
        return;
      case 6:
        return ReadAll();
      default:
        return Append();
    }
  }
  void ReadAll() {
    for (PartitionId id = 0; id < kPartitions; ++id) ReadPartition(id);
  }

 private:
  void Open() {
    EmbeddedLogOptions options{.directory = directory_ / "log",
                               .max_bytes = 1 << 20,
                               .retain = std::chrono::hours(2),
                               .memory_bytes = 1 << 20,
                               .background = false,
                               .boot = boot_,
                               .clock = &clock_,
                               .file_system = files_};
    auto opened = OpenEmbeddedLog(options);
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    log_ = *std::move(opened);
    ASSERT_TRUE(log_->Declare(ReadingsStream(kPartitions)).ok());
  }
  void Restart(bool power) {
    files_->Kill();
    log_.reset();
    power ? files_->Crash() : files_->Revive();
    boot_ += power;
    Open();
  }
  void Claim() {
    const auto claimed = log_->Claim("file/a");
    ASSERT_TRUE(claimed.ok());
    EXPECT_EQ(claimed->epoch, ++epoch_);
    EXPECT_EQ(claimed->next, origin_next_);
  }
  // Each reading has a number of its own, its temperature.
  void Append() {
    std::vector<Reading> readings(1 + random_.Below(random_.Below(20) == 0 ? 3000 : 20));
    for (Reading& reading : readings) {
      reading = {.sensor = "s" + std::to_string(random_.Below(9)),
                 .time = clock_.Now(),
                 .temperature = static_cast<double>(number_++)};
    }
    const auto count = static_cast<int64_t>(readings.size());
    const bool repeat = random_.Below(5) == 0 && origin_next_ > 0;
    const int64_t from = repeat ? last_from_ : origin_next_;
    const OriginStep step{
        .origin = "file/a", .epoch = epoch_, .from = from, .next = repeat ? origin_next_ : from + count};
    AppendOutcome outcome;
    const Status taken = log_->Append("readings", ReadingsBatch(readings), step,
                                      [&](AppendOutcome heard) { outcome = std::move(heard); });
    if (taken.code() == Code::retry) return MakeRoom();
    ASSERT_TRUE(taken.ok()) << taken.message();
    ASSERT_EQ(outcome.kind, repeat ? AppendOutcome::already : AppendOutcome::done)
        << outcome.status.message();
    if (repeat) return;
    last_from_ = from;
    origin_next_ = step.next;
    Acknowledge(readings, outcome);
  }
  void Acknowledge(const std::vector<Reading>& readings, const AppendOutcome& outcome) {
    int64_t placed = 0;
    for (const Placed& place : outcome.placed) {
      placed += place.count;
      EXPECT_GE(place.first, given_[place.partition]) << "a position was given twice";
      given_[place.partition] = place.first + place.count;
      for (int64_t i = 0; i < place.count; ++i) there_[place.partition].insert({place.first + i, 0});
    }
    EXPECT_EQ(placed, static_cast<int64_t>(readings.size()));
  }
  void MakeRoom() {
    for (PartitionId id = 0; id < kPartitions; ++id) Trim(id, log_->EndsOf("readings", id)->high);
  }
  void TrimSome() {
    const auto id = static_cast<PartitionId>(random_.Below(kPartitions));
    const Ends ends = *log_->EndsOf("readings", id);
    Trim(id,
         ends.low + static_cast<Position>(random_.Below(static_cast<uint64_t>(ends.high - ends.low + 1))));
  }
  void Trim(PartitionId id, Position below) {
    EXPECT_TRUE(log_->Trim("readings", id, below).ok());
    trimmed_[id] = std::max(trimmed_[id], below);
  }
  void ReadPartition(PartitionId id) {
    const Ends ends = *log_->EndsOf("readings", id);
    EXPECT_LE(ends.low, trimmed_[id]) << "what a job needs was deleted";
    auto& expected = there_[id];
    expected.erase(expected.begin(), expected.lower_bound(ends.low));
    auto next = expected.begin();
    for (Position at = ends.low; at < ends.high;) {
      const auto slice = log_->Read("readings", id, at, 1 + static_cast<int64_t>(random_.Below(1 << 16)));
      ASSERT_TRUE(slice.ok()) << slice.status().message();
      EXPECT_EQ(slice->lost, 0);
      EXPECT_EQ(slice->rows->num_rows() + slice->gaps, slice->next - slice->first);
      CheckRows(*slice->rows, next, expected.end());
      at = slice->next;
    }
    EXPECT_EQ(next, expected.end()) << "acknowledged and gone, first: " << next->first;
  }
  using Expected = std::map<Position, double>;
  // Positions are those that were given, and a reading stays what it was at the first look.
  void CheckRows(const arrow::RecordBatch& rows, Expected::iterator& next, const Expected::iterator& end) {
    const auto& at = static_cast<const arrow::Int64Array&>(*rows.GetColumnByName("_position"));
    const auto& value = static_cast<const arrow::DoubleArray&>(*rows.GetColumnByName("temperature"));
    for (int64_t i = 0; i < rows.num_rows(); ++i, ++next) {
      ASSERT_NE(next, end);
      ASSERT_EQ(at.Value(i), next->first);
      if (next->second == 0) next->second = value.Value(i);
      ASSERT_EQ(value.Value(i), next->second);
    }
  }

  Random random_;
  TempDir directory_;
  ManualClock clock_;
  std::shared_ptr<FaultyFiles> files_ = std::make_shared<FaultyFiles>(rocksdb::FileSystem::Default());
  std::unique_ptr<Log> log_;
  uint32_t boot_ = 1;
  uint64_t epoch_ = 0;
  int64_t origin_next_ = 0;
  int64_t last_from_ = 0;
  int64_t number_ = 1;
  std::map<PartitionId, Position> given_;
  std::map<PartitionId, Position> trimmed_;
  std::map<PartitionId, Expected> there_;
};

void RunModel(uint64_t seed) {
  SCOPED_TRACE("SLUICE_SEED=" + std::to_string(seed));
  LogModel model(seed);
  for (int i = 0; i < 60 && !testing::Test::HasFailure(); ++i) model.Step();
  if (!testing::Test::HasFailure()) model.ReadAll();
}

TEST(LogModel, RemembersWhatItAcknowledged) {
  const char* const given = std::getenv("SLUICE_SEED");
  if (given) return RunModel(std::strtoull(given, nullptr, 10));
  const uint64_t first = RandomSeed() % 1'000'000;
  for (uint64_t seed = first; seed < first + 10 && !HasFailure(); ++seed) RunModel(seed);
}

}  // namespace
}  // namespace sluice
