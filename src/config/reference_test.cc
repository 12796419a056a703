#include "config/reference.h"

#include <gmock/gmock.h>

#include "config/test_kinds.h"

namespace sluice {
namespace {

using testing::HasSubstr;

std::string Reference() { return ConfigReferenceMarkdown(TestKinds()); }
std::string Schema() { return ConfigJsonSchema(TestKinds()); }

TEST(Reference, ListsEachOptionWithTypeDefaultAndMeaning) {
  EXPECT_THAT(
      Reference(),
      HasSubstr("| `memory` | size from \"64MiB\" | `\"512MiB\"` | what the process may hold in all |"));
  EXPECT_THAT(Reference(), HasSubstr("| `devices` | int from 1 to 1000 | `1` | how many devices |"));
  EXPECT_THAT(Reference(), HasSubstr("| `stream` | string | required |"));
  EXPECT_THAT(Reference(), HasSubstr("| `every` | duration |  | time between bursts |"));
  EXPECT_THAT(Reference(), HasSubstr("| `unknown` | `ignore`, `keep`, `reject` | `\"ignore\"` |"));
}

TEST(Reference, GoesIntoTables) {
  EXPECT_THAT(Reference(), HasSubstr("| `names.start` | string | `\"interval_start\"` |"));
  EXPECT_THAT(Reference(), HasSubstr("| `values.FIELD.walk.step` | number above 0 | `1` | largest change |"));
}

TEST(Reference, EscapesWhatWouldBreakATable) {
  EXPECT_THAT(Reference(), HasSubstr("readings a second \\| all devices"));
}

TEST(Reference, SaysThatASecretMayStandInAFile) {
  EXPECT_THAT(Reference(), HasSubstr("| `password` or `password_file` | secret |"));
}

TEST(Reference, MarksTheDefaultKind) {
  EXPECT_THAT(Reference(), HasSubstr("### `[log]` kind = \"embedded\" (the default)\n"));
  EXPECT_THAT(Reference(), HasSubstr("### `[log]` kind = \"kafka\"\n"));
}

TEST(Schema, DescribesEachOption) {
  EXPECT_THAT(Schema(), HasSubstr(R"("$schema": "https://json-schema.org/draft/2020-12/schema")"));
  EXPECT_THAT(Schema(), HasSubstr("\"type\": [\"integer\", \"string\"],\n            \"minimum\": 1,\n       "
                                  "     \"maximum\": 1024"));
  EXPECT_THAT(Schema(), HasSubstr(R"("default": "512MiB")"));
  EXPECT_THAT(Schema(), HasSubstr(R"("token_file")"));
}

}  // namespace
}  // namespace sluice
