#include "codecs/json_decoder.h"

#include <gmock/gmock.h>

#include "testing/decoding.h"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kHead = R"("sensor_id":"a","timestamp":"2025-10-15T12:00:00Z")";

class JsonTest : public testing::Test {
 protected:
  // One NDJSON line with the key and the time, and `members` behind them.
  std::string One(const std::string& members) { return Only(Line(members)); }
  static std::string Line(const std::string& members) {
    return fmt::format("{{{}{}{}}}", kHead, members.empty() ? "" : ",", members);
  }
  std::string Only(const std::string& text) {
    const auto decoded = Run(CodecKind::ndjson, text);
    EXPECT_EQ(decoded.size(), 1u) << text;
    return decoded.empty() ? "" : decoded[0];
  }
  std::vector<std::string> Run(CodecKind kind, const std::string& text) {
    const Decoded decoded = Decode(kind, stream_, spec_, text);
    EXPECT_TRUE(decoded.status.ok()) << decoded.status.message();
    return decoded.entries;
  }
  StreamSpec stream_ = WideStream();
  DecodeSpec spec_ = TestSpec();
};

const std::string kRow = "a|2025-10-15 12:00:00.000000Z|null|null|null|null";
std::string RowWith(const std::string& rest) { return "a|2025-10-15 12:00:00.000000Z|" + rest; }

