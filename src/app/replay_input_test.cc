#include "app/replay_input.h"

#include <cstdio>

#include <gmock/gmock.h>
#include <unistd.h>

#include "platform/files.h"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ReplayInputTest : public testing::Test {
 protected:
  ~ReplayInputTest() override { std::remove(path_.c_str()); }

  std::vector<std::string> Records(const std::string& ending, const std::string& content) {
    std::vector<std::string> texts;
    if (!Open(ending, content)) return {"refused"};
    for (ReplayRecord record; *input_->Next(&record);) {
      texts.push_back(record.text);
      times_.push_back(record.time);
    }
    return texts;
  }
  bool Open(const std::string& ending, const std::string& content) {
    path_ = testing::TempDir() + "replay_input_" + std::to_string(::getpid()) + ending;
    EXPECT_TRUE(ReplaceFile(SystemFiles(), path_, content).ok());
    auto input = ReplayInput::Open({.path = path_, .time_field = time_field_, .time_format = time_format_});
    if (input.ok()) input_ = *std::move(input);
    return input_ != nullptr;
  }

  std::string time_field_;
  std::string time_format_;
  std::string path_;
  std::unique_ptr<ReplayInput> input_;
  std::vector<std::optional<Timestamp>> times_;
};

TEST_F(ReplayInputTest, LinesAreRecordsAndBlankOnesAreNone) {
  EXPECT_THAT(Records(".ndjson", "{\"a\":1}\n\n  \r\n{\"a\":2}"), ElementsAre("{\"a\":1}\n", "{\"a\":2}\n"));
  EXPECT_EQ(input_->Share(), 1);
}

TEST_F(ReplayInputTest, CsvHasAHeaderAndQuotedLineEnds) {
  EXPECT_THAT(Records(".csv", "a,b\r\n1,\"x\ny\"\r\n2,z"), ElementsAre("1,\"x\ny\"\r\n", "2,z\n"));
  EXPECT_EQ(input_->Header(), "a,b\r\n");
}

TEST_F(ReplayInputTest, AStrayQuoteIsPassedOnForThePipelineToJudge) {
  EXPECT_THAT(Records(".csv", "a\nx\"y\n2\n"), ElementsAre("x\"y\n", "2\n"));
}

TEST_F(ReplayInputTest, AHeaderAloneHasNoRecords) { EXPECT_THAT(Records(".csv", "a,b\n"), IsEmpty()); }

TEST_F(ReplayInputTest, TimesAreReadWhereTheyAreAskedFor) {
  time_field_ = "t";
  Records(".csv", "v,t\n1,1970-01-01T00:00:01Z\n2,never\n");
  EXPECT_THAT(times_, ElementsAre(FromMicros(1'000'000), std::nullopt));
}

TEST_F(ReplayInputTest, TimesMayBeNumbers) {
  time_field_ = "t";
  time_format_ = "unix_ms";
  Records(".ndjson", "{\"t\":1500}\n{\"t\":\"2500\"}\n{}\n");
  EXPECT_THAT(times_, ElementsAre(FromMicros(1'500'000), FromMicros(2'500'000), std::nullopt));
}

TEST_F(ReplayInputTest, WhatCannotBeReplayedIsRefused) {
  EXPECT_FALSE(Open(".txt", "a"));
  EXPECT_FALSE(Open(".csv", ""));
  EXPECT_FALSE(Open(".parquet", "PAR1 no"));
  time_field_ = "t";
  EXPECT_FALSE(Open(".csv", "a\n1\n"));
}

}  // namespace
}  // namespace sluice
