#include "sources/file/file_source.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <unistd.h>

#include "platform/random.h"
#include "sources/test_log.h"
#include "testing/streams.h"
#include "testing/temp_dir.h"

namespace sluice {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

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

class FileSourceTest : public testing::Test {
 protected:
  std::unique_ptr<FileSource> Start(FileSourceSpec spec) {
    spec.name = "ambient";
    auto source = FileSource::Make(std::move(spec), intake_, Parts());
    EXPECT_TRUE(source.ok()) << source.status().message();
    return *std::move(source);
  }

  FileSourceParts Parts() {
    return {.files = SystemFiles(),
            .make_decoder = [](CodecKind, const StreamSpec&,
                               const DecodeSpec&) -> Result<std::unique_ptr<Decoder>> {
              return std::unique_ptr<Decoder>(std::make_unique<LineDecoder>());
            },
            .open_parquet = nullptr,
            .standard_input = input_};
  }

  // As virtual time would, for `by`.
  void Run(FileSource& source, Duration by = seconds(0)) {
    const Timestamp end = now_ + by;
    for (int steps = 0; steps < 100'000; ++steps) {
      const StepResult result = source.Step(now_);
      if (result.progress) continue;
      if (result.again > end) break;
      now_ = std::max(now_ + Duration(1), result.again);
    }
    now_ = end;
  }

  std::vector<double> Brought(int column = 2) const {
    std::vector<double> values;
    for (const Batch& batch : log_.batches) {
      const auto& array = static_cast<const arrow::DoubleArray&>(*batch.rows->column(column));
      values.insert(values.end(), array.raw_values(), array.raw_values() + array.length());
    }
    return values;
  }

  void Append(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::app) << text;
  }

  static std::string Lines(int from, int to) {
    std::string text;
    for (int i = from; i < to; ++i) text += std::to_string(i) + "\n";
    return text;
  }

