#include "sources/file/file_source.h"

#include <sys/stat.h>
#include <unistd.h>

#include "sources/file/file_fixture.h"

namespace sluice {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

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
  ASSERT_EQ(Dead().size(), 1U);
  EXPECT_EQ(Dead()[0].at, 1);
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
  EXPECT_TRUE(source->Ended());
}

TEST_F(FileSourceTest, ACompressedFileThatAPatternMeetsIsRefused) {
  dir_.Write("a.csv", "1\n");
  dir_.Write("b.csv.gz", "2\n");
  const auto source = Start({.path = dir_ / "*"});
  Run(*source, seconds(3));
  EXPECT_THAT(Brought(), ElementsAre(1));
  EXPECT_TRUE(source->Ended());
  EXPECT_THAT(source->Health().message(), HasSubstr("b.csv.gz: is compressed; unpack it first"));
}

TEST_F(FileSourceTest, APipeIsNotWaitedForButRefused) {
  ASSERT_EQ(::mkfifo((dir_ / "pipe").c_str(), 0600), 0);
  for (const bool sorted : {false, true}) {
    const auto source = Start({.path = dir_ / "pipe", .sort_by_time = sorted});
    Run(*source);
    EXPECT_THAT(source->Health().message(), HasSubstr("is a pipe or a device"));
    EXPECT_TRUE(source->Ended());
  }
}

TEST_F(FileSourceTest, AFileThatCannotBeReadIsTriedAgainAndHoldsUpNobody) {
  dir_.Write("a.csv", "1\n");
  dir_.Write("b.parquet", "no footer");
  const auto source = Start({.path = dir_ / "*"});
  Run(*source, seconds(3));
  EXPECT_THAT(Brought(), ElementsAre(1));
  EXPECT_FALSE(source->Finished());
  EXPECT_TRUE(source->Ended());
  EXPECT_THAT(source->Health().message(), HasSubstr("b.parquet"));
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
  EXPECT_EQ(Count(), 6);
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
  EXPECT_THAT(log_->Steps(), IsEmpty());
}

TEST_F(FileSourceTest, AFullLogKeepsTheBatch) {
  const auto source = Start({.path = dir_.Write("a.csv", "1\n2\n")});
  log_->SetFull(true);
  Run(*source, seconds(1));
  EXPECT_EQ(source->Health().code(), Code::retry);
  log_->SetFull(false);
  Run(*source, seconds(1));
  EXPECT_THAT(Brought(), ElementsAre(1, 2));
  EXPECT_TRUE(source->Health().ok());
}

TEST_F(FileSourceTest, DrainWaitsForTheAppendUnderWay) {
  log_->Hold();
  const auto source = Start({.path = dir_.Write("a.csv", "1\n")});
  source->Step(now_);
  source->Drain();
  EXPECT_FALSE(source->Drained());
  log_->Release();
  EXPECT_TRUE(source->Drained());
}

TEST_F(FileSourceTest, OptionsThatContradictEachOtherAreRefused) {
  Intake intake(stream_, *log_, 1 << 20);
  for (const FileSourceSpec& spec : {FileSourceSpec{.name = "a", .path = ""},
                                     {.name = "a", .path = "-", .repeat = true},
                                     {.name = "a", .path = "-", .follow = true},
                                     {.name = "a", .path = "x", .sort_by_time = true, .follow = true},
                                     {.name = "a", .path = "x", .repeat = true, .follow = true},
                                     {.name = "a", .path = "x.parquet", .follow = true}}) {
    const auto source = FileSource::Make(spec, intake, Parts());
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
