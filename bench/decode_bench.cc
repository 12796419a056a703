// P2, our side: bytes to columns on one thread. decode_bench ndjson|json|csv|readings SECONDS. The first
// three carry the seven fields that bare/simdjson_loop.cc reads; `readings` the four of P11.
#include "codecs/codec.h"
#include "input.h"
#include "measure.h"

namespace sluice {
namespace {

constexpr int kReadings = 20000;
constexpr const char* kUsage = "decode_bench ndjson|json|csv|readings SECONDS";

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

StreamSpec Readings() {
  StreamSpec stream = Sensors();
  stream.name = "readings";
  stream.fields.resize(4);
  return stream;
}

std::string JsonArray(std::string lines) {
  std::replace(lines.begin(), lines.end(), '\n', ',');
  lines.back() = ']';
  return "[" + lines;
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

struct Case {
  CodecKind codec;
  StreamSpec stream;
  std::string text;
};

Case CaseOf(const std::string& name) {
  if (name == "ndjson") return {CodecKind::ndjson, Sensors(), bench::SensorLines(kReadings)};
  if (name == "json") return {CodecKind::json, Sensors(), JsonArray(bench::SensorLines(kReadings))};
  if (name == "csv") return {CodecKind::csv, Sensors(), CsvLines()};
  if (name == "readings") return {CodecKind::ndjson, Readings(), bench::ReadingLines(0, kReadings)};
  bench::Fail(std::string("usage: ") + kUsage);
}

int64_t DecodeAll(Decoder& decoder, std::string_view text, BatchBuilder& out) {
  if (!decoder.Restore("").ok()) bench::Fail("the decoder cannot start again");
  int64_t rows = 0;
  while (!text.empty()) {
    const auto taken = decoder.Decode(text, true, out);
    if (!taken.ok()) bench::Fail(taken.status().message());
    text.remove_prefix(*taken);
    rows += out.Finish().rows->num_rows();
  }
  return rows;
}

void Run(const Case& input, double seconds) {
  auto decoder = MakeDecoder(input.codec, input.stream, {.source = "source.bench"});
  if (!decoder.ok()) bench::Fail(decoder.status().message());
  BatchBuilder out(input.stream);
  int64_t rounds = 0;
  const bench::Stopwatch watch;
  for (; watch.Seconds() < seconds; ++rounds) {
    if (DecodeAll(**decoder, input.text, out) != kReadings) bench::Fail("not every reading became a row");
  }
  bench::PrintRun(watch, double(rounds * kReadings));
}

}  // namespace
}  // namespace sluice

int main(int argc, char** argv) {
  const auto input = sluice::CaseOf(bench::Argument(argc, argv, 1, sluice::kUsage));
  sluice::Run(input, std::atof(bench::Argument(argc, argv, 2, sluice::kUsage).c_str()));
}
