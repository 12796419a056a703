// Damage to each kind of file in a log's directory. The start goes on and counts what is gone as lost, or it
// refuses and names the command; after that command it starts. Never silently short, never a crash, and no
// position is given twice.
#include <filesystem>
#include <fstream>
#include <set>

#include <arrow/api.h>
#include <gtest/gtest.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/table_properties.h>

#include "log/embedded/embedded_log.h"
#include "log/embedded/inspect.h"
#include "testing/faulty_files.h"
#include "testing/manual_clock.h"
#include "testing/streams.h"
#include "testing/temp_dir.h"

namespace sluice {
namespace {

namespace fs = std::filesystem;

constexpr int kRows = 200;  // of an append
constexpr int kAppends = 25;

// The family that a table belongs to.
std::string FamilyOf(const std::string& table) {
  rocksdb::SstFileReader reader{rocksdb::Options()};
  return reader.Open(table).ok() ? reader.GetTableProperties()->column_family_name : "";
}

std::string NewestTable(const std::string& directory, const std::string& family) {
  std::set<std::string> tables;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.path().extension() == ".sst" && FamilyOf(entry.path()) == family) tables.insert(entry.path());
  }
  return tables.empty() ? "" : *tables.rbegin();
}

enum class Damage { flipped, halved, emptied, deleted };

void Strike(const std::string& file, Damage damage) {
  const auto size = fs::file_size(file);
  switch (damage) {
    case Damage::flipped:
      return size > 0 ? FlipBit(file, static_cast<int64_t>(size) / 2) : void();
    case Damage::halved:
      return fs::resize_file(file, size / 2);
    case Damage::emptied:
      return fs::resize_file(file, 0);
    case Damage::deleted:
      fs::remove(file);
  }
}

class LogDamage : public testing::Test {
 protected:
  LogDamage() { Write(); }

  Status Open() {
    log_.reset();
    auto opened = OpenEmbeddedLog({.directory = directory(),
                                   .memory_bytes = 1 << 20,
                                   .background = false,
                                   .clock = &clock_,
                                   .report = [this](const std::string& said) { reports_.push_back(said); }});
    if (!opened.ok()) return opened.status();
    log_ = *std::move(opened);
    return log_->Declare(ReadingsStream());
  }
  // A log with tables, blobs and a write-ahead log, closed in order.
  void Write() {
    for (int i = 0; i < kAppends; ++i) {
      const bool again = i % 10 == 0;  // opening moves the write-ahead log to tables and blobs
      ASSERT_TRUE(!again || Open().ok());
      ASSERT_EQ(Append(i).kind, AppendOutcome::done);
    }
    std::ofstream(directory() + "/reserve") << "space";
    log_.reset();
  }
  // The append with an idempotency key of its own.
  AppendOutcome Append(int number) {
    AppendOutcome heard{.kind = AppendOutcome::failed};
    const OriginStep step{.origin = "key/" + std::to_string(number), .next = 1, .fingerprint = "f"};
    (void)log_->Append("readings", CountingBatch(kRows), step, [&](AppendOutcome outcome) {
      heard = std::move(outcome);
      for (const Placed& placed : heard.placed) {
        for (Position at = placed.first; at < placed.first + placed.count; ++at) {
          EXPECT_TRUE(given_.insert(at).second) << "position " << at << " was given twice";
        }
      }
    });
    return heard;
  }
  // Reads to the end; every position that was given is there or lost. Returns how many are lost.
  int64_t ReadAll() {
    std::set<Position> there;
    int64_t lost = 0;
    const Ends ends = *log_->EndsOf("readings", 0);
    EXPECT_GE(ends.high, static_cast<Position>(given_.size()));
    for (Position at = ends.low; at < ends.high;) {
      const auto slice = log_->Read("readings", 0, at, 1 << 20);
      if (!slice.ok()) ADD_FAILURE() << slice.status().message();
      if (!slice.ok() || slice->next == at) break;
      const auto& positions =
          static_cast<const arrow::Int64Array&>(*slice->rows->GetColumnByName("_position"));
      for (int64_t i = 0; i < positions.length(); ++i) there.insert(positions.Value(i));
      lost += slice->lost;
      at = slice->next;
    }
    EXPECT_EQ(static_cast<int64_t>(given_.size() - there.size()), lost);
    return lost;
  }
  void ExpectNamesTheCommand(const Status& refused) {
    EXPECT_EQ(refused.code(), Code::reject) << refused.message();
    EXPECT_NE(refused.message().find("`sluice log repair " + directory() + "`"), std::string::npos)
        << refused.message();
  }
  void Repair() {
    const auto repaired = RepairLog(directory());
    ASSERT_TRUE(repaired.ok()) << repaired.status().message();
    EXPECT_FALSE(repaired->sentences.empty());
  }
  // After the damage: whatever it takes, the log opens, says what is lost, and takes appends.
  int64_t Recover() {
    const Status opened = Open();
    if (!opened.ok()) {
      ExpectNamesTheCommand(opened);
      Repair();
      const Status again = Open();
      EXPECT_TRUE(again.ok()) << again.message();
      if (!again.ok()) return -1;
    }
    const int64_t lost = ReadAll();
    EXPECT_FALSE(lost > 0 && opened.ok() && reports_.empty()) << "in silence";
    EXPECT_EQ(Append(kAppends).kind, AppendOutcome::done);
    return lost;
  }
  std::string File(const std::string& kind) const {
    const std::string db = directory() + "/db";
    if (kind == "meta table") return NewestTable(db, "default");
    if (kind == "batch table") return NewestTable(db, "batches");
    if (kind == "blob" || kind == "log") return NewestFile(db, "." + kind);
    for (const auto& entry : fs::directory_iterator(db)) {
      if (entry.path().filename().string().starts_with(kind)) return entry.path();
    }
    return directory() + "/" + kind;
  }
  std::string directory() const { return temporary_ / "log"; }

