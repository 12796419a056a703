#include "app/components.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "sources/http/kind.h"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

struct Nothing {};

// "line:col message" of each error; `lines` are those of an http source, from line 7 on.
std::vector<std::string> Errors(const std::string& lines) {
  const std::string text = R"([stream.m]
time = "t"
fields = { t = "timestamp", at = "timestamp", v = "double", k = "string" }
[source.a]
kind = "http"
stream = "m"
)" + lines;
  ComponentKinds kinds = KindsOf({.sources = {HttpKind()}});
  kinds.logs = kinds.stores = {{.name = "x", .sentence = "", .options = OptionTable<Nothing>()}};
  std::vector<std::string> errors;
  for (const Diagnostic& d : ParsePipeline(text, "p.toml", Environment(), kinds, SystemFiles()).errors)
    errors.push_back(fmt::format("{}:{} {}", d.line, d.col, d.message));
  return errors;
}

TEST(KindsOf, TellsEveryFaultOfAnInputAtItsOwnKey) {
  EXPECT_THAT(
      Errors("time_format = \"%Q\"\ntime_zone = \"Mars/X\"\nset = { v = \"abc\" }\n"
             "map = { t = \"a..b\", k = \"\" }"),
      ElementsAre(StartsWith("7:15 time_format '%Q'"), StartsWith("8:13 "),
                  "9:13 set: field 'v': 'abc' is not a number", StartsWith("10:13 map.t: 'a..b' is no path"),
                  StartsWith("10:25 map.k: '' is no path")));
}

TEST(KindsOf, ReadsAConstantTimeAsTheSourceWritesItsTimes) {
  EXPECT_THAT(Errors("time_format = \"%d.%m.%Y\"\nset = { at = \"15.10.2025\" }"), ElementsAre());
  EXPECT_THAT(Errors("set = { at = \"15.10.2025\" }"), ElementsAre(StartsWith("7:14 set: field 'at'")));
  EXPECT_THAT(Errors("time_format = \"%Q\"\nset = { at = \"15.10.2025\" }"),
              ElementsAre(StartsWith("7:15 time_format")));
}

}  // namespace
}  // namespace sluice
