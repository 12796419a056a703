#include "telemetry/events.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

constexpr std::string_view kTime = "2025-10-15T12:00:00.000000Z";

TEST(EventLine, IsOneJsonObjectForMachines) {
  const EventOptions options{.format = EventFormat::json, .role = "jobs"};
  EXPECT_EQ(
      EventLine(options, kTime, Level::warn, "store.readings", "waits", {{"for", "the \"disk\""}}),
      R"({"time":"2025-10-15T12:00:00.000000Z","level":"warn","role":"jobs","component":"store.readings",)"
      R"("message":"waits","for":"the \"disk\""})");
}

TEST(EventLine, IsOneLineForPeople) {
  EXPECT_EQ(EventLine({}, kTime, Level::info, "log", "opened", {{"id", "7"}}),
            "2025-10-15T12:00:00.000000Z info  log: opened id=\"7\"");
}

TEST(EventLine, CannotBeForgedByInputFromOutside) {
  const std::string line = EventLine({}, kTime, Level::info, "http", "bad path\nerror: fake\x1b[31m", {});
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace sluice
