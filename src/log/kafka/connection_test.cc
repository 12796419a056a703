#include "log/kafka/connection.h"

#include <gmock/gmock.h>

#include "config/load.h"
#include "log/kafka/kind.h"

namespace sluice::kafka {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Pair;

Connection ByIam(const std::string& brokers, const std::string& region = "") {
  Connection connection;
  connection.brokers = brokers;
  connection.security = Security::aws_iam;
  connection.region = region;
  return connection;
}

Environment With(const std::string& name, const std::string& value) {
  return Environment(std::map<std::string, std::string, std::less<>>{{name, value}});
}

const Environment kIreland = With("AWS_REGION", "eu-west-1");
constexpr const char* kFrankfurt = "b-1.plant.x1.c2.kafka.eu-central-1.amazonaws.com:9098";

TEST(Region, IsTheOneInTheBrokersOwnNames) {
  EXPECT_EQ(RegionOf(ByIam(kFrankfurt), kIreland), "eu-central-1");
  EXPECT_EQ(RegionOf(ByIam("gate:9098,b-2.x.kafka.us-east-2.amazonaws.com"), {}), "us-east-2");
  EXPECT_EQ(RegionOf(ByIam("boot-x.c1.kafka-serverless.us-east-1.amazonaws.com:9098"), {}), "us-east-1");
  EXPECT_EQ(RegionOf(ByIam("b-1.x.kafka.cn-north-1.amazonaws.com.cn:9098"), {}), "cn-north-1");
}

TEST(Region, IsNotReadFromNamesThatOnlyLookAlike) {
  EXPECT_EQ(RegionOf(ByIam("b-1.kafka.eu-west-1.amazonaws.com.example.org:9098"), {}), "");
  EXPECT_EQ(RegionOf(ByIam("kafka.example.com:9098"), {}), "");
}

TEST(Region, IsAsConfiguredBeforeAnythingElse) {
  EXPECT_EQ(RegionOf(ByIam(kFrankfurt, "us-west-2"), kIreland), "us-west-2");
}

TEST(Region, IsThatOfTheProcessWhenNamesHoldNone) {
  EXPECT_EQ(RegionOf(ByIam("gate:9098"), kIreland), "eu-west-1");
  EXPECT_EQ(RegionOf(ByIam("gate:9098"), With("AWS_DEFAULT_REGION", "eu-north-1")), "eu-north-1");
}

TEST(ConnectionByIam, IsTlsWithATokenForTheRegion) {
  EXPECT_THAT(SettingsOf(ByIam(kFrankfurt)),
              IsSupersetOf({Pair("security.protocol", "sasl_ssl"), Pair("sasl.mechanism", "OAUTHBEARER"),
                            Pair("sasl.oauthbearer.config", "eu-central-1")}));
}

// The errors of a pipeline file whose [log] is on Kafka with these lines.
std::vector<std::string> Errors(const std::string& lines) {
  const std::string text =
      "[stream.a]\ntime = \"t\"\nfields = { t = \"timestamp\" }\n[source.b]\nkind = \"door\"\nstream = "
      "\"a\"\n[log]\nkind = \"kafka\"\n" +
      lines;
  const ComponentKind door{.name = "door", .options = OptionTable<Connection>()};
  const ComponentKinds kinds{.sources = {door}, .logs = {KafkaLogKind().facts}};
  std::vector<std::string> found;
  for (const Diagnostic& error : ParsePipeline(text, "p.toml", {}, kinds, SystemFiles()).errors) {
    found.push_back(error.message);
  }
  return found;
}

TEST(ConnectionByIam, NeedsARegion) {
  unsetenv("AWS_REGION");
  unsetenv("AWS_DEFAULT_REGION");
  EXPECT_THAT(Errors("security = \"aws-iam\"\nbrokers = \"gate:9098\""),
              ElementsAre(HasSubstr("needs the AWS region of the cluster")));
  EXPECT_THAT(Errors("security = \"aws-iam\"\nregion = \"Ireland!\""),
              ElementsAre(HasSubstr("'Ireland!' is no AWS region")));
  EXPECT_THAT(Errors("security = \"aws-iam\"\nregion = \"eu-west-1\""), IsEmpty());
}

TEST(ConnectionByIam, TakesNoPasswordAndLeavesTheRegionToItself) {
  EXPECT_THAT(Errors("security = \"aws-iam\"\nregion = \"eu-west-1\"\nusername = \"u\""),
              ElementsAre(HasSubstr("a username is only used with")));
  EXPECT_THAT(Errors("security = \"tls\"\nregion = \"eu-west-1\""),
              ElementsAre(HasSubstr("a region is only used with")));
}

}  // namespace
}  // namespace sluice::kafka
