#include "sources/delivery.h"

#include <gmock/gmock.h>

#include "sources/file/file_fixture.h"

namespace sluice {
namespace {

// A file system in which something happens whenever files are looked for: between two parts of a step.
class InterruptedFiles : public Files {
 public:
  explicit InterruptedFiles(std::function<void()> interrupt) : interrupt_(std::move(interrupt)) {}
  Result<std::unique_ptr<ReadableFile>> OpenForRead(const std::string& path) override {
    return SystemFiles().OpenForRead(path);
  }
  Result<std::unique_ptr<WritableFile>> OpenForWrite(const std::string& path) override {
    return SystemFiles().OpenForWrite(path);
  }
  Result<FileInfo> Info(const std::string& path) override { return SystemFiles().Info(path); }
  bool Exists(const std::string& path) override { return SystemFiles().Exists(path); }
  Result<std::vector<std::string>> List(const std::string& path) override { return SystemFiles().List(path); }
  Result<std::vector<std::string>> Glob(const std::string& pattern) override {
    interrupt_();
    return SystemFiles().Glob(pattern);
  }
  Status MakeDirectories(const std::string& path) override { return SystemFiles().MakeDirectories(path); }
  Status Rename(const std::string& from, const std::string& to) override {
    return SystemFiles().Rename(from, to);
  }
  Status Remove(const std::string& path) override { return SystemFiles().Remove(path); }
  Status SyncDirectory(const std::string& path) override { return SystemFiles().SyncDirectory(path); }

 private:
  const std::function<void()> interrupt_;
};

TEST_F(FileSourceTest, ACompletionInTheMiddleOfAStepMakesNoSecondOfferOfTheSameBatch) {
  InterruptedFiles files([&] { log_->Release(); });
  Intake intake(stream_, *log_, 1 << 20);
  const std::string path = dir_.Write("a.log", "1\n2\n");
  auto source = *FileSource::Make({.name = "ambient", .path = path, .follow = true}, intake,
                                  {.files = files, .make_decoder = make_decoder_});
  for (int step = 0; step < 20; ++step) {
    Append(path, std::to_string(step + 3) + "\n");
    source->Step(now_ += std::chrono::milliseconds(300));
    log_->Hold();
  }
  log_->Release();
  Run(*source, std::chrono::seconds(2));
  EXPECT_EQ(Brought().size(), 22U);
}

}  // namespace
}  // namespace sluice
