#include "app/roles.h"

#include <gmock/gmock.h>

namespace sluice {
namespace {

using testing::HasSubstr;

PipelineSpec Plant() {
  PipelineSpec spec;
  spec.streams.emplace_back().name = "readings";
  for (const char* name : {"devices", "past"}) {
    ComponentSpec& source = spec.sources.emplace_back();
    source.section = "source";
    source.name = name;
  }
  spec.log.kind = "kafka";
  spec.store.kind = "postgres";
  return spec;
}

constexpr SharedParts kCluster = {.log = true, .store = true};

TEST(Roles, AreAllUnlessSomeAreAskedFor) {
  const Roles roles = *ParseRoles({}, Plant(), {});
  EXPECT_TRUE(roles.All() && roles.UseStore() && roles.Run("source.past") && roles.Run("store.readings"));
  EXPECT_EQ(roles.Text(), "all");
}

TEST(Roles, OfSourcesNeedNoStore) {
  const Roles roles = *ParseRoles({"sources"}, Plant(), kCluster);
  EXPECT_TRUE(roles.Run("source.devices") && roles.Run("source.past"));
  EXPECT_FALSE(roles.Run("store.readings") || roles.UseStore() || roles.api);
}

TEST(Roles, MayBeSingleComponents) {
  const Roles roles = *ParseRoles({"source.past", "jobs"}, Plant(), kCluster);
  EXPECT_TRUE(roles.Run("source.past") && roles.Run("store.readings") && roles.UseStore());
  EXPECT_FALSE(roles.Run("source.devices") || roles.api);
  EXPECT_EQ(roles.Text(), "source.past,jobs");
}

TEST(Roles, ThatAreUnknownAreRefusedWithThoseThatExist) {
  EXPECT_THAT(ParseRoles({"source.pats"}, Plant(), kCluster).status().message(),
              HasSubstr("sources, jobs, api, source.devices, source.past, store.readings"));
}

TEST(Roles, ApartNeedPartsThatProcessesShare) {
  EXPECT_THAT(ParseRoles({"sources"}, Plant(), {}).status().message(), HasSubstr("belongs to one process"));
  const SharedParts log_only = {.log = true};
  EXPECT_TRUE(ParseRoles({"sources"}, Plant(), log_only).ok());
  EXPECT_TRUE(ParseRoles({"jobs", "api"}, Plant(), log_only).ok());
  EXPECT_THAT(ParseRoles({"api"}, Plant(), log_only).status().message(), HasSubstr("--only jobs,api"));
  EXPECT_FALSE(ParseRoles({"store.readings"}, Plant(), log_only).ok());
}

}  // namespace
}  // namespace sluice
