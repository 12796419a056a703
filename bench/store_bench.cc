// P3, P5, P6 and a stage of P11, our side: a store's commits of batches that are in memory: rows, key
// directory, fence and position, and with `summary` one of five-minute averages by sensor. DuckDB in a
// directory, or PostgreSQL at a postgresql:// address and in a schema that exists; with no COMMITS the tables
// are made. store_bench plain|summary ROWS COMMITS DIRECTORY|URL [SCHEMA]
#include "input.h"
#include "measure.h"
#include "sinks/store/duckdb/duckdb_store.h"
#include "sinks/store/postgres/postgres_store.h"
#include "sinks/store/postgres/target.h"
#include "testing/streams.h"

namespace sluice {
namespace {

constexpr const char* kUsage = "store_bench plain|summary ROWS COMMITS DIRECTORY|URL [SCHEMA]";

void Require(const Status& status) {
  if (!status.ok()) bench::Fail(status.message());
}

// What a call gave, or the end of the program.
template <class Value>
Value Take(Result<Value> result) {
  if (!result.ok()) bench::Fail(result.status().message());
  return *std::move(result);
}

std::vector<Slice> MakeSlices(int64_t rows, int64_t commits) {
  std::vector<Slice> slices;
  for (int64_t i = 0; i < commits; ++i) {
    std::vector<Reading> readings;
    for (int64_t at = i * rows; at < (i + 1) * rows; ++at) {
      const bench::Values values = bench::ValuesAt(at);
      readings.push_back({values.sensor, FromMicros(values.micros), values.temperature, values.humidity});
    }
    slices.push_back(
        AsSlice(ReadingsStream(), ReadingsBatch(readings), i * rows, FromMicros(bench::kStartMicros)));
  }
  return slices;
}

StoreShape ShapeOf(bool summary) {
  StoreShape shape{.streams = {ReadingsStream()}};
  if (!summary) return shape;
  shape.summaries = {
      {.name = "minutes", .stream = "readings", .every = std::chrono::minutes(5), .by = {"sensor_id"}}};
  shape.summaries[0].values = {*ParseSummaryValue("avg_temperature", "avg(temperature)")};
  return shape;
}

std::unique_ptr<Store> OpenAt(const std::string& where, const std::string& schema, const StoreShape& shape) {
  if (!pg::IsUrl(where)) return Take(OpenDuckDbStore({.file = where + "/store.duckdb", .shape = shape}));
  return Take(pg::OpenPostgresStore(
      {.target = pg::TargetOf({.url = Secret(where), .schema = schema}), .shape = shape}));
}

void Run(const std::vector<Slice>& slices, const std::unique_ptr<Store>& store) {
  const Seat seat{"store.readings", "readings", 0};
  const uint64_t epoch = Take(store->Claim(seat, "log", 0)).epoch;
  int64_t rows = 0;
  const bench::Stopwatch watch;
  for (const Slice& slice : slices) {
    const int64_t count = slice.next - slice.first;
    const Span span{.seat = seat,
                    .epoch = epoch,
                    .from = slice.first,
                    .next = slice.next,
                    .rows = slice.rows,
                    .terms = {.stored = count}};
    Require(store->Commit({&span, 1}).status);
    rows += count;
  }
  bench::PrintRun(watch, double(rows));
}

}  // namespace
}  // namespace sluice

int main(int argc, char** argv) {
  using namespace sluice;
  const bool summary = bench::Argument(argc, argv, 1, kUsage) == "summary";
  const auto slices = MakeSlices(bench::Number(argc, argv, 2, kUsage), bench::Number(argc, argv, 3, kUsage));
  const std::string where = bench::Argument(argc, argv, 4, kUsage);
  Run(slices, OpenAt(where, argc > 5 ? argv[5] : "public", ShapeOf(summary)));
}
