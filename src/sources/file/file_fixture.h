// What tests of the file source share: a decoder of whole numbers, a log in memory, starts and restarts, and
// virtual time. Included by tests only.
#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "sources/file/file_source.h"
#include "testing/fake_log.h"
#include "testing/streams.h"
#include "testing/temp_dir.h"

namespace sluice {

// Lines of a whole number: the reading's temperature, and its time in seconds. Anything else is dead. Keeps
// the number of lines as its state, so that a wrong resume shows in `humidity`.
class LineDecoder : public Decoder {
 public:
  Result<size_t> Decode(std::string_view input, bool final, BatchBuilder& out) override {
    size_t used = 0;
    while (used < input.size() && !out.Full()) {
      size_t end = input.find('\n', used);
      if (end == std::string_view::npos && !final) break;
      end = std::min(end, input.size());
      AddLine(std::string(input.substr(used, end - used)), out);
      used = std::min(end + 1, input.size());
    }
    return used;
  }
  std::string State() const override { return std::to_string(lines_); }
  Status Restore(std::string_view state) override {
    lines_ = state.empty() ? 0 : std::stoll(std::string(state));
    return {};
  }

 private:
  void AddLine(const std::string& line, BatchBuilder& out) {
    ++lines_;
    if (line.empty()) return;
    if (line.find_first_not_of("0123456789") != std::string::npos)
      return out.Abandon("no number", "test", line);
    const int64_t number = std::stoll(line);
    out.SetText(0, "sensor-1");
    out.SetTime(1, FromMicros(number * 1'000'000));
    out.SetDouble(2, static_cast<double>(number));
    out.SetDouble(3, static_cast<double>(lines_));
    out.EndReading();
  }

  int64_t lines_ = 0;
};

inline Result<std::unique_ptr<Decoder>> MakeLineDecoder(CodecKind, const StreamSpec&, const DecodeSpec&) {
  return std::unique_ptr<Decoder>(std::make_unique<LineDecoder>());
}

class FileSourceTest : public testing::Test {
 protected:
  std::unique_ptr<FileSource> Start(FileSourceSpec spec) {
    spec.name = "ambient";
    // Each start is a process of its own; what an older one has under way comes back to that one.
    intakes_.push_back(std::make_unique<Intake>(stream_, *log_, 64 << 20));
    auto source = FileSource::Make(std::move(spec), *intakes_.back(), Parts());
    EXPECT_TRUE(source.ok()) << source.status().message();
    return *std::move(source);
  }

  FileSourceParts Parts() {
    return {.files = SystemFiles(),
            .make_decoder = make_decoder_,
            .open_parquet = &ParquetInput::Open,
            .standard_input = input_};
  }

  // As virtual time would, for `by`.
  void Run(FileSource& source, Duration by = Duration(0)) {
    const Timestamp end = now_ + by;
    for (int steps = 0; steps < 100'000; ++steps) {
      const StepResult result = source.Step(now_);
      if (result.progress) continue;
      if (result.again > end) break;
      now_ = std::max(now_ + Duration(1), result.again);
    }
    now_ = end;
  }

  std::vector<double> Brought(int column = 2) {
    std::vector<double> values;
    for (const Batch& batch : log_->Appended("readings")) {
      const auto& array = static_cast<const arrow::DoubleArray&>(*batch.rows->column(column));
      values.insert(values.end(), array.raw_values(), array.raw_values() + array.length());
    }
    return values;
  }

  std::vector<DeadEntry> Dead() {
    std::vector<DeadEntry> dead;
    for (const Batch& batch : log_->Appended("readings"))
      dead.insert(dead.end(), batch.dead.begin(), batch.dead.end());
    return dead;
  }
  int64_t Count() { return log_->Count("readings"); }

  void Append(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::app) << text;
  }

  static std::string Lines(int from, int to) {
    std::string text;
    for (int i = from; i < to; ++i) text += std::to_string(i) + "\n";
    return text;
  }

  const TempDir dir_;
  const StreamSpec stream_ = ReadingsStream();
  std::unique_ptr<FakeLog> log_ = std::make_unique<FakeLog>();
  std::vector<std::unique_ptr<Intake>> intakes_;
  DecoderFactory make_decoder_ = &MakeLineDecoder;
  Timestamp now_ = FromMicros(1'760'000'000'000'000);
  int input_ = -1;
};

}  // namespace sluice
