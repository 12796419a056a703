// A source that dies at any step, with the append under way durable or not, is followed by one that brings in
// exactly the rest, whatever the pace, the growth and the cut of the chunks.
#include <numeric>

#include "platform/random.h"
#include "sources/file/file_fixture.h"

namespace sluice {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class FileCrashTest : public FileSourceTest {
 protected:
  // Writes, steps and dies at random; then lets a last process finish.
  void Live(uint64_t seed) {
    Random random(seed);
    spec_ = {.path = dir_.Write("f" + std::to_string(seed), ""), .follow = true};
    if (random.Below(2) == 0) spec_.speed = 20;
    source_ = Start(spec_);
    for (int step = 0; step < 400; ++step) {
      if (written_ < 3000 && random.Below(3) == 0) Write(static_cast<int>(random.Below(60)));
      if (random.Below(2) == 0) log_->Hold();
      source_->Step(now_ += milliseconds(random.Below(400)));
      Meet(random.Below(8));
    }
    log_->Release();
    Run(*source_, seconds(400));
  }

  void Write(int more) {
    Append(spec_.path, Lines(written_, written_ + more));
    written_ += more;
  }

  void Meet(uint64_t fate) {
    if (fate < 3) log_->Release();
    if (fate == 3) log_->DropHeld();  // died before the log had it
    if (fate == 3 || fate == 4) source_ = Start(spec_);
    if (fate == 4) log_->Release();  // durable, and nobody heard of it
  }

  void Forget() {
    source_.reset();
    log_ = std::make_unique<FakeLog>();
    intakes_.clear();
    written_ = 0;
  }

  FileSourceSpec spec_;
  std::unique_ptr<FileSource> source_;
  int written_ = 0;
};

TEST_F(FileCrashTest, NothingIsLostOrTwiceAfterACrashAtAnyStep) {
  for (uint64_t seed = 1; seed <= 200; ++seed, Forget()) {
    Live(seed);
    std::vector<double> values(static_cast<size_t>(written_));
    std::iota(values.begin(), values.end(), 0.0);
    ASSERT_EQ(Brought(), values) << "seed " << seed << ": " << source_->Health().message();
    for (double& line : values) ++line;
    ASSERT_EQ(Brought(3), values) << "seed " << seed << ": the decoder's state did not come along";
  }
}

}  // namespace
}  // namespace sluice
