// What a fault of the log does to the whole pipeline: a state that ends when the fault does, or the end of
// the process and a start that misses nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/pipeline.h"
#include "app/report.h"
#include "engine/runner.h"
#include "log/embedded/embedded_log.h"
#include "testing/faulty_files.h"
#include "testing/manual_clock.h"
#include "testing/temp_dir.h"

namespace sluice {
namespace {

using std::chrono::seconds;
using testing::Contains;
using testing::HasSubstr;
using testing::Pair;

constexpr char kFields[] = R"(
key = "sensor_id"
time = "timestamp"
fields = { sensor_id = "string", timestamp = "timestamp", temperature = "double" }
)";

std::string Stream(const std::string& name) {
  return "[stream." + name + "]" + kFields + "[source.made_" + name + "]\nkind = \"simulator\"\nstream = \"" +
         name + "\"\nrate = 10\ndevices = 3\n";
}

class PipelineFaults : public testing::Test {
 protected:
  PipelineFaults() {
    components_.logs.front().open = [this](const ComponentSpec&, const LogContext& context) {
      return OpenEmbeddedLog({.directory = context.directory,
                              .retain = seconds(1),
                              .background = false,
                              .clock = &clock_,
                              .file_system = files_});
    };
  }

  void Open(const std::string& streams) {
    LoadOutcome loaded = ParsePipeline("data_dir = \"data\"\n" + streams, dir_ / "pipeline.toml",
                                       Environment{}, KindsOf(components_), SystemFiles());
    ASSERT_EQ(FormatDiagnostics(loaded.errors), "");
    auto opened = Pipeline::Open(
        std::move(loaded.spec),
        {.components = components_, .clock = clock_, .files = SystemFiles(), .virtual_time = true});
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    pipeline_ = *std::move(opened);
    time_.emplace(clock_.Now(), [this](Timestamp now) { clock_.Set(now); });
    for (Task* task : pipeline_->Tasks()) time_->Add(*task);
  }
  void Close() {
    time_.reset();
    pipeline_.reset();
  }
  void PowerCut() {
    files_->Kill();
    Close();
    files_->Crash();
  }
  int64_t Stored() { return TakeReport(*pipeline_).jobs.front().terms.stored; }
  void ExpectDrainedAndAgreed() {
    pipeline_->Drain();
    for (int i = 0; i < 10 && !pipeline_->Drained(); ++i) ASSERT_TRUE(time_->Settle().ok());
    EXPECT_TRUE(pipeline_->Drained());
    EXPECT_TRUE(TakeReport(*pipeline_).Waiting().empty());
    EXPECT_EQ(TakeReport(*pipeline_).jobs.front().waiting, 0);
    EXPECT_TRUE(pipeline_->Audit(true)->ok);
  }

  TempDir dir_;
  ManualClock clock_;
  std::shared_ptr<FaultyFiles> files_ = std::make_shared<FaultyFiles>(rocksdb::FileSystem::Default());
  Components components_ = AllComponents();
  std::unique_ptr<Pipeline> pipeline_;
  std::optional<VirtualTime> time_;
};

TEST_F(PipelineFaults, AFailedSyncEndsTheProcessAndTheNextOneMissesNothing) {
  Open(Stream("a"));
  ASSERT_TRUE(time_->Advance(seconds(5)).ok());
  const int64_t before = Stored();
  files_->FailNth(FaultyFiles::Fault::sync, 1);
  EXPECT_EQ(time_->Advance(seconds(3)).code(), Code::fatal);
  PowerCut();
  Open(Stream("a"));
  ASSERT_TRUE(time_->Advance(seconds(5)).ok());
  EXPECT_GT(Stored(), before);
  ExpectDrainedAndAgreed();
}

TEST_F(PipelineFaults, AFullDiskIsAStateThatEndsByItself) {
  Open(Stream("a"));
  ASSERT_TRUE(time_->Advance(seconds(5)).ok());
  const int64_t before = Stored();
  files_->SetFull(true);
  ASSERT_TRUE(time_->Advance(seconds(5)).ok());
  EXPECT_THAT(TakeReport(*pipeline_).Waiting(), Contains(Pair("log", HasSubstr("space"))));
  EXPECT_GE(Stored(), before);
  files_->SetFull(false);
  ASSERT_TRUE(time_->Advance(seconds(20)).ok());
  EXPECT_GT(Stored(), before + 200) << "what was due meanwhile comes after it";
  ExpectDrainedAndAgreed();
}

TEST_F(PipelineFaults, AStreamThatLeftTheFileDoesNotFillTheLog) {
  Open(Stream("a") + Stream("b"));
  ASSERT_TRUE(time_->Advance(seconds(5)).ok());
  Close();
  Open(Stream("a"));
  ASSERT_TRUE(time_->Advance(seconds(5)).ok());
  const Ends ends = *pipeline_->log().EndsOf("b", 0);
  EXPECT_GT(ends.high, 0);
  EXPECT_EQ(ends.low, ends.high);
}

}  // namespace
}  // namespace sluice
