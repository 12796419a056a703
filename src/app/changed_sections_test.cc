#include "app/changed_sections.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ChangedSections, AreNamed) {
  const char* before = "memory = \"1GiB\"\n[stream.a]\nkey = \"id\"\n[source.s]\nrate = 1\n";
  EXPECT_THAT(ChangedSections(before, "memory = \"2GiB\"\n[stream.a]\nkey = \"id\"\n[source.t]\nrate = 1\n"),
              ElementsAre("source.s", "source.t", "the settings"));
}

TEST(ChangedSections, CommentsBlanksAndOrderDoNotCount) {
  EXPECT_THAT(ChangedSections("[a]\nx = 1\n[b]\n", "# new\n[b]\n\n[a]\r\n  x = 1  \r\n"), IsEmpty());
}

}  // namespace
}  // namespace sluice
