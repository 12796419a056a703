// P8 and P9 of the design: the embedded log against bare append + fdatasync of the same bytes, in turns in
// one run. A plain program, because the two sides must alternate and the figures are ratios: log_bench
// [directory] [rounds].
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>

#include <arrow/api.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include "log/embedded/batch_format.h"
#include "log/embedded/embedded_log.h"
#include "platform/mutex.h"
#include "platform/random.h"
#include "testing/streams.h"

namespace sluice {
namespace {

using Time = std::chrono::steady_clock;
double Since(Time::time_point start) { return std::chrono::duration<double>(Time::now() - start).count(); }

double CpuSeconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) { return double(time.tv_sec) + double(time.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

template <class Value>
Value Quantile(std::vector<Value> values, double share) {
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<size_t>(share * double(values.size())))];
}

// Readings whose doubles are noise in every bit, so that compression gains least on them.
Batch NoisyBatch(int64_t bytes) {
  Random random(7);
  std::vector<Reading> readings;
  for (int64_t have = 0; have < bytes; have += 36) {
    readings.push_back({"sensor-" + std::to_string(random.Below(50)),
                        FromMicros(1'760'000'000'000'000 + int64_t(random.Below(1'000'000'000))),
                        random.Normal(), random.Normal()});
  }
  return ReadingsBatch(readings);
}

std::unique_ptr<Log> OpenAt(const std::string& directory) {
  auto opened = OpenEmbeddedLog({.directory = directory});
  if (!opened.ok()) throw std::runtime_error(opened.status().message());
  if (const Status declared = (*opened)->Declare(ReadingsStream()); !declared.ok())
    throw std::runtime_error(declared.message());
  return *std::move(opened);
}

class BareFile {
 public:
  explicit BareFile(const std::string& path)
      : fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600)) {}
  ~BareFile() { ::close(fd_); }
  void AppendAndSync(const std::string& bytes) {
    if (::write(fd_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
        ::fdatasync(fd_) != 0) {
      throw std::runtime_error("the bare file fails");
    }
  }

 private:
  const int fd_;
};

double BareThroughput(const std::string& directory, int64_t total) {
  BareFile file(directory + "/bare");
  const std::string block(256 << 10, 'x');
  const auto start = Time::now();
  for (int64_t done = 0; done < total; done += static_cast<int64_t>(block.size())) file.AppendAndSync(block);
  return double(total) / Since(start) / 1e6;
}

// MB/s of durable appends of the batch's raw bytes.
double LogThroughput(const std::string& directory, const Batch& batch, int64_t batch_bytes, int64_t total) {
  std::filesystem::remove_all(directory + "/log");
  const auto log = OpenAt(directory + "/log");
  std::atomic<int64_t> durable{0};
  const auto start = Time::now();
  for (int64_t taken = 0; taken < total;) {
    const Status status = log->Append("readings", batch, {}, [&](const AppendOutcome& outcome) {
      if (outcome.kind == AppendOutcome::done) durable += batch_bytes;
    });
    if (status.ok())
      taken += batch_bytes;
    else
      std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  while (durable < total) std::this_thread::sleep_for(std::chrono::microseconds(200));
  return double(durable) / Since(start) / 1e6;
}

std::vector<double> BareLatencies(const std::string& directory, int count) {
  BareFile file(directory + "/bare");
  std::vector<double> all;
  for (int i = 0; i < count; ++i) {
    const auto start = Time::now();
    file.AppendAndSync(std::string(4096, 'x'));
    all.push_back(Since(start) * 1e3);
  }
  return all;
}

std::vector<double> LogLatencies(Log& log, int count) {
  const Batch batch = CountingBatch(1);
  std::vector<double> all;
  for (int i = 0; i < count; ++i) {
    Mutex mutex;
    Condition heard;
    bool done = false;
    const auto start = Time::now();
    (void)log.Append("readings", batch, {}, [&](const AppendOutcome&) {
      MutexLock lock(mutex);
      done = true;
      heard.NotifyAll();
    });
    MutexLock lock(mutex);
    while (!done) heard.Wait(mutex);
    all.push_back(Since(start) * 1e3);
  }
  return all;
}

void Throughput(const std::string& directory, int rounds) {
  const Batch batch = NoisyBatch(256 << 10);
  const auto payload = embedded::EncodePayload(batch);
  const int64_t raw = payload->header.rows_raw;
  const int64_t total = raw * 1280;  // some 330 MB: twenty memtables
  fmt::print("P8: {} readings a batch, {} bytes raw, {} stored\n", batch.Count(), raw,
             payload->StoredBytes());
  std::vector<double> ours;
  std::vector<double> bare;
  for (int i = 0; i < rounds; ++i) {
    const double before = CpuSeconds();
    ours.push_back(LogThroughput(directory, batch, raw, total));
    const double cpu = CpuSeconds() - before;
    bare.push_back(BareThroughput(directory, total));
    fmt::print("  log {:.1f} MB/s ({:.2f} CPU-s a million readings), bare {:.1f} MB/s, ratio {:.2f}\n",
               ours.back(), cpu / (double(batch.Count()) * 1280 / 1e6), bare.back(),
               ours.back() / bare.back());
  }
  fmt::print("P8 ratio {:.2f} (goal 0.60)\n", Quantile(ours, 0.5) / Quantile(bare, 0.5));
}

void Latency(const std::string& directory, int rounds) {
  const auto log = OpenAt(directory + "/log");
  std::vector<double> p50;
  std::vector<double> p99;
  for (int i = 0; i < rounds; ++i) {
    const auto bare = BareLatencies(directory, 1000);
    const auto ours = LogLatencies(*log, 1000);
    p50.push_back(Quantile(ours, 0.5) / Quantile(bare, 0.5));
    p99.push_back(Quantile(ours, 0.99) / Quantile(bare, 0.99));
    fmt::print("P9: fdatasync p50 {:.3f} p99 {:.3f} ms, log p50 {:.3f} p99 {:.3f} ms\n", Quantile(bare, 0.5),
               Quantile(bare, 0.99), Quantile(ours, 0.5), Quantile(ours, 0.99));
  }
  fmt::print("P9 ratios p50 {:.2f} (goal 3), p99 {:.2f} (goal 10)\n", Quantile(p50, 0.5), Quantile(p99, 0.5));
}

}  // namespace
}  // namespace sluice

int main(int argc, char** argv) {
  const std::string directory = argc > 1 ? argv[1] : "/tmp/sluice-log-bench";
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 5;
  std::filesystem::create_directories(directory);
  sluice::Throughput(directory, rounds);
  sluice::Latency(directory, rounds);
  std::filesystem::remove_all(directory);
  return 0;
}
