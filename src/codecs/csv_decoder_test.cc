#include "codecs/csv_decoder.h"

#include <gmock/gmock.h>

#include "testing/decoding.h"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

class CsvTest : public testing::Test {
 protected:
  // The rows under a header of all fields.
  std::vector<std::string> Rows(const std::string& rows) {
    return Run(fmt::format("sensor_id,timestamp,t,n,ok,j\n{}", rows));
  }
  std::vector<std::string> Run(const std::string& text) {
    const Decoded decoded = Decode(CodecKind::csv, stream_, spec_, text);
    EXPECT_TRUE(decoded.status.ok()) << decoded.status.message();
    return decoded.entries;
  }
  std::string Refusal(const std::string& text) {
    return Decode(CodecKind::csv, stream_, spec_, text).status.message();
  }
  StreamSpec stream_ = WideStream();
  DecodeSpec spec_ = TestSpec();
};

const std::string kStart = "a,2025-10-15 12:00:00,";
std::string CsvRow(const std::string& rest) { return "a|2025-10-15 12:00:00.000000Z|" + rest; }

TEST_F(CsvTest, CellsAreTurnedIntoWhatTheirFieldsWant) {
  EXPECT_THAT(Rows(kStart + "21.5, +7 ,TRUE,\"{\"\"x\"\": 1}\"\n"),
              ElementsAre(CsvRow("21.5|7|true|{\"x\": 1}")));
}
TEST_F(CsvTest, AnEmptyCellIsNullAndAQuotedOneIsEmpty) {
  EXPECT_THAT(Rows(kStart + ",,,\n"), ElementsAre(CsvRow("null|null|null|null")));
  EXPECT_THAT(Rows("\"\",2025-10-15 12:00:00,,,,"),
              ElementsAre("|2025-10-15 12:00:00.000000Z|null|null|null|null"));
  EXPECT_THAT(Rows(",2025-10-15 12:00:00,,,,"), ElementsAre(HasSubstr("missing required field 'sensor_id'")));
}
TEST_F(CsvTest, BadCellsAreNamed) {
  EXPECT_THAT(Rows(kStart + "abc,,,\n" + kStart + "1,1.5,,\n" + kStart + "1,1,yes,\n" + kStart + "1,1,,{\n"),
              ElementsAre(HasSubstr("line 2: field 't': 'abc' is not a number"),
                          HasSubstr("1.5 is not a whole number"), HasSubstr("'yes' is not true or false"),
                          HasSubstr("is not valid JSON")));
}
TEST_F(CsvTest, NanIsRejectedOrNull) {
  for (const char* word : {"NaN", "inf", "-Infinity", "1e400"}) {
    EXPECT_THAT(Rows(kStart + word + ",,,"), ElementsAre(HasSubstr("DEAD source.test line 2: field 't': ")))
        << word;
  }
  stream_.non_finite = NonFinite::null;
  EXPECT_THAT(Rows(kStart + "nan,,,"), ElementsAre(CsvRow("null|null|null|null")));
}
TEST_F(CsvTest, QuotedCellsHoldCommasLineEndsAndQuotes) {
  EXPECT_THAT(Rows("\"a,\"\"b\"\"\r\nc\",2025-10-15 12:00:00,1,,,\r\n" + kStart + "x,,,"),
              ElementsAre("a,\"b\"\r\nc|2025-10-15 12:00:00.000000Z|1|null|null|null",
                          StartsWith("DEAD source.test line 4: ")));
}
TEST_F(CsvTest, MarkCarriageReturnsAndBlankLinesAreSkipped) {
  EXPECT_THAT(Run("\xEF\xBB\xBFsensor_id,timestamp\r\n\r\n\na,2025-10-15T12:00:00Z\r\n\r\n"), SizeIs(1));
}
TEST_F(CsvTest, AHeaderAloneIsNoReading) {
  EXPECT_THAT(Run(""), SizeIs(0));
  EXPECT_THAT(Run("sensor_id,timestamp"), SizeIs(0));
}
TEST_F(CsvTest, AWrongNumberOfCellsCostsItsLine) {
  EXPECT_THAT(Rows("a,b\n" + kStart + ",,,\n" + kStart + ",,,,\n"),
              ElementsAre(HasSubstr("line 2: has 2 cells, the header has 6"), CsvRow("null|null|null|null"),
                          HasSubstr("line 4: has 7 cells")));
}
TEST_F(CsvTest, ADeadLetterIsCsvOfItsOwn) {
  EXPECT_THAT(
      Run("sensor_id,timestamp\r\na,b\r\n\"x\n\"y\r\n"),
      ElementsAre(HasSubstr("<sensor_id,timestamp\r\na,b>"), HasSubstr("<sensor_id,timestamp\r\n\"x>"),
                  HasSubstr("<sensor_id,timestamp\r\n\"y>")));
}
TEST_F(CsvTest, AStrayQuoteCostsItsLine) {
  const std::string good = kStart + ",,,\n";
  for (const char* bad : {"\"a,b,c\n", "a\"b,c\n", "\"a\"b,c\n", "a,\"\n"}) {
    const auto entries = Rows(good + bad + good + good);
    EXPECT_THAT(entries,
                ElementsAre(CsvRow("null|null|null|null"), StartsWith("DEAD source.test line 3: a quote"),
                            CsvRow("null|null|null|null"), CsvRow("null|null|null|null")))
        << bad;
  }
}
TEST_F(CsvTest, TwoStrayQuotesCostTheirLines) {
  const std::string good = kStart + ",,,\n";
  EXPECT_THAT(Rows("\"x,1\n" + good + "\"y\n" + good),
              ElementsAre(StartsWith("DEAD"), CsvRow("null|null|null|null"), StartsWith("DEAD"),
                          CsvRow("null|null|null|null")));
}
TEST_F(CsvTest, AQuoteThatStaysOpenBeyondTheLimitCostsItsLine) {
  spec_.max_reading = 200;
  std::string rows = "\"x\n";
  for (int i = 0; i < 100; ++i) rows += kStart + ",,,\n";
  const auto entries = Rows(rows);
  EXPECT_THAT(entries, SizeIs(101));
  EXPECT_THAT(entries[0], HasSubstr("line 2: a quote is not closed"));
}
TEST_F(CsvTest, AHeaderWithoutTheKeySaysWhatToDo) {
  EXPECT_EQ(Refusal("timestamp,value\n1,2\n"),
            "source.test: the CSV header has no column 'sensor_id' for the required field 'sensor_id', only "
            "'timestamp', "
            "'value': say which column it is with map, or give a constant with set");
}
TEST_F(CsvTest, AHeaderMayNotNameAColumnTwice) {
  EXPECT_THAT(Refusal("sensor_id,timestamp,x,x\n"), HasSubstr("names the column 'x' twice"));
}
TEST_F(CsvTest, ColumnsAreMappedAndConstantsSet) {
  spec_.map = {{"t", "value"}};
  spec_.set = {{"sensor_id", "office"}};
  EXPECT_THAT(Run("timestamp,value\n2013-07-04 00:00:00,69.88\n"),
              ElementsAre("office|2013-07-04 00:00:00.000000Z|69.88|null|null|null"));
}
TEST_F(CsvTest, UnknownColumnsAreIgnoredKeptOrRejected) {
  const std::string good = "sensor_id,timestamp,x y,z\na,2025-10-15 12:00:00,1.0,\n";
  EXPECT_THAT(Run(good), ElementsAre(CsvRow("null|null|null|null")));
  stream_.unknown = UnknownFields::keep;
  EXPECT_THAT(Run(good), ElementsAre(CsvRow("null|null|null|null|{\"x y\":\"1.0\"}")));
  stream_.unknown = UnknownFields::reject;
  EXPECT_THAT(Run(good), ElementsAre(HasSubstr("unknown field 'x y'")));
}
TEST_F(CsvTest, NulAndInvalidUtf8AreRejected) {
  EXPECT_THAT(Rows(fmt::format("a{}b,2025-10-15 12:00:00,,,,\n", '\0')), ElementsAre(HasSubstr("NUL")));
  EXPECT_THAT(Rows("a\xff,2025-10-15 12:00:00,,,,\n"), ElementsAre(HasSubstr("not UTF-8")));
}
TEST_F(CsvTest, UnixTimesMayBeCells) {
  spec_.time_format = "unix_s";
  EXPECT_THAT(Rows("a,1760529600.25,,,,\n"),
              ElementsAre("a|2025-10-15 12:00:00.250000Z|null|null|null|null"));
}

}  // namespace
}  // namespace sluice