  const TempDir dir_;
  TestLog log_;
  const StreamSpec stream_ = ReadingsStream();
  Intake intake_{stream_, log_, 64 << 20};
  Timestamp now_ = FromMicros(1'760'000'000'000'000);
  int input_ = -1;
};

TEST_F(FileSourceTest, FilesAreBroughtInByNameAndAFinishedSourceSaysSo) {
  dir_.Write("b.csv", "3\n4");
  dir_.Write("a.csv", "1\n2\n");
  const auto source = Start({.path = dir_ / "*.csv"});
  Run(*source);
  EXPECT_THAT(Brought(), ElementsAre(1, 2, 3, 4));
  EXPECT_TRUE(source->Finished());
  EXPECT_TRUE(source->Health().ok()) << source->Health().message();
  EXPECT_EQ(source->Progress(), 1);
  EXPECT_EQ(source->Details().bytes_done, 7);
  EXPECT_EQ(source->Details().files_done, 2);
}

TEST_F(FileSourceTest, ASecondRunBringsNothingTwice) {
  const FileSourceSpec spec{.path = dir_.Write("a.csv", "1\n2\n3")};
  Run(*Start(spec));
  const auto again = Start(spec);
  Run(*again);
  EXPECT_TRUE(again->Finished());
  EXPECT_THAT(Brought(), ElementsAre(1, 2, 3));
}

TEST_F(FileSourceTest, ABadLineIsDeadAndItsNeighboursStand) {
  Run(*Start({.path = dir_.Write("a.csv", "1\nx\n3\n")}));
  EXPECT_THAT(Brought(), ElementsAre(1, 3));
  ASSERT_EQ(log_.batches[0].dead.size(), 1U);
  EXPECT_EQ(log_.batches[0].dead[0].at, 1);
}

TEST_F(FileSourceTest, AnEmptyFileIsFine) {
  const auto source = Start({.path = dir_.Write("a.csv", "")});
  Run(*source);
  EXPECT_TRUE(source->Finished());
  EXPECT_TRUE(source->Health().ok());
}

TEST_F(FileSourceTest, AMissingFileIsAStateThatEndsWhenItComes) {
  const auto source = Start({.path = dir_ / "a.csv"});
  Run(*source);
  EXPECT_THAT(source->Health().message(), HasSubstr(dir_ / "a.csv"));
  EXPECT_FALSE(source->Finished());
  dir_.Write("a.csv", "1\n");
  Run(*source, seconds(2));
  EXPECT_THAT(Brought(), ElementsAre(1));
  EXPECT_TRUE(source->Finished());
}

TEST_F(FileSourceTest, ADirectoryIsNamedWithWhatToWrite) {
  const auto source = Start({.path = dir_.path()});
  Run(*source);
  EXPECT_THAT(source->Health().message(), HasSubstr("is a directory; write"));
}

TEST_F(FileSourceTest, AFollowedFileGoesOnWithWhatItGrowsBy) {
  const std::string path = dir_.Write("a.log", "1\n2");
  const auto source = Start({.path = path, .follow = true});
  Run(*source, seconds(1));
  EXPECT_THAT(Brought(), ElementsAre(1)) << "the last line waits for its end";
  Append(path, "2\n3\n");
  Run(*source, seconds(1));
  EXPECT_THAT(Brought(), ElementsAre(1, 22, 3));
  EXPECT_FALSE(source->Finished());
}

TEST_F(FileSourceTest, AShortFileStaysTheSameWhileItGrowsOverARestart) {
  const std::string path = dir_.Write("a.log", Lines(0, 3));
  Run(*Start({.path = path, .follow = true}), seconds(1));
  Append(path, Lines(3, 1000));
  Run(*Start({.path = path, .follow = true}), seconds(1));
  Append(path, Lines(1000, 1010));
  Run(*Start({.path = path, .follow = true}), seconds(1));
  const std::vector<double> brought = Brought();
  ASSERT_EQ(brought.size(), 1010U);
  for (size_t i = 0; i < brought.size(); ++i) EXPECT_EQ(brought[i], i);
  EXPECT_EQ(Brought(3).back(), 1010) << "the decoder's state came along";
}

TEST_F(FileSourceTest, ARotatedFileIsReadToItsEndBeforeTheNewOne) {
  const std::string path = dir_.Write("a.log", "1\n");
  const auto source = Start({.path = path, .follow = true});
  Run(*source, seconds(1));
  Append(path, "2\n3");
  std::filesystem::rename(path, dir_ / "a.log.1");
  dir_.Write("a.log", "4\n");
  Run(*source, seconds(1));
  EXPECT_THAT(Brought(), ElementsAre(1, 2, 4)) << "the old one may still be written to";
  Append(dir_ / "a.log.1", "3\n");
  Run(*source, seconds(5));
  EXPECT_THAT(Brought(), ElementsAre(1, 2, 4, 33));
}

TEST_F(FileSourceTest, ARenamedFileThatStillMatchesIsNotReadAgain) {
  const std::string path = dir_.Write("a.log", "1\n");
  const auto source = Start({.path = dir_ / "a.log*", .follow = true});
  Run(*source, seconds(1));
  std::filesystem::rename(path, dir_ / "a.log.1");
  dir_.Write("a.log", "2\n");
  Run(*source, seconds(5));
  EXPECT_THAT(Brought(), ElementsAre(1, 2));
}

TEST_F(FileSourceTest, ATruncatedFileBeginsAnew) {
  const std::string path = dir_.Write("a.log", Lines(0, 5));
  const auto source = Start({.path = path, .follow = true});
  Run(*source, seconds(1));
  dir_.Write("a.log", "7\n8\n");
  Run(*source, seconds(1));
  Append(path, "9\n");
  Run(*Start({.path = path, .follow = true}), seconds(1));
  EXPECT_THAT(Brought(), ElementsAre(0, 1, 2, 3, 4, 7, 8, 9));
}

TEST_F(FileSourceTest, AVanishedFileIsReadToItsEnd) {
  const std::string path = dir_.Write("a.log", "1\n");
  const auto source = Start({.path = path, .follow = true});
  Run(*source, seconds(1));
  Append(path, "2\n3");
  std::filesystem::remove(path);
  Run(*source, seconds(5));
  EXPECT_THAT(Brought(), ElementsAre(1, 2, 3));
}

TEST_F(FileSourceTest, AnotherProcessTakesTheFileAndTheOlderLeavesItAlone) {
  const std::string path = dir_.Write("a.log", "1\n");
  const auto older = Start({.path = path, .follow = true});
  Run(*older, seconds(1));
  const auto younger = Start({.path = path, .follow = true});
  Run(*younger, seconds(1));
  Append(path, "2\n");
  Run(*older, seconds(1));
  EXPECT_EQ(older->Health().code(), Code::lost);
  EXPECT_THAT(older->Health().message(), HasSubstr("another process"));
  Run(*younger, seconds(1));
  EXPECT_THAT(Brought(), ElementsAre(1, 2));
}

TEST_F(FileSourceTest, SpeedPacesByEventTime) {
  const auto source = Start({.path = dir_.Write("a.csv", Lines(100, 200)), .speed = 10});
  Run(*source, seconds(0));
  EXPECT_THAT(Brought(), ElementsAre(100));
  Run(*source, seconds(5) + milliseconds(60));
  EXPECT_EQ(Brought().size(), 51U);
  Run(*source, seconds(5));
  EXPECT_TRUE(source->Finished());
}

TEST_F(FileSourceTest, ShiftToNowKeepsItsShiftOverARestart) {
  const FileSourceSpec spec{.path = dir_.Write("a.csv", Lines(100, 120)), .speed = 1, .shift_to_now = true};
  const Timestamp start = now_;
  Run(*Start(spec), seconds(5));
  Run(*Start(spec), seconds(30));
  int64_t expected = ToMicros(start);
  for (const Batch& batch : log_.batches) {
    const auto& times = static_cast<const arrow::TimestampArray&>(*batch.rows->column(1));
    for (int64_t i = 0; i < times.length(); ++i, expected += 1'000'000) EXPECT_EQ(times.Value(i), expected);
  }
  EXPECT_EQ(log_.Count(), 20);
}

TEST_F(FileSourceTest, RepeatStartsAgainAfterTheEnd) {
  const FileSourceSpec spec{.path = dir_.Write("a.csv", "1\n2"), .repeat = true};
  const auto source = Start(spec);
  for (int i = 0; i < 12; ++i) source->Step(now_);
  const std::vector<double> brought = Brought();
  ASSERT_GE(brought.size(), 4U);
  for (size_t i = 0; i < brought.size(); ++i) EXPECT_EQ(brought[i], i % 2 + 1);
  EXPECT_FALSE(source->Finished());
}

TEST_F(FileSourceTest, SortByTimeSortsAllFilesAndResumesByRow) {
  dir_.Write("a.csv", "5\n1\nx\n3\n");
  dir_.Write("b.csv", "4\n2\n");
  const FileSourceSpec spec{.path = dir_ / "*.csv", .sort_by_time = true};
  Run(*Start(spec));
  EXPECT_THAT(Brought(), ElementsAre(1, 2, 3, 4, 5));
  Run(*Start(spec));
  EXPECT_EQ(log_.Count(), 6);
}

TEST_F(FileSourceTest, SortByTimeRefusesWhatDoesNotFit) {
  const auto source =
      Start({.path = dir_.Write("a.csv", Lines(0, 1000)), .sort_by_time = true, .max_sorted = KiB(1)});
  Run(*source);
  EXPECT_THAT(source->Health().message(), HasSubstr("max_sorted = 1KiB"));
}

TEST_F(FileSourceTest, StandardInputIsReadToItsEndWithoutAnOrigin) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  input_ = ends[0];
  const auto source = Start({.path = "-"});
  ASSERT_EQ(::write(ends[1], "1\n2", 3), 3);
  Run(*source, seconds(1));
  EXPECT_THAT(Brought(), ElementsAre(1));
  ::close(ends[1]);
  Run(*source, seconds(1));
  ::close(ends[0]);
  EXPECT_THAT(Brought(), ElementsAre(1, 2));
  EXPECT_TRUE(source->Finished());
  EXPECT_THAT(log_.origins, IsEmpty());
}

