// P1, P4 and a stage of P11, our side: the log on Kafka alone.
//   kafka_bench read BROKERS PREFIX            all of topic PREFIXreadings as batches, as a job reads it
//   kafka_bench append BROKERS PREFIX COUNT    COUNT readings in steps of a source, in transactions
//   kafka_bench plain BROKERS PREFIX COUNT     the same with transactions = false
#include <thread>

#include <arrow/api.h>

#include "input.h"
#include "log/kafka/connection.h"
#include "log/kafka/kafka_log.h"
#include "measure.h"
#include "platform/mutex.h"
#include "testing/streams.h"

namespace sluice {
namespace {

constexpr const char* kUsage = "kafka_bench read|append|plain BROKERS PREFIX [COUNT]";
constexpr int kPartitions = 4;
constexpr int64_t kReadBytes = 4 << 20;  // as engine/job.cc asks
constexpr int64_t kStep = 1'000;

void Require(const Status& status) {
  if (!status.ok()) bench::Fail(status.message());
}

// What a call gave, or the end of the program.
template <class Value>
Value Take(Result<Value> result) {
  if (!result.ok()) bench::Fail(result.status().message());
  return *std::move(result);
}

// A process has a quarter of 512 MiB for its log: app/pipeline.cc.
std::unique_ptr<Log> OpenAt(const std::string& brokers, const std::string& prefix, bool transactions) {
  kafka::Connection connection;
  connection.brokers = brokers;
  auto log = Take(OpenKafkaLog({.cluster = kafka::SettingsOf(connection),
                                .topic_prefix = prefix,
                                .transactions = transactions,
                                .instance = "bench",
                                .report = [](const std::string& what) { bench::Fail(what); }}));
  Require(log->Declare(ReadingsStream(kPartitions)));
  return log;
}

void ReadAll(Log& log) {
  std::vector<Ends> ends;
  for (PartitionId p = 0; p < kPartitions; ++p) ends.push_back(Take(log.EndsNow("readings", p)));
  int64_t rows = 0;
  const bench::Stopwatch watch;
  for (bool more = true; more;) {
    more = false;
    for (PartitionId p = 0; p < kPartitions; ++p) {
      Ends& left = ends[size_t(p)];
      if (left.low == left.high) continue;
      const Slice slice = Take(log.Read("readings", p, left.low, kReadBytes));
      rows += slice.rows->num_rows();
      left.low = slice.next;
      more = true;
    }
  }
  bench::PrintRun(watch, double(rows));
}

std::vector<Batch> MakeBatches(int64_t count) {
  std::vector<Batch> batches;
  for (int64_t i = 0; i < count; ++i) {
    std::vector<Reading> readings;
    for (int64_t at = i * kStep; at < (i + 1) * kStep; ++at) {
      const bench::Values values = bench::ValuesAt(at);
      readings.push_back({values.sensor, FromMicros(values.micros), values.temperature, values.humidity});
    }
    batches.push_back(ReadingsBatch(readings));
  }
  return batches;
}

// Appends that are not durable yet.
class UnderWay {
 public:
  void Add() {
    const MutexLock lock(mutex_);
    ++count_;
  }
  void Heard(const AppendOutcome& outcome) {
    if (outcome.kind != AppendOutcome::done) bench::Fail("an append fails: " + outcome.status.message());
    const MutexLock lock(mutex_);
    --count_;
    changed_.NotifyAll();
  }
  void WaitForNone() {
    const MutexLock lock(mutex_);
    while (count_ > 0) changed_.Wait(mutex_);
  }

 private:
  Mutex mutex_;
  Condition changed_;
  int64_t count_ = 0;
};

void Append(Log& log, int64_t count) {
  const auto batches = MakeBatches(64);
  const std::string origin = "file/readings/bench";
  const auto epoch = Take(log.Claim(origin)).epoch;
  UnderWay under_way;
  int64_t done = 0;
  const bench::Stopwatch watch;
  for (; done < count; done += kStep) {
    const Batch& batch = batches[size_t(done / kStep) % batches.size()];
    const OriginStep step{.origin = origin, .epoch = epoch, .from = done, .next = done + kStep};
    under_way.Add();
    while (true) {
      const Status status =
          log.Append("readings", batch, step, [&](const AppendOutcome& o) { under_way.Heard(o); });
      if (status.ok()) break;
      std::this_thread::sleep_for(std::chrono::microseconds(200));  // no room: as a source would be told
    }
  }
  under_way.WaitForNone();
  bench::PrintRun(watch, double(done));
}

}  // namespace
}  // namespace sluice

int main(int argc, char** argv) {
  using namespace sluice;
  const std::string what = bench::Argument(argc, argv, 1, kUsage);
  const auto log =
      OpenAt(bench::Argument(argc, argv, 2, kUsage), bench::Argument(argc, argv, 3, kUsage), what != "plain");
  if (what == "read") ReadAll(*log);
  if (what == "append" || what == "plain") Append(*log, bench::Number(argc, argv, 4, kUsage));
}