TEST_F(JsonTest, EveryTypeIsRead) {
  EXPECT_EQ(One(R"("t":21.5,"n":7,"ok":true,"j":{"x": [1, 2]})"), RowWith(R"(21.5|7|true|{"x": [1, 2]})"));
}
TEST_F(JsonTest, NullEqualsAbsent) { EXPECT_EQ(One(R"("t":null,"n":null,"ok":null,"j":null)"), kRow); }
TEST_F(JsonTest, AWholeNumberMayBeWrittenWithAPoint) {
  EXPECT_EQ(One(R"("n":21.0)"), RowWith("null|21|null|null"));
}
TEST_F(JsonTest, AWholeNumberMayBeWrittenWithAnExponent) {
  EXPECT_EQ(One(R"("n":1.5e1)"), RowWith("null|15|null|null"));
}
TEST_F(JsonTest, TheLimitsOfAnIntAreRead) {
  EXPECT_EQ(One(R"("n":9223372036854775807)"), RowWith("null|9223372036854775807|null|null"));
  EXPECT_EQ(One(R"("n":-9223372036854775808)"), RowWith("null|-9223372036854775808|null|null"));
  EXPECT_EQ(One(R"("n":-0)"), RowWith("null|0|null|null"));
}
TEST_F(JsonTest, AFractionIsNoInt) {
  EXPECT_THAT(One(R"("n":21.5)"), HasSubstr("field 'n': 21.5 is not a whole number"));
}
TEST_F(JsonTest, TwoToThe63IsNoInt) {
  EXPECT_THAT(One(R"("n":9223372036854775808)"),
              HasSubstr("field 'n': 9223372036854775808 is beyond 64 bits"));
  EXPECT_THAT(One(R"("n":-9223372036854775809)"), HasSubstr("is beyond 64 bits"));
}
TEST_F(JsonTest, BigWholeNumbersBecomeTheNearestDouble) {
  EXPECT_EQ(One(R"("t":18446744073709551616)"), RowWith("1.8446744073709552e+19|null|null|null"));
  EXPECT_EQ(One(R"("t":-0)"), RowWith("-0|null|null|null"));
  EXPECT_EQ(One(R"("t":1e-400)"), RowWith("0|null|null|null"));
}
TEST_F(JsonTest, AnOverflowingDoubleIsRejected) {
  EXPECT_THAT(One(R"("t":1e400)"), HasSubstr("field 't': 1e400 is too large for a double"));
}
TEST_F(JsonTest, AnOverflowingDoubleIsNullWhereTheStreamSaysSo) {
  stream_.non_finite = NonFinite::null;
  EXPECT_EQ(One(R"("t":1e400)"), kRow);
}
TEST_F(JsonTest, StringsAreNotTurnedIntoOtherTypes) {
  EXPECT_THAT(One(R"("t":"21.5")"), HasSubstr("field 't': '21.5' is not a number"));
  EXPECT_THAT(One(R"("ok":"true")"), HasSubstr("field 'ok': 'true' is not true or false"));
}
TEST_F(JsonTest, NumbersAreNotTurnedIntoOtherTypes) {
  EXPECT_THAT(Only(R"({"sensor_id":5,"timestamp":"2025-10-15T12:00:00Z"})"),
              HasSubstr("field 'sensor_id': 5 is a number"));
  EXPECT_THAT(One(R"("ok":1)"), HasSubstr("field 'ok': 1 is not true or false"));
}
TEST_F(JsonTest, AnObjectIsNoNumber) {
  EXPECT_THAT(One(R"("t":{"x":1})"), HasSubstr("field 't': an object is not a double"));
}
TEST_F(JsonTest, AMissingKeyOrTimeIsNamed) {
  EXPECT_THAT(Only(R"({"timestamp":"2025-10-15T12:00:00Z"})"),
              HasSubstr("missing required field 'sensor_id'"));
  EXPECT_THAT(Only(R"({"sensor_id":"a"})"), HasSubstr("missing required field 'timestamp'"));
  EXPECT_THAT(Only(R"({"sensor_id":"a","timestamp":null})"), HasSubstr("missing required field 'timestamp'"));
}
TEST_F(JsonTest, NulCharactersAreRejected) {
  EXPECT_THAT(Only(R"({"sensor_id":"a\u0000b","timestamp":"2025-10-15T12:00:00Z"})"), HasSubstr("NUL"));
  EXPECT_THAT(Only(std::string("{\"sensor_id\":\"a\0b\"}", 19)), HasSubstr("control character"));
}
TEST_F(JsonTest, InvalidUtf8IsRejected) { EXPECT_THAT(One("\"x\":\"\xff\""), HasSubstr("not UTF-8")); }
TEST_F(JsonTest, EscapesAreResolved) {
  EXPECT_EQ(Only(R"({"sensor\u005fid":"\u00e9\n","timestamp":"2025-10-15T12:00:00Z"})"),
            "é\n|2025-10-15 12:00:00.000000Z|null|null|null|null");
}
TEST_F(JsonTest, ARepeatedKeyIsBad) {
  EXPECT_THAT(One(R"("t":1,"t":2)"), HasSubstr("the key 't' is repeated"));
  EXPECT_THAT(One(R"("x":1,"y":2,"x":2)"), HasSubstr("repeated"));
  EXPECT_THAT(One(R"("x":{"a":1,"b":{},"a":2})"), HasSubstr("repeated"));
  EXPECT_THAT(One(R"("j":[{"a":1,"\u0061":2}])"), HasSubstr("repeated"));
}
TEST_F(JsonTest, ThirtyTwoLevelsAreReadAndOneMoreIsBad) {
  const auto nested = [](int n) { return "\"x\":" + std::string(n, '[') + std::string(n, ']'); };
  EXPECT_EQ(One(nested(31)), kRow);
  EXPECT_THAT(One(nested(32)), HasSubstr("nested deeper than 32"));
  EXPECT_THAT(One(nested(5000)), HasSubstr("nested deeper than 32"));
  EXPECT_THAT(One("\"j\":" + std::string(40, '[') + std::string(40, ']')),
              HasSubstr("nested deeper than 32"));
}
TEST_F(JsonTest, UnreadValuesMustBeValidToo) {
  for (const char* value :
       {"tru", "01", "1.", "+1", "nan", "{\"a\"}", "[1,]", "{\"a\":1,}", "\"\\x\"", "1 2"}) {
    EXPECT_THAT(One(fmt::format("\"x\":{}", value)), StartsWith("DEAD")) << value;
  }
}
TEST_F(JsonTest, AControlCharacterBehindAValueIsNoBlank) {
  for (const char* value : {"1\x01", "null\x02", "\"a\"\x1f", "{}\x01"}) {
    EXPECT_THAT(One(fmt::format("\"x\":{}", value)), StartsWith("DEAD")) << value;
    EXPECT_THAT(One(fmt::format("\"t\":{}", value)), StartsWith("DEAD")) << value;
  }
}
TEST_F(JsonTest, WhatIsNotOneObjectIsOneDeadLetter) {
  for (const char* line :
       {"[]", "5", "\"a\"", "null", "x", "{", "}", "{} {}", "{}x", "{\"a\":1", "{\"a\":\"", "[{}]"}) {
    EXPECT_THAT(Only(line), StartsWith("DEAD source.test line 1: ")) << line;
  }
}
TEST_F(JsonTest, MarkCarriageReturnsAndBlankLinesAreSkipped) {
  const auto entries =
      Run(CodecKind::ndjson, "\xEF\xBB\xBF\r\n\n" + Line("") + "\r\n  \n" + Line("\"t\":1") + "\nx");
  EXPECT_THAT(entries,
              ElementsAre(kRow, RowWith("1|null|null|null"), StartsWith("DEAD source.test line 6: ")));
}
TEST_F(JsonTest, UnknownFieldsCanBeKeptAsTheyWere) {
  stream_.unknown = UnknownFields::keep;
  EXPECT_EQ(One(R"("a":1.50,"t":1,"b": {"x" : [1] } ,"c":"\u0041")"),
            RowWith(R"(1|null|null|null|{"a":1.50,"b":{"x" : [1] },"c":"\u0041"})"));
  EXPECT_EQ(One(""), kRow + "|null");
}
TEST_F(JsonTest, UnknownFieldsWithEscapedNamesAreKeptOrRejectedToo) {
  stream_.unknown = UnknownFields::keep;
  spec_.map = {{"t", "v.temp"}};
  EXPECT_EQ(One(R"("\u0061":1,"\u0076":{"temp":2,"\"":3})"),
            RowWith(R"(2|null|null|null|{"\u0061":1,"\u0076":{"\"":3}})"));
  stream_.unknown = UnknownFields::reject;
  EXPECT_THAT(One(R"("\u0061":1)"), HasSubstr("unknown field"));
}
TEST_F(JsonTest, UnknownFieldsCanBeRejected) {
  stream_.unknown = UnknownFields::reject;
  EXPECT_THAT(One(R"("x":1)"), HasSubstr("unknown field 'x'"));
  EXPECT_EQ(One(R"("x":null)"), kRow);
}
TEST_F(JsonTest, DotsInAPathDescend) {
  spec_.map = {{"t", "values.temp"}, {"n", "values.deep.n"}, {"j", "values"}};
  EXPECT_EQ(One(R"("values": {"temp":1.5,"deep":{"n":3}} )"),
            RowWith(R"(1.5|3|null|{"temp":1.5,"deep":{"n":3}})"));
}
TEST_F(JsonTest, WhatIsNotReadOfANestedObjectIsKept) {
  stream_.unknown = UnknownFields::keep;
  spec_.map = {{"t", "v.temp"}};
  EXPECT_EQ(One(R"("v":{"temp":1,"x":2,"y":[3]})"), RowWith(R"(1|null|null|null|{"v":{"x":2,"y":[3]}})"));
  EXPECT_EQ(One(R"("v":{"temp":1})"), RowWith("1|null|null|null|null"));
}
TEST_F(JsonTest, ConstantsAreSetAndHideTheInput) {
  spec_.set = {{"sensor_id", "office"}, {"t", "1.5"}, {"j", "{\"a\":1}"}};
  EXPECT_EQ(Only(R"({"timestamp":"2025-10-15T12:00:00Z","t":"junk"})"),
            "office|2025-10-15 12:00:00.000000Z|1.5|null|null|{\"a\":1}");
}
TEST_F(JsonTest, TwoFieldsMayTakeTheSameValue) {
  spec_.map = {{"n", "v"}, {"t", "v"}};
  EXPECT_EQ(One(R"("v":3)"), RowWith("3|3|null|null"));
}
TEST_F(JsonTest, JsonFieldsKeepTheirText) {
  EXPECT_EQ(One(R"("j":"a\u0041")"), RowWith(R"(null|null|null|"a\u0041")"));
  EXPECT_EQ(One(R"("j":1.50)"), RowWith("null|null|null|1.50"));
  EXPECT_EQ(One(R"("j":false)"), RowWith("null|null|null|false"));
}

