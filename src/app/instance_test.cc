#include "app/instance.h"

#include <filesystem>
#include <memory>

#include <gtest/gtest.h>

#include "testing/temp_dir.h"

namespace sluice {
namespace {

TEST(InstanceNameTest, SeveralOfARoleHaveNumbersAndWhoFollowsOneIsCalledAsIt) {
  const TempDir locks;
  const auto called = [&](const char* file, const char* role) {
    return std::make_unique<InstanceName>(file, role, locks.path());
  };
  auto first = called("p.toml", "jobs");
  const std::string host = first->text();
  const auto second = called("./p.toml", "jobs");
  EXPECT_EQ(second->text(), host + "-2");
  EXPECT_EQ(called("p.toml", "jobs")->text(), host + "-3");
  EXPECT_EQ(called("p.toml", "sources")->text(), host) << "another role";
  EXPECT_EQ(called("q.toml", "jobs")->text(), host) << "another pipeline";
  first.reset();
  EXPECT_EQ(called("p.toml", "jobs")->text(), host);
}

TEST(InstanceNameTest, IsTheHostsWhereNothingCanBeLocked) {
  const TempDir locks;
  const std::string host = InstanceName("p.toml", "jobs", locks.path()).text();
  EXPECT_EQ(InstanceName("p.toml", "jobs", locks / "missing").text(), host);
}

}  // namespace
}  // namespace sluice
