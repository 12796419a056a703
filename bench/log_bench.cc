// P8, P9 and a stage of P11, our side: the embedded log alone.
//   log_bench append DIRECTORY GROUPS    noisy groups of 256 KiB, as many under way as the log takes
//   log_bench turns DIRECTORY GROUPS     the same, each durable before the next is offered
//   log_bench readings DIRECTORY COUNT   COUNT readings in batches of 65,536, as a file brings them in
//   log_bench ack DIRECTORY COUNT        how long a single reading takes until it is durable
#include <atomic>
#include <filesystem>
#include <thread>

#include "input.h"
#include "log/embedded/batch_format.h"
#include "log/embedded/embedded_log.h"
#include "measure.h"
#include "platform/mutex.h"
#include "platform/random.h"
#include "testing/streams.h"

namespace sluice {
namespace {

constexpr const char* kUsage = "log_bench append|turns|readings|ack DIRECTORY COUNT";
constexpr int64_t kGroup = 256 << 10;

void Require(const Status& status) {
  if (!status.ok()) bench::Fail(status.message());
}

// What a call gave, or the end of the program.
template <class Value>
Value Take(Result<Value> result) {
  if (!result.ok()) bench::Fail(result.status().message());
  return *std::move(result);
}

// Readings whose doubles are noise in every bit, so that compression gains least on them.
Batch NoisyBatch(int64_t bytes) {
  Random random(7);
  std::vector<Reading> readings;
  for (int64_t have = 0; have < bytes; have += 36) {
    readings.push_back({"sensor-" + std::to_string(random.Below(50)),
                        FromMicros(bench::kStartMicros + int64_t(random.Below(1'000'000'000))),
                        random.Normal(), random.Normal()});
  }
  return ReadingsBatch(readings);
}

Batch PlainBatch(int64_t first, int64_t count) {
  std::vector<Reading> readings;
  for (int64_t i = first; i < first + count; ++i) {
    const bench::Values values = bench::ValuesAt(i);
    readings.push_back({values.sensor, FromMicros(values.micros), values.temperature, values.humidity});
  }
  return ReadingsBatch(readings);
}

std::unique_ptr<Log> OpenAt(const std::string& directory) {
  auto log = Take(OpenEmbeddedLog({.directory = directory + "/log"}));
  Require(log->Declare(ReadingsStream()));
  return log;
}

// Offers batches to the log and hears which are durable.
class Appender {
 public:
  explicit Appender(Log& log) : log_(log) {}

  void Append(const Batch& batch) {
    while (true) {
      const Status status = log_.Append("readings", batch, {}, [this](const AppendOutcome& o) { Heard(o); });
      if (status.ok()) break;
      std::this_thread::sleep_for(std::chrono::microseconds(200));  // no room: as a source would be told
    }
    ++offered_;
  }

  void WaitUntilDurable() {
    MutexLock lock(mutex_);
    while (offered_ > durable_) heard_.Wait(mutex_);
  }

 private:
  void Heard(const AppendOutcome& outcome) {
    if (outcome.kind != AppendOutcome::done) bench::Fail("an append fails: " + outcome.status.message());
    MutexLock lock(mutex_);
    ++durable_;
    heard_.NotifyAll();
  }

  Log& log_;
  int64_t offered_ = 0;
  Mutex mutex_;
  Condition heard_;
  int64_t durable_ = 0;
};

void Groups(Log& log, int64_t groups, bool in_turns) {
  const Batch batch = NoisyBatch(kGroup);
  const auto payload = Take(embedded::EncodePayload(batch));
  const double stored = double(payload.StoredBytes()) * double(groups);
  Appender appender(log);
  const bench::Stopwatch watch;
  for (int64_t i = 0; i < groups; ++i) {
    appender.Append(batch);
    if (in_turns) appender.WaitUntilDurable();
  }
  appender.WaitUntilDurable();
  bench::PrintRun(watch, double(batch.Count() * groups),
                  {{"stored_bytes", stored},
                   {"group_bytes", stored / double(groups)},
                   {"raw_bytes", double(payload.header.rows_raw) * double(groups)},
                   {"mb_per_second", stored / watch.Seconds() / 1e6}});
}

void Readings(Log& log, int64_t count) {
  constexpr int64_t kBatch = 65536;
  std::vector<Batch> batches;
  for (int64_t i = 0; i < 8; ++i) batches.push_back(PlainBatch(i * kBatch, kBatch));
  Appender appender(log);
  int64_t done = 0;
  const bench::Stopwatch watch;
  for (; done < count; done += kBatch) appender.Append(batches[size_t(done / kBatch % 8)]);
  appender.WaitUntilDurable();
  bench::PrintRun(watch, double(done));
}

void Acknowledge(Log& log, int64_t count) {
  const Batch batch = CountingBatch(1);
  Appender appender(log);
  std::vector<double> all;
  const bench::Stopwatch watch;
  for (int64_t i = 0; i < count; ++i) {
    const double before = watch.Seconds();
    appender.Append(batch);
    appender.WaitUntilDurable();
    all.push_back((watch.Seconds() - before) * 1e3);
  }
  bench::PrintRun(watch, double(count),
                  {{"p50_ms", bench::Quantile(all, 0.5)}, {"p99_ms", bench::Quantile(all, 0.99)}});
}

}  // namespace
}  // namespace sluice

int main(int argc, char** argv) {
  using namespace sluice;
  const std::string what = bench::Argument(argc, argv, 1, kUsage);
  const auto log = OpenAt(bench::Argument(argc, argv, 2, kUsage));
  const int64_t count = bench::Number(argc, argv, 3, kUsage);
  if (what == "append" || what == "turns") Groups(*log, count, what == "turns");
  if (what == "readings") Readings(*log, count);
  if (what == "ack") Acknowledge(*log, count);
}