  TempDir temporary_;
  ManualClock clock_;
  std::unique_ptr<Log> log_;
  std::set<Position> given_;
  std::vector<std::string> reports_;
};

struct Case {
  const char* file;
  bool refused[4];  // for each damage: the start refuses
  int lost[4];      // at most so many appends are lost in the end
};

void PrintTo(const Case& one, std::ostream* out) { *out << one.file; }

// What must happen.            flipped halved emptied deleted
const Case kCases[] = {
    {"log", {false, false, false, false}, {5, 5, 5, 5}},
    {"blob", {false, true, true, true}, {1, 10, 10, 10}},
    {"batch table", {true, true, true, true}, {0, 0, 0, 0}},
    {"meta table", {true, true, true, true}, {0, 0, 0, 0}},
    {"MANIFEST", {true, true, true, true}, {0, 0, 0, 0}},
    {"CURRENT", {true, true, true, true}, {0, 0, 0, 0}},
    {"OPTIONS", {false, false, false, false}, {0, 0, 0, 0}},
    {"IDENTITY", {false, false, false, false}, {0, 0, 0, 0}},
    {"sluice-log", {true, true, true, false}, {0, 0, 0, 0}},
    {"ends", {false, false, false, false}, {0, 0, 0, 0}},
    {"streams", {false, false, false, false}, {0, 0, 0, 0}},
    {"reserve", {false, false, false, false}, {0, 0, 0, 0}},
    {"lock", {false, false, false, false}, {0, 0, 0, 0}},
};

class LogDamageTo : public LogDamage, public testing::WithParamInterface<Case> {
 protected:
  void Expect(Damage damage) {
    const auto at = static_cast<size_t>(damage);
    const std::string file = File(GetParam().file);
    ASSERT_TRUE(fs::exists(file)) << file;
    Strike(file, damage);
    const bool refused = !Open().ok();
    EXPECT_EQ(refused, GetParam().refused[at]);
    const int64_t lost = Recover();
    EXPECT_LE(lost, GetParam().lost[at] * kRows);
    EXPECT_GE(lost, GetParam().lost[at] > 0 ? 1 : 0);
  }
};

TEST_P(LogDamageTo, OneFlippedBitIsCountedOrRefused) { Expect(Damage::flipped); }
TEST_P(LogDamageTo, AFileCutToHalfIsCountedOrRefused) { Expect(Damage::halved); }
TEST_P(LogDamageTo, AnEmptiedFileIsCountedOrRefused) { Expect(Damage::emptied); }
TEST_P(LogDamageTo, ADeletedFileIsCountedOrRefused) { Expect(Damage::deleted); }

INSTANTIATE_TEST_SUITE_P(EachFile, LogDamageTo, testing::ValuesIn(kCases), [](const auto& test) {
  std::string name = test.param.file;
  std::erase_if(name, [](char c) { return c == ' ' || c == '-'; });
  return name;
});

TEST_F(LogDamage, ABatchThatRotsWhileTheLogIsOpenIsPassedOnceAndKeptAsItIs) {
  const std::string blob = File("blob");
  Strike(blob, Damage::flipped);
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(ReadAll(), kRows);
  ASSERT_EQ(reports_.size(), 1U);
  EXPECT_NE(reports_[0].find("are lost"), std::string::npos) << reports_[0];
  EXPECT_FALSE(fs::is_empty(directory() + "/damaged-batches"));
  EXPECT_EQ(ReadAll(), kRows);
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(ReadAll(), kRows);
  EXPECT_EQ(reports_.size(), 1U);
}

