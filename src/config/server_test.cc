#include "config/server.h"

#include <gmock/gmock.h>

#include "config/test_kinds.h"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

bool Loopback(const char* text) { return ParseListen(text)->IsLoopback(); }

TEST(ListenAddress, IsHostAndPort) {
  EXPECT_EQ(ParseListen("127.0.0.1:8080")->host, "127.0.0.1");
  EXPECT_EQ(ParseListen("[::1]:0")->host, "::1");
  EXPECT_EQ(ParseListen("example.org:65535")->port, 65535);
  for (const char* text :
       {"", ":80", "8080", "a:", "a:65536", "a:-1", "a:80x", "::1:80", "a b:80", "[::1]", "http://a:80"}) {
    EXPECT_FALSE(ParseListen(text).ok()) << text;
  }
}

TEST(ListenAddress, KnowsLoopback) {
  for (const char* text : {"127.0.0.1:1", "127.9.9.9:1", "localhost:1", "[::1]:1"})
    EXPECT_TRUE(Loopback(text)) << text;
  for (const char* text : {"0.0.0.0:1", "10.0.0.1:1", "[::]:1", "127.evil.com:1"})
    EXPECT_FALSE(Loopback(text)) << text;
}

TEST(Server, ListensOnLoopbackByDefault) {
  EXPECT_EQ(Load(kPlant).spec.server.listen, "127.0.0.1:8080");
  EXPECT_FALSE(Load(kPlant).spec.server.insecure);
}

TEST(Server, IsOpenToOthersOnlyWhenTheFileSaysSo) {
  EXPECT_THAT(Errors(kPlant + "[server]\nlisten = \"0.0.0.0:80\""),
              ElementsAre("12:10 0.0.0.0:80 can be reached from other machines, without tokens or TLS"));
  EXPECT_THAT(Errors(kPlant + "[server]\nlisten = \"0.0.0.0:80\"\ninsecure = true"), ElementsAre());
}

TEST(Server, JudgesNothingByAFaultyWordOfInsecurity) {
  EXPECT_THAT(Errors(kPlant + "[server]\nlisten = \"0.0.0.0:80\"\ninsecure = \"yes\""),
              ElementsAre("13:12 `insecure` must be true or false, not 'yes'"));
}

TEST(Server, RefusesWhatIsNoAddress) {
  EXPECT_THAT(Errors(kPlant + "[server]\nlisten = \"8080\""),
              ElementsAre(StartsWith("12:10 '8080' is not an address")));
}

TEST(Server, SuggestsTheKeyThatWasMeant) {
  EXPECT_THAT(Errors(kPlant + "[server]\nlistn = \"127.0.0.1:1\""),
              ElementsAre("12:1 unknown key `listn`, did you mean `listen`?"));
}

}  // namespace
}  // namespace sluice
