// P6 and the store's share of P5: our commit (rows, key directory, fence, position; without and with one
// summary) against a bare DuckDB appender of the same five columns and transaction size, in turns on the same
// disk. Prints medians of rows a second and CPU seconds per million rows; no argument needed: store_bench
// [rounds].
#include <cstdlib>

#include <duckdb.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include "sinks/store/duckdb/arrow_bridge.h"
#include "sinks/store/duckdb/database.h"
#include "sinks/store/duckdb/duckdb_store.h"
#include "testing/streams.h"
#include "testing/temp_dir.h"

namespace sluice {
namespace {

constexpr int64_t kRows = 122'880;
constexpr int kCommits = 16;
constexpr int kSensors = 50;

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return double(t.tv_sec) + double(t.tv_usec) * 1e-6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Figure {
  double rows_a_second = 0;
  double cpu_per_million = 0;
};

// Runs `commit` for each batch in turn.
template <class Commit>
Figure Measure(const Commit& commit) {
  const double cpu = CpuSeconds();
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kCommits; ++i) commit(i);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  const double rows = double(kRows) * kCommits;
  return {rows / wall.count(), (CpuSeconds() - cpu) / rows * 1e6};
}

std::vector<Slice> MakeSlices() {
  const Timestamp start = FromMicros(1'760'000'000'000'000);
  std::vector<Slice> slices;
  for (int i = 0; i < kCommits; ++i) {
    std::vector<Reading> readings;
    for (int64_t row = 0; row < kRows; ++row) {
      const int64_t at = i * kRows + row;
      readings.push_back({fmt::format("sensor-{}", at % kSensors), start + Duration(at * 1000),
                          double(at % 977) * 0.1, double(at % 463) * 0.3});
    }
    slices.push_back(AsSlice(ReadingsStream(), ReadingsBatch(readings), i * kRows, start));
  }
  return slices;
}

void Require(const Status& status) {
  if (status.ok()) return;
  fmt::print(stderr, "{}\n", status.message());
  std::exit(1);
}

Figure Ours(const std::vector<Slice>& slices, bool summary) {
  TempDir directory;
  StoreShape shape{.streams = {ReadingsStream()}};
  if (summary) {
    shape.summaries = {
        {.name = "minutes", .stream = "readings", .every = std::chrono::minutes(1), .by = {"sensor_id"}}};
    shape.summaries[0].values = {*ParseSummaryValue("avg_temperature", "avg(temperature)")};
  }
  auto store = OpenDuckDbStore({.file = directory / "store.duckdb", .shape = shape});
  if (!store.ok()) Require(store.status());
  const Seat seat{"store.readings", "readings", 0};
  const uint64_t epoch = (*store)->Claim(seat, "log", 0)->epoch;
  return Measure([&](int i) {
    const Slice& slice = slices[size_t(i)];
    const Span span{.seat = seat,
                    .epoch = epoch,
                    .from = slice.first,
                    .next = slice.next,
                    .rows = slice.rows,
                    .terms = {.stored = kRows}};
    Require((*store)->Commit({&span, 1}).status);
  });
}

// Chunks of DuckDB's vector size, filled by the table's columns, as its own documentation appends.
Figure Bare(const std::vector<Slice>& slices) {
  TempDir directory;
  auto database = Database::Open({.path = directory / "bare.duckdb"});
  if (!database.ok()) Require(database.status());
  auto connection = *(*database)->Connect();
  Require(connection->Run(
      "CREATE TABLE readings (sensor_id VARCHAR, timestamp TIMESTAMPTZ, temperature DOUBLE, humidity "
      "DOUBLE, ingested_at TIMESTAMPTZ, _partition INTEGER, _position BIGINT)"));
  return Measure([&](int i) {
    Require(connection->Run("BEGIN"));
    Require(AppendRows(*connection, "readings", *slices[size_t(i)].rows));
    Require(connection->Run("COMMIT"));
  });
}

Figure Median(std::vector<Figure> figures) {
  std::sort(figures.begin(), figures.end(),
            [](const Figure& a, const Figure& b) { return a.rows_a_second < b.rows_a_second; });
  return figures[figures.size() / 2];
}

}  // namespace
}  // namespace sluice

int main(int argc, char** argv) {
  using namespace sluice;
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 5;
  const auto slices = MakeSlices();
  std::vector<Figure> bare, plain, summed;
  for (int round = 0; round < rounds; ++round) {
    bare.push_back(Bare(slices));
    plain.push_back(Ours(slices, false));
    summed.push_back(Ours(slices, true));
  }
  const Figure a = Median(bare);
  const auto print = [&](const char* name, const Figure& f) {
    fmt::print("{:24} {:>10.0f} rows/s  {:.3f} CPU-s/M rows  ratio {:.2f}\n", name, f.rows_a_second,
               f.cpu_per_million, f.rows_a_second / a.rows_a_second);
  };
  print("bare appender", a);
  print("commit", Median(plain));
  print("commit, one summary", Median(summed));
  return 0;
}