TEST_F(FileSourceTest, AFullLogKeepsTheBatch) {
  const auto source = Start({.path = dir_.Write("a.csv", "1\n2\n")});
  log_.full = true;
  Run(*source, seconds(1));
  EXPECT_EQ(source->Health().code(), Code::retry);
  log_.full = false;
  Run(*source, seconds(1));
  EXPECT_THAT(Brought(), ElementsAre(1, 2));
  EXPECT_TRUE(source->Health().ok());
}

TEST_F(FileSourceTest, DrainWaitsForTheAppendUnderWay) {
  log_.hold = true;
  const auto source = Start({.path = dir_.Write("a.csv", "1\n")});
  source->Step(now_);
  source->Drain();
  EXPECT_FALSE(source->Drained());
  log_.Release();
  EXPECT_TRUE(source->Drained());
}

// A source that dies at any step, with the append under way durable or not, is followed by one that brings in
// exactly the rest, whatever the pace, the growth and the cut of the chunks.
TEST_F(FileSourceTest, NothingIsLostOrTwiceAfterACrashAtAnyStep) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    Random random(seed);
    log_ = TestLog();
    const std::string path = dir_.Write("f" + std::to_string(seed), "");
    const bool paced = random.Below(2) == 0;
    const FileSourceSpec spec{.path = path, .speed = paced ? 20.0 : 0, .follow = true};
    int written = 0;
    auto source = Start(spec);
    for (int step = 0; step < 400; ++step) {
      if (written < 3000 && random.Below(3) == 0) {
        const int more = static_cast<int>(random.Below(60));
        Append(path, Lines(written, written + more));
        written += more;
      }
      log_.hold = random.Below(2) == 0;
      source->Step(now_ += milliseconds(random.Below(400)));
      const uint64_t fate = random.Below(8);
      if (fate < 3) log_.Release();
      if (fate == 3) log_.held.clear();                     // died before the log had it
      if (fate == 4) source = Start(spec), log_.Release();  // durable, and nobody heard of it
      if (fate == 3) source = Start(spec);
    }
    log_.hold = false;
    log_.Release();
    Run(*source, seconds(400));
    const std::vector<double> brought = Brought();
    ASSERT_EQ(brought.size(), static_cast<size_t>(written))
        << "seed " << seed << ": " << source->Health().message();
    for (size_t i = 0; i < brought.size(); ++i) ASSERT_EQ(brought[i], i) << "seed " << seed;
    ASSERT_EQ(Brought(3), std::vector<double>([&] {
                std::vector<double> lines(brought.size());
                for (size_t i = 0; i < lines.size(); ++i) lines[i] = static_cast<double>(i + 1);
                return lines;
              }()));
  }
}

TEST_F(FileSourceTest, OptionsThatContradictEachOtherAreRefused) {
  for (const FileSourceSpec& spec : {FileSourceSpec{.name = "a", .path = ""},
                                     {.name = "a", .path = "-", .repeat = true},
                                     {.name = "a", .path = "-", .follow = true},
                                     {.name = "a", .path = "x", .sort_by_time = true, .follow = true},
                                     {.name = "a", .path = "x", .repeat = true, .follow = true}}) {
    const auto source = FileSource::Make(spec, intake_, Parts());
    ASSERT_FALSE(source.ok());
    EXPECT_THAT(source.status().message(), HasSubstr("source.a: "));
  }
}

TEST(FileStateTest, IsReadBackAsItWasWritten) {
  const FileState state{.offset = 5,
                        .skip = 2,
                        .ended = true,
                        .round = 3,
                        .prefix = {7, "ab"},
                        .anchor = PaceAnchor{FromMicros(1), FromMicros(-2)},
                        .decoder = "x\ny"};
  EXPECT_EQ(ParseFileState(FormatFileState(state)), state);
  EXPECT_FALSE(ParseFileState("file 1\n"));
  EXPECT_FALSE(ParseFileState(""));
}

}  // namespace
}  // namespace sluice
