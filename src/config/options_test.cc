#include "config/options.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "config/toml.h"
#include "testing/temp_dir.h"

namespace sluice {
namespace {

enum class Mode { fast, slow };

struct Inner {
  int n = 3;
};

struct Spec {
  bool flag = false;
  int small = 1;
  int64_t big = 2;
  double ratio = 0.5;
  std::string word = "w";
  std::string path = "data";
  Duration every = std::chrono::seconds(10);
  ByteSize size = MiB(8);
  std::optional<Timestamp> since;
  std::optional<int> maybe;
  Mode mode = Mode::fast;
  std::optional<Mode> mood;
  std::vector<std::string> list;
  std::map<std::string, std::string> map;
  Secret token;
  Inner inner;
  std::optional<Inner> extra;
  std::string order;
};

void ReadOrder(const Node& node, Spec& spec, OptionContext&) {
  for (const Node::Entry& entry : node.entries)
    spec.order += fmt::format("{}@{} ", entry.key, entry.place.line);
}

OptionSet InnerOptions() {
  return OptionTable<Inner>().Add("n", &Inner::n, "a number", {.min = 1, .max = 9});
}

OptionSet Options() {
  return OptionTable<Spec>()
      .Add("flag", &Spec::flag, "a flag")
      .Add("small", &Spec::small, "a small number", {.min = 0})
      .Add("big", &Spec::big, "a big number")
      .Add("ratio", &Spec::ratio, "a ratio", {.above = 0.0})
      .Add("word", &Spec::word, "a word")
      .AddPath("path", &Spec::path, "a path")
      .Add("every", &Spec::every, "a span", {.min = std::chrono::seconds(1)})
      .Add("size", &Spec::size, "a size", {.max = GiB(1)})
      .Add("since", &Spec::since, "a time")
      .Add("maybe", &Spec::maybe, "perhaps", {.max = 5})
      .AddChoice("mode", &Spec::mode, {{"fast", Mode::fast}, {"slow", Mode::slow}}, "a mode")
      .AddChoice("mood", &Spec::mood, {{"fast", Mode::fast}, {"slow", Mode::slow}}, "a mood")
      .Add("list", &Spec::list, "a list")
      .Add("map", &Spec::map, "a map")
      .Add("token", &Spec::token, "a secret")
      .AddTable("inner", &Spec::inner, InnerOptions(), "a table")
      .AddTable("extra", &Spec::extra, InnerOptions(), "a table that may be missing")
      .AddCustom("order", "table", &ReadOrder, "whatever")
      .Check([](const Spec& spec, Faults& faults) {
        if (spec.small > 100) faults.Add("inner.n", "too small for that", "");
      });
}

struct Outcome {
  Spec spec;
  std::vector<std::string> errors;
};

Outcome Read(const std::string& text, const OptionSet& options = Options(),
             const std::string& folder = "/plant") {
  Findings findings("p");
  const auto root = ReadToml(text, Environment(), findings);
  OptionContext context{findings, folder, SystemFiles()};
  Outcome outcome;
  if (root) outcome.spec = std::any_cast<Spec>(options.Read(*root, {1, 1}, context));
  for (const Diagnostic& d : findings.Take()) {
    outcome.errors.push_back(fmt::format("{}:{} {}", d.line, d.col, d.message));
  }
  return outcome;
}

Spec Good(const std::string& text) {
  const Outcome outcome = Read(text);
  EXPECT_EQ(outcome.errors, std::vector<std::string>()) << text;
  return outcome.spec;
}

std::string Error(const std::string& text) {
  const Outcome outcome = Read(text);
  EXPECT_EQ(outcome.errors.size(), 1u) << text;
  return outcome.errors.empty() ? "" : outcome.errors.front();
}

TEST(Options, HaveTheDefaultsOfTheSpec) {
  const Spec spec = Good("");
  EXPECT_EQ(spec.every, std::chrono::seconds(10));
  EXPECT_FALSE(spec.maybe.has_value());
  EXPECT_FALSE(spec.extra.has_value());
}

TEST(Options, ReadEachType) {
  const Spec spec =
      Good("flag = true\nsmall = 7\nbig = 9223372036854775807\nratio = 2\nword = \"x\"\nmaybe = 5");
  EXPECT_TRUE(spec.flag);
  EXPECT_EQ(spec.small, 7);
  EXPECT_EQ(spec.big, std::numeric_limits<int64_t>::max());
  EXPECT_EQ(spec.ratio, 2);
  EXPECT_EQ(spec.maybe, 5);
}

TEST(Options, ReadSpansSizesTimesAndWords) {
  const Spec spec = Good(
      "every = \"1h\"\nsize = \"64KiB\"\nsince = 2025-10-15T12:00:00Z\nmode = \"slow\"\nmood = \"fast\"");
  EXPECT_EQ(spec.every, std::chrono::hours(1));
  EXPECT_EQ(spec.size, KiB(64));
  EXPECT_EQ(FormatRfc3339(*spec.since), "2025-10-15T12:00:00Z");
  EXPECT_EQ(spec.mode, Mode::slow);
  EXPECT_EQ(spec.mood, Mode::fast);
}

TEST(Options, TakeAnyScalarAsAString) {
  const Spec spec = Good(
      "flag = \"true\"\nsmall = \"7\"\nratio = \"+0.25\"\nsince = \"2025-10-15 12:00:00\"\nsize = \"100\"");
  EXPECT_TRUE(spec.flag);
  EXPECT_EQ(spec.small, 7);
  EXPECT_EQ(spec.ratio, 0.25);
  EXPECT_EQ(spec.size.bytes, 100);
}

TEST(Options, ReadListsMapsAndTables) {
  const Spec spec = Good("list = [\"a\", \"b\"]\nmap = { x = \"1\", y = 2.5 }\ninner.n = 4\n[extra]\nn = 5");
  EXPECT_EQ(spec.list, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(spec.map.at("y"), "2.5");
  EXPECT_EQ(spec.inner.n, 4);
  EXPECT_EQ(spec.extra->n, 5);
}

TEST(Options, GiveCustomParsersTheOrderAndThePlaces) {
  EXPECT_EQ(Good("order.z = 1\norder.a = 2\n").order, "z@1 a@2 ");
}

TEST(Options, RefuseWhatIsNotOfTheirType) {
  EXPECT_EQ(Error("flag = 1"), "1:8 `flag` must be true or false, not '1'");
  EXPECT_EQ(Error("small = 1.5"), "1:9 `small` must be a whole number, not '1.5'");
  EXPECT_EQ(Error("small = \"2147483648\""), "1:9 `small` must be a whole number, not '2147483648'");
  EXPECT_EQ(Error("ratio = nan"), "1:9 `ratio` must be a number, not 'nan'");
  EXPECT_EQ(Error("ratio = \"+-1\""), "1:9 `ratio` must be a number, not '+-1'");
  EXPECT_EQ(Error("word = 5"), "1:8 `word` must be a string, not '5'");
  EXPECT_EQ(Error("every = 10"), "1:9 `every` must be a duration, not '10'");
  EXPECT_EQ(Error("size = \"8MB\""), "1:8 `size` must be a size, not '8MB'");
  EXPECT_EQ(Error("since = 2025-10-15"), "1:9 `since` must be a time, not '2025-10-15'");
  EXPECT_EQ(Error("inner = 5"), "1:9 a table is wanted here, not a whole number");
}

TEST(Options, RefuseWhatIsNotOfTheirShape) {
  EXPECT_EQ(Error("small = [1]"), "1:9 `small` must be a whole number, not an array");
  EXPECT_EQ(Error("list = \"a\""), "1:8 `list` must be an array of strings, not 'a'");
  EXPECT_EQ(Error("list = [\"a\",\n 5]"), "2:2 `list` must be a string, not '5'");
  EXPECT_EQ(Error("map = [\"a\"]"), "1:7 `map` must be a table, not an array");
  EXPECT_EQ(Error("map = { a = [] }"), "1:13 `map.a` must be a string, not an array");
}

TEST(Options, KeepTheirBounds) {
  EXPECT_EQ(Error("small = -1"), "1:9 `small` must be at least 0, not -1");
  EXPECT_EQ(Error("ratio = 0"), "1:9 `ratio` must be above 0, not 0");
  EXPECT_EQ(Error("maybe = 6"), "1:9 `maybe` must be at most 5, not 6");
  EXPECT_EQ(Error("every = \"1ms\""), "1:9 `every` must be at least \"1s\", not \"1ms\"");
  EXPECT_EQ(Error("size = \"2GiB\""), "1:8 `size` must be at most \"1GiB\", not \"2GiB\"");
  EXPECT_EQ(Error("inner.n = 10"), "1:11 `n` must be at most 9, not 10");
}

TEST(Options, SuggestKeysAndWords) {
  EXPECT_EQ(Error("flga = true"), "1:1 unknown key `flga`, did you mean `flag`?");
  EXPECT_EQ(Error("inner = { m = 1 }"), "1:11 unknown key `m`");
  EXPECT_EQ(Error("mode = \"fsat\""), "1:8 `mode` cannot be \"fsat\", did you mean \"fast\"?");
}

TEST(Options, ThatAreRequiredAreMissedAtTheHeader) {
  const OptionSet options = OptionTable<Spec>().Add("word", &Spec::word, "a word").Required();
  EXPECT_EQ(Read("", options).errors, std::vector<std::string>{"1:1 `word` is missing"});
}

TEST(Options, ThatNameAnUnsetVariableAreReportedOnceAndNotAsMissing) {
  const OptionSet options = OptionTable<Spec>().Add("small", &Spec::small, "a number").Required();
  EXPECT_EQ(Read("small = \"${N}\"", options).errors,
            std::vector<std::string>{"1:9 variable `N` is not set"});
}

TEST(Options, AreCheckedTogetherAtThePlaceOfTheOneAtFault) {
  EXPECT_EQ(Error("small = 101\ninner.n = 2"), "2:11 too small for that");
  EXPECT_EQ(Error("small = 101"), "1:1 too small for that");
  EXPECT_EQ(Error("small = 101\ninner.n = \"x\""), "2:11 `n` must be a whole number, not 'x'");
}

TEST(Paths, StartAtTheFolderOfTheFile) {
  EXPECT_EQ(Good("path = \"a/../b.csv\"").path, "/plant/b.csv");
  EXPECT_EQ(Good("path = \"/abs/x\"").path, "/abs/x");
  EXPECT_EQ(Good("path = \"-\"").path, "-");
  EXPECT_EQ(Read("path = \"x\"", Options(), "").spec.path, "x");
}

TEST(Secrets, AreTakenFromAFileWithoutItsNewline) {
  const TempDir dir;
  (void)dir.Write("token.txt", "s3cret\r\n");
  const Outcome outcome = Read("token_file = \"token.txt\"", Options(), dir.path());
  EXPECT_EQ(outcome.errors, std::vector<std::string>());
  EXPECT_EQ(outcome.spec.token.Reveal(), "s3cret");
}

TEST(Secrets, AreNeverShown) {
  const Secret secret("hunter2");
  EXPECT_EQ(ShowValue(secret), "\"***\"");
  EXPECT_EQ(Error("token = [\"hunter2\"]"), "1:9 `token` must be a string");
  EXPECT_EQ(Error("token = 12345"), "1:9 `token` must be a string");
}

TEST(Secrets, AreGivenInOneWayOnly) {
  EXPECT_EQ(Error("token = \"a\"\ntoken_file = \"b\""), "2:1 `token` and `token_file` are both given");
  EXPECT_TRUE(Error("token_file = \"/nowhere/x\"").starts_with("1:14 `token_file` cannot be read: "));
}

}  // namespace
}  // namespace sluice
