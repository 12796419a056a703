// P2: JSON bytes to columns on one thread ÷ a bare simdjson loop that reads the same fields of the same
// bytes. Run with --benchmark_enable_random_interleaving=true --benchmark_repetitions=9, so that the two take
// turns.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <simdjson.h>

#include "codecs/codec.h"

namespace sluice {
namespace {

constexpr int kReadings = 20000;

StreamSpec Sensors() {
  StreamSpec stream;
  stream.name = "sensors";
  stream.fields = {{"sensor_id", FieldType::text, true}, {"timestamp", FieldType::timestamp, true},
                   {"temperature", FieldType::number},   {"humidity", FieldType::number},
                   {"pressure", FieldType::number},      {"battery", FieldType::integer},
                   {"status", FieldType::text}};
  stream.key = 0;
  stream.time = 1;
  return stream;
}

std::string JsonLines() {
  std::string text;
  for (int i = 0; i < kReadings; ++i) {
    text += fmt::format(
        R"({{"sensor_id":"sensor-{:04}","timestamp":"2025-10-15T12:{:02}:{:02}.{:06}Z","temperature":{:.2f},)"
        R"("humidity":{:.2f},"pressure":{:.2f},"battery":{},"status":"operational"}})"
        "\n",
        i % 50, i / 60 % 60, i % 60, i * 37 % 1000000, 15 + i % 100 * 0.13, 40 + i % 200 * 0.07,
        990 + i % 300 * 0.11, 10 + i % 90);
  }
  return text;
}

std::string CsvLines() {
  std::string text = "sensor_id,timestamp,temperature,humidity,pressure,battery,status\n";
  for (int i = 0; i < kReadings; ++i) {
    text += fmt::format("sensor-{:04},2025-10-15T12:{:02}:{:02}.{:06}Z,{:.2f},{:.2f},{:.2f},{},operational\n",
                        i % 50, i / 60 % 60, i % 60, i * 37 % 1000000, 15 + i % 100 * 0.13,
                        40 + i % 200 * 0.07, 990 + i % 300 * 0.11, 10 + i % 90);
  }
  return text;
}

void Report(benchmark::State& state, const std::string& text) {
  state.SetItemsProcessed(state.iterations() * kReadings);
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}

// What both bare loops read of one message.
struct Sum {
  size_t text = 0;
  double number = 0;
  int64_t whole = 0;

  template <class Document>
  void Add(Document& document) {
    text += std::string_view(document["sensor_id"]).size();
    text += std::string_view(document["timestamp"]).size();
    number += double(document["temperature"]) + double(document["humidity"]) + double(document["pressure"]);
    whole += int64_t(document["battery"]);
    text += std::string_view(document["status"]).size();
  }
};

void BareSimdjsonByLine(benchmark::State& state) {
  const simdjson::padded_string text(JsonLines());
  const std::string_view all(text);
  simdjson::ondemand::parser parser;
  for (auto _ : state) {
    Sum sum;
    size_t at = 0;
    while (at < all.size()) {
      const size_t end = all.find('\n', at);
      simdjson::ondemand::document document;
      if (parser.iterate(all.data() + at, end - at, all.size() - at + simdjson::SIMDJSON_PADDING)
              .get(document))
        break;
      sum.Add(document);
      at = end + 1;
    }
    benchmark::DoNotOptimize(sum);
  }
  Report(state, std::string(all));
}
BENCHMARK(BareSimdjsonByLine);

void BareSimdjsonStream(benchmark::State& state) {
  const simdjson::padded_string text(JsonLines());
  simdjson::ondemand::parser parser;
  for (auto _ : state) {
    Sum sum;
    simdjson::ondemand::document_stream stream;
    if (parser.iterate_many(text).get(stream)) break;
    for (auto document : stream) sum.Add(document);
    benchmark::DoNotOptimize(sum);
  }
  Report(state, std::string(std::string_view(text)));
}
BENCHMARK(BareSimdjsonStream);

void Ours(benchmark::State& state, CodecKind kind, const std::string& text) {
  const StreamSpec stream = Sensors();
  auto decoder = MakeDecoder(kind, stream, {.source = "source.bench"});
  BatchBuilder out(stream, 65536, 4 << 20);
  for (auto _ : state) {
    (void)(*decoder)->Restore("");
    std::string_view left = text;
    int64_t rows = 0;
    while (!left.empty()) {
      left.remove_prefix(*(*decoder)->Decode(left, true, out));
      rows += out.Finish().rows->num_rows();
    }
    if (rows != kReadings) state.SkipWithError("not every reading became a row");
  }
  Report(state, text);
}
BENCHMARK_CAPTURE(Ours, ndjson, CodecKind::ndjson, JsonLines());
BENCHMARK_CAPTURE(Ours, csv, CodecKind::csv, CsvLines());
BENCHMARK_CAPTURE(Ours, json_array, CodecKind::json, [] {
  std::string text = JsonLines();
  for (char& c : text) c = c == '\n' ? ',' : c;
  text.back() = ']';
  return "[" + text;
}());

void MakeADecoder(benchmark::State& state) {
  const StreamSpec stream = Sensors();
  for (auto _ : state)
    benchmark::DoNotOptimize(MakeDecoder(CodecKind::json, stream, {.source = "source.bench"}));
}
BENCHMARK(MakeADecoder);

}  // namespace
}  // namespace sluice

BENCHMARK_MAIN();
