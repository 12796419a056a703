// The comparator of P2: simdjson On-Demand alone reads every field of every message, makes nothing of them
// and checks nothing (times stay text). simdjson_loop line|stream SECONDS: one document a line, or
// iterate_many.
#include <cstring>
#include <string_view>

#include <simdjson.h>

#include "../input.h"
#include "../measure.h"

namespace {

constexpr int kReadings = 20000;
constexpr const char* kUsage = "simdjson_loop line|stream SECONDS";

struct Sum {
  size_t text = 0;
  double number = 0;
  int64_t whole = 0;
  int64_t messages = 0;

  template <class Document>
  void Add(Document& document) {
    text += std::string_view(document["sensor_id"]).size();
    text += std::string_view(document["timestamp"]).size();
    number += double(document["temperature"]) + double(document["humidity"]) + double(document["pressure"]);
    whole += int64_t(document["battery"]);
    text += std::string_view(document["status"]).size();
    ++messages;
  }
};

void ReadByLine(simdjson::ondemand::parser& parser, const simdjson::padded_string& text, Sum& sum) {
  const std::string_view all(text);
  for (size_t at = 0; at < all.size();) {
    const size_t end = all.find('\n', at);
    simdjson::ondemand::document document;
    const size_t room = all.size() - at + simdjson::SIMDJSON_PADDING;
    if (parser.iterate(all.data() + at, end - at, room).get(document)) bench::Fail("a message is no JSON");
    sum.Add(document);
    at = end + 1;
  }
}

void ReadStream(simdjson::ondemand::parser& parser, const simdjson::padded_string& text, Sum& sum) {
  simdjson::ondemand::document_stream stream;
  if (parser.iterate_many(text).get(stream)) bench::Fail("the text is no JSON");
  for (auto document : stream) sum.Add(document);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string how = bench::Argument(argc, argv, 1, kUsage);
  const double seconds = std::atof(bench::Argument(argc, argv, 2, kUsage).c_str());
  const simdjson::padded_string text(bench::SensorLines(kReadings));
  simdjson::ondemand::parser parser;
  Sum sum;
  const bench::Stopwatch watch;
  while (watch.Seconds() < seconds) {
    if (how == "line")
      ReadByLine(parser, text, sum);
    else
      ReadStream(parser, text, sum);
  }
  bench::PrintRun(watch, double(sum.messages), {{"sum", sum.number + double(sum.text) + double(sum.whole)}});
}
