// The contract of a source (src/engine/source.h), as tests that every kind in AllComponents() passes. A kind
// joins with a SourceRig in source_test.cc: how its sender gives it readings and what tells the sender that
// they are taken. The log is a fake one that keeps, fails and refuses appends as a test says.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "app/components.h"
#include "testing/fake_log.h"
#include "testing/manual_clock.h"
#include "testing/temp_dir.h"

namespace sluice {

// The sender of one kind of source; it outlives the source's processes and gives kReadings readings.
class SourceRig {
 public:
  static constexpr int64_t kReadings = 40;
  virtual ~SourceRig() = default;
  // The source's own lines in the pipeline file.
  virtual std::string Options(const TempDir& directory) = 0;
  // A process with this router has started; what the one before it left unanswered is to be sent again.
  virtual void Connect(http::Router&) {}
  // Sends what is to be sent, and again what was refused.
  virtual void Send() {}
  // The sender has been told that all readings are taken.
  virtual bool Acknowledged(const Source& source) const {
    return source.Finished() && source.Progress() != 0;
  }
  // Whether the source itself says why it waits, rather than its sender hearing it.
  virtual bool ShowsWaiting() const { return true; }
};

struct SourceCase {
  std::string kind;
  std::function<std::unique_ptr<SourceRig>()> make_rig;
};

class SourceContract : public testing::TestWithParam<SourceCase> {
 protected:
  // One life of the program, as far as the source goes.
  struct Process {
    std::unique_ptr<http::Router> router;
    std::unique_ptr<Intake> intake;
    std::unique_ptr<Source> source;
  };

  void SetUp() override {
    rig_ = GetParam().make_rig();
    Load();
    Start();
  }

  void Load() {
    const std::string text =
        "[stream.readings]\nkey = \"sensor_id\"\ntime = \"timestamp\"\nfields = { sensor_id = \"string\", "
        "timestamp = "
        "\"timestamp\", "
        "temperature = \"double\", humidity = \"double\" }\n[source.a]\nstream = \"readings\"\nkind = \"" +
        GetParam().kind + "\"\n" + rig_->Options(directory_);
    auto loaded = ParsePipeline(text, directory_ / "pipeline.toml", Environment(), KindsOf(AllComponents()),
                                SystemFiles());
    ASSERT_EQ(FormatDiagnostics(loaded.errors), "");
    spec_ = std::make_unique<PipelineSpec>(std::move(loaded.spec));
  }

  // Starts it anew. A process before it is dead, but what it has under way may still come back to it.
  void Start() {
    Process process{.router = std::make_unique<http::Router>()};
    process.intake = std::make_unique<Intake>(spec_->streams.at(0), log_, 16 << 20);
    for (const SourceKind& kind : AllComponents().sources) {
      if (kind.facts.name != GetParam().kind) continue;
      auto made = kind.make(
          spec_->sources.at(0),
          {.intake = *process.intake, .router = *process.router, .clock = clock_, .files = SystemFiles()});
      ASSERT_TRUE(made.ok()) << made.status().message();
      process.source = *std::move(made);
    }
    processes_.push_back(std::move(process));
    rig_->Connect(*processes_.back().router);
  }

  Source& source() { return *processes_.back().source; }

  void StepOnce() {
    rig_->Send();
    source().Step(clock_.Now());
    clock_.Advance(std::chrono::milliseconds(20));
  }
  void Run(int steps = 400) {
    for (int step = 0; step < steps; ++step) StepOnce();
  }
  int64_t Taken() { return log_.Count("readings"); }
  bool Acknowledged() { return rig_->Acknowledged(source()); }

  static constexpr int64_t kAll = SourceRig::kReadings;
  const TempDir directory_;
  ManualClock clock_;
  FakeLog log_;
  std::unique_ptr<SourceRig> rig_;
  std::unique_ptr<PipelineSpec> spec_;
  std::vector<Process> processes_;
};

TEST_P(SourceContract, BringsInEveryReadingOnceAndTellsItsSender) {
  Run();
  EXPECT_TRUE(Acknowledged());
  EXPECT_EQ(Taken(), kAll);
  EXPECT_TRUE(source().Health().ok()) << source().Health().message();
  EXPECT_EQ(source().Name(), "source.a");
}

TEST_P(SourceContract, AcknowledgesOnlyWhatIsDurable) {
  log_.Hold();
  Run();
  EXPECT_GT(log_.Held(), 0U);
  EXPECT_FALSE(Acknowledged());
  EXPECT_FALSE(source().Finished());
  log_.Release();
  Run();
  EXPECT_TRUE(Acknowledged());
  EXPECT_EQ(Taken(), kAll);
}

TEST_P(SourceContract, KeepsWhatAFullLogDoesNotTakeAndGoesOnByItself) {
  log_.SetFull(true);
  Run();
  EXPECT_FALSE(Acknowledged());
  if (rig_->ShowsWaiting()) {
    EXPECT_EQ(source().Health().code(), Code::retry);
  }
  log_.SetFull(false);
  Run();
  EXPECT_TRUE(Acknowledged());
  EXPECT_EQ(Taken(), kAll);
  EXPECT_TRUE(source().Health().ok()) << source().Health().message();
}

TEST_P(SourceContract, MakesAFailedAppendAgain) {
  log_.FailNext(Status::Retry("disk full"));
  Run(3);
  if (rig_->ShowsWaiting()) {
    EXPECT_THAT(source().Health().message(), testing::HasSubstr("disk full"));
  }
  EXPECT_FALSE(Acknowledged());
  Run();
  EXPECT_TRUE(Acknowledged());
  EXPECT_EQ(Taken(), kAll);
  EXPECT_TRUE(source().Health().ok());
}

TEST_P(SourceContract, WaitsForALogThatAnswersNoClaims) {
  log_.RefuseClaims(true);
  Run(20);
  log_.RefuseClaims(false);
  Run();
  EXPECT_TRUE(Acknowledged());
  EXPECT_EQ(Taken(), kAll);
}

TEST_P(SourceContract, DrainsWhatIsUnderWayAndTakesNothingNew) {
  log_.Hold();
  StepOnce();
  StepOnce();
  EXPECT_FALSE(source().Drained());
  source().Drain();
  EXPECT_FALSE(source().Drained());
  log_.Release();
  EXPECT_TRUE(source().Drained());
  const int64_t taken = Taken();
  Run(20);
  EXPECT_EQ(Taken(), taken);
}

// A process dies at every step, with its append lost, durable but unheard of, or heard of; the next one
// brings in exactly the rest.
TEST_P(SourceContract, BringsInExactlyTheRestAfterACrashAtAnyStep) {
  for (int life = 0; life < 30; ++life) {
    if (life % 3 != 2) log_.Hold();
    Run(1 + life % 4);
    if (life % 3 == 0) log_.DropHeld();
    Start();
    log_.Release();
  }
  Run();
  EXPECT_TRUE(Acknowledged());
  EXPECT_EQ(Taken(), kAll);
}

TEST_P(SourceContract, AStepThatMayBeGoneOnWithIsNeverInThePastWithoutProgress) {
  Run();
  for (int step = 0; step < 5; ++step) {
    const StepResult result = source().Step(clock_.Now());
    EXPECT_TRUE(result.fatal.ok());
    EXPECT_TRUE(result.progress || result.again > clock_.Now()) << "it would spin";
  }
}

}  // namespace sluice
