#include "config/names.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(ComponentName, IsLettersDigitsAndUnderscores) {
  for (const char* name : {"a", "readings", "per_minute_2"}) EXPECT_FALSE(CheckComponentName(name)) << name;
  EXPECT_FALSE(CheckComponentName(std::string(48, 'a')));
  for (const char* name : {"", "A", "1a", "_a", "a-b", "a.b", "ä", "readingS"})
    EXPECT_TRUE(CheckComponentName(name)) << name;
  EXPECT_TRUE(CheckComponentName(std::string(49, 'a')));
}

TEST(ComponentName, DoesNotStartWithSluice) {
  EXPECT_TRUE(CheckComponentName("sluice"));
  EXPECT_TRUE(CheckComponentName("sluice_key"));
  EXPECT_FALSE(CheckComponentName("my_sluice"));
}

TEST(FieldName, MayBeWhatDevicesSend) {
  for (const char* name : {"Temperature", "cpu-usage", "id device", "größe", "a.b", "2nd", "order"}) {
    EXPECT_FALSE(CheckFieldName(name, true)) << name;
  }
}

TEST(FieldName, IsNotWhatADatabaseCannotHold) {
  for (const char* name :
       {"", " a", "a ", "a\"b", "a'b", "f(x)", "a,b", "a;b", "a\nb", "\x7f", "\xff", "ctid", "XMIN"}) {
    EXPECT_TRUE(CheckFieldName(name, false)) << name;
  }
  EXPECT_TRUE(CheckFieldName(std::string(64, 'a'), false));
}

TEST(FieldName, IsNotASystemColumn) {
  for (const char* name : {"ingested_at", "Ingested_At", "_partition", "_position"}) {
    EXPECT_TRUE(CheckFieldName(name, false)) << name;
  }
}

TEST(FieldName, IsExtraOnlyWithoutKeep) {
  EXPECT_FALSE(CheckFieldName("extra", false));
  EXPECT_TRUE(CheckFieldName("extra", true));
}

}  // namespace
}  // namespace sluice
