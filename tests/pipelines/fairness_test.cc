// A job that is behind on several partitions: none of them waits for another to be done.
#include <gtest/gtest.h>

#include "engine/job.h"
#include "log/embedded/embedded_log.h"
#include "log/partitioner.h"
#include "testing/fake_sink.h"
#include "testing/manual_clock.h"
#include "testing/streams.h"
#include "testing/temp_dir.h"

namespace sluice {
namespace {

std::string SensorIn(PartitionId partition) {
  for (int i = 0;; ++i) {
    const std::string sensor = "sensor-" + std::to_string(i);
    if (PartitionOf(sensor, 2) == partition) return sensor;
  }
}

TEST(JobFairness, ABusyPartitionDoesNotHoldUpTheOthers) {
  const ManualClock clock;
  const TempDir dir;
  auto opened = OpenEmbeddedLog({.directory = dir / "log", .background = false, .clock = &clock});
  ASSERT_TRUE(opened.ok()) << opened.status().message();
  const auto log = *std::move(opened);
  const StreamSpec stream = ReadingsStream(2);
  ASSERT_TRUE(log->Declare(stream).ok());
  const auto append = [&](PartitionId partition) {
    return log->Append("readings", CountingBatch(5, SensorIn(partition)), {}, [](AppendOutcome) {});
  };
  FakeSink sink;
  Job job("store.readings", stream, *log, sink, {.flush_rows = 1});
  ASSERT_TRUE(append(1).ok());
  for (int step = 0; step < 2; ++step) {
    ASSERT_TRUE(append(0).ok());
    ASSERT_TRUE(job.Step(clock.Now()).progress);
  }
  EXPECT_GT(job.Positions().at({"store.readings", "readings", 1}).next, 0);
}

}  // namespace
}  // namespace sluice
