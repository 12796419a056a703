#include "app/instance.h"

#include <memory>

#include <gtest/gtest.h>

#include "testing/temp_dir.h"

namespace sluice {
namespace {

TEST(InstanceNameTest, SeveralOfARoleHaveNumbersAndWhoFollowsOneIsCalledAsIt) {
  const TempDir locks;
  const auto called = [&](const char* role) { return std::make_unique<InstanceName>(role, locks.path()); };
  auto first = called("jobs");
  const std::string host = first->text();
  const auto second = called("jobs");
  EXPECT_EQ(second->text(), host + "-2");
  EXPECT_EQ(called("jobs")->text(), host + "-3");
  EXPECT_EQ(called("sources")->text(), host) << "another role";
  first.reset();
  EXPECT_EQ(called("jobs")->text(), host);
}

TEST(InstanceNameTest, IsTheHostsWhereNothingCanBeLocked) {
  const TempDir locks;
  const std::string host = InstanceName("jobs", locks.path()).text();
  EXPECT_EQ(InstanceName("jobs", locks / "missing").text(), host);
}

}  // namespace
}  // namespace sluice