TEST_F(LogDamage, AReadFromWithinADamagedBatchGetsPastItToo) {
  Strike(File("blob"), Damage::flipped);
  ASSERT_TRUE(Open().ok());
  for (Position at = 0; at < kAppends * kRows; at += kRows / 2) {
    const auto slice = log_->Read("readings", 0, at, 1);
    ASSERT_TRUE(slice.ok()) << at << ": " << slice.status().message();
    EXPECT_GT(slice->next, at);
  }
  EXPECT_EQ(ReadAll(), kRows);
}

// A repeat after the repair is answered as a repeat, unless its append is among what was lost.
TEST_F(LogDamage, RepeatsAreStillRepeatsAfterTheDatabaseWasRebuilt) {
  Strike(File("MANIFEST"), Damage::emptied);
  ASSERT_EQ(Recover(), 0);
  for (int i = 0; i <= kAppends; ++i) EXPECT_EQ(Append(i).kind, AppendOutcome::already) << i;
}

TEST_F(LogDamage, OnlyRepeatsOfWhatIsLostAreTakenAnewAfterTheWriteAheadLogWasSalvaged) {
  Strike(File("log"), Damage::flipped);
  const int64_t lost = Recover();
  int64_t anew = 0;
  for (int i = 0; i < kAppends; ++i) anew += Append(i).kind == AppendOutcome::done;
  EXPECT_EQ(anew * kRows, lost);
}

TEST_F(LogDamage, ARepairThatWasCutShortIsFinishedByTheNext) {
  fs::rename(directory() + "/db", directory() + "/rebuilt");
  ExpectNamesTheCommand(Open());
  EXPECT_EQ(Recover(), 0);
}

TEST_F(LogDamage, VerifyingALogThatDoesNotOpenIsAFindingNotAFailure) {
  Strike(File("MANIFEST"), Damage::emptied);
  const auto verified = VerifyLog(directory());
  ASSERT_TRUE(verified.ok()) << verified.status().message();
  ASSERT_EQ(verified->findings.size(), 1U);
  EXPECT_NE(verified->findings[0].sentence.find("sluice log repair"), std::string::npos);
}

TEST_F(LogDamage, VerifyNamesTheBlobThatIsMissingAndThePositionsThatItHeld) {
  fs::remove(File("blob"));
  const auto verified = VerifyLog(directory());
  ASSERT_TRUE(verified.ok()) << verified.status().message();
  ASSERT_GE(verified->findings.size(), 2U);
  EXPECT_NE(verified->findings[0].sentence.find("is missing"), std::string::npos);
  EXPECT_EQ(verified->findings[1].stream, "readings");
  EXPECT_LT(verified->findings[1].first, verified->findings[1].next);
}

TEST_F(LogDamage, NothingToRebuildFromIsSaid) {
  fs::remove_all(directory() + "/db");
  ExpectNamesTheCommand(Open());
  const auto repaired = RepairLog(directory());
  ASSERT_FALSE(repaired.ok());
  EXPECT_NE(repaired.status().message().find("begin a new log"), std::string::npos);
}

TEST_F(LogDamage, StreamsWhoseRecordsAreGoneComeBackFromTheirCopy) {
  for (const auto& entry : fs::directory_iterator(directory() + "/db")) {
    const bool record = entry.path().extension() == ".sst" || entry.path().extension() == ".log";
    if (record) fs::resize_file(entry.path(), 0);
  }
  EXPECT_EQ(Recover(), 5 * kRows);  // those that only the write-ahead log held
}

TEST_F(LogDamage, AFlippedBitAnywhereIsNeverASilentLossOrACrash) {
  log_.reset();
  const std::string whole = temporary_ / "whole";
  fs::copy(directory(), whole, fs::copy_options::recursive);
  for (const char* kind : {"log", "blob", "batch table", "meta table", "MANIFEST", "ends", "sluice-log"}) {
    const auto size = static_cast<int64_t>(fs::file_size(File(kind)));
    for (int64_t part = 0; part < 8; ++part) {
      SCOPED_TRACE(std::string(kind) + " at " + std::to_string(size * part / 8));
      FlipBit(File(kind), size * part / 8);
      EXPECT_GE(Recover(), 0);
      log_.reset();
      fs::remove_all(directory());
      fs::copy(whole, directory(), fs::copy_options::recursive);
      given_.erase(given_.lower_bound(kAppends * kRows), given_.end());
      reports_.clear();
    }
  }
}

TEST_F(LogDamage, AnUndamagedLogLosesNothingAndSaysNothing) {
  EXPECT_EQ(Recover(), 0);
  EXPECT_TRUE(reports_.empty());
}

}  // namespace
}  // namespace sluice