TEST_F(JsonTest, AnObjectIsOneReading) { EXPECT_THAT(Run(CodecKind::json, Line("")), ElementsAre(kRow)); }
TEST_F(JsonTest, NothingIsNoReading) {
  for (const char* text : {"", " \n", "[]", "\xEF\xBB\xBF", " [ ] "}) {
    EXPECT_THAT(Run(CodecKind::json, text), ElementsAre()) << text;
  }
}
TEST_F(JsonTest, ElementsOfAnArrayAreReadingsCountedFromOne) {
  const auto entries = Run(CodecKind::json, "[" + Line("") + ",\n{\"x\":1},\n5, " + Line("\"t\":1") + "]");
  EXPECT_THAT(entries, ElementsAre(kRow, StartsWith("DEAD source.test line 2: missing required"),
                                   StartsWith("DEAD source.test line 3: is not a JSON object <5>"),
                                   RowWith("1|null|null|null")));
}
TEST_F(JsonTest, ElementsBeforeASyntaxErrorStandAndTheRestIsOneDeadLetter) {
  for (const char* rest :
       {"tru,{}]", "{\"a\":tru},{}]", "{\"a\"", "]", ",{}]", "{\"a\":1{},{}]", "{\"a\":\"x\n\"},{}]"}) {
    const auto entries = Run(CodecKind::json, "[" + Line("") + "," + rest);
    EXPECT_THAT(entries, ElementsAre(kRow, AllOf(StartsWith("DEAD source.test line 2: "),
                                                 HasSubstr(fmt::format("<{}>", rest)))));
  }
}
TEST_F(JsonTest, AnArrayThatIsNotClosedIsOneDeadLetterMore) {
  EXPECT_THAT(Run(CodecKind::json, "[" + Line("")), ElementsAre(kRow, HasSubstr("the array is not closed")));
}
TEST_F(JsonTest, ADeepElementOfAnArrayIsBadAlone) {
  const auto entries = Run(
      CodecKind::json, "[{\"x\":" + std::string(100, '[') + std::string(100, ']') + "}," + Line("") + "]");
  EXPECT_THAT(entries, ElementsAre(HasSubstr("nested deeper"), kRow));
}
TEST_F(JsonTest, SeveralObjectsMayFollowEachOther) {
  const auto entries =
      Run(CodecKind::json, "{\n" + Line("").substr(1) + "\n" + Line("\"n\":1") + Line("\"n\":2"));
  EXPECT_THAT(entries, ElementsAre(kRow, RowWith("null|1|null|null"), RowWith("null|2|null|null")));
}
TEST_F(JsonTest, ABrokenTopLevelObjectEndsBeforeTheNextLineThatBeginsWithABracket) {
  const auto entries =
      Run(CodecKind::json, "{\"a\":1\n" + Line("") + "\njunk {}\n" + Line("\"n\":1") + "}\n" + Line(""));
  EXPECT_THAT(entries, ElementsAre(StartsWith("DEAD source.test line 1: "), kRow,
                                   StartsWith("DEAD source.test line 3: "), RowWith("null|1|null|null"),
                                   StartsWith("DEAD source.test line 4: "), kRow));
}

}  // namespace
}  // namespace sluice
