// What happens to a store from outside: another log, a full disk, a kill at any instant, readers beside the
// ingest.
#include <csignal>
#include <thread>

#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "contract/stores.h"
#include "platform/random.h"

namespace sluice {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

class StoreFaults : public StoreContract {};
INSTANTIATE_TEST_SUITE_P(Stores, StoreFaults, ::testing::ValuesIn(AllStores()),
                         [](const auto& store) { return store.param.name; });

TEST_P(StoreFaults, ACommitAdoptsTheLogThatItNames) {
  Open();
  Keep({{"a", kNoon, 1, 0}});
  EXPECT_EQ(Claim().log_id, "log-1");
  Span span = SpanOf({});
  span.log_id = "log-2";
  ASSERT_EQ(Commit({span}), CommitOutcome::done) << last_.status.message();
  EXPECT_EQ(Claim().log_id, "log-2");
  Keep({{"a", kNoon, 1, 0}});
  EXPECT_EQ(Claim().log_id, "log-2");
}

TEST_P(StoreFaults, TheJobOfADeclaredStreamIsNotForgotten) {
  Open();
  Keep({{"a", kNoon, 1, 0}});
  EXPECT_THAT(store_->Forget("store.readings").message(), HasSubstr("would be stored again"));
  EXPECT_EQ(store_->Forget("store.nobody").code(), Code::reject);
  EXPECT_EQ(Claim().next, 1);
}

TEST_P(StoreFaults, AForgottenStreamThatComesBackGoesOnBehindItsRows) {
  Open();
  Keep({{"a", kNoon, 1, 0}});
  const auto streams = std::exchange(shape_.streams, {});
  Open();
  ASSERT_TRUE(store_->Forget("store.readings").ok());
  EXPECT_THAT(*store_->Seats(), IsEmpty());
  EXPECT_EQ(Rows(), 1);
  shape_.streams = streams;
  Open();
  EXPECT_EQ(Claim().next, 1) << "nothing of it is stored again";
  Keep({{"b", kNoon, 2, 1}});
  EXPECT_EQ(Rows(), 2);
  const auto counted = *store_->CountRows("readings", 0, 1, 2);
  EXPECT_EQ(counted.rows, 1);
}

TEST_P(StoreFaults, AForgottenSummaryIsThereAtEveryInstant) {
  Summarise("m", 1min, {{"n", "count(*)"}});
  Open();
  Keep({{"a", kNoon, 1, 0}});
  std::atomic<bool> done = false;
  std::thread forgetting([&] {
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(store_->Forget("summary.m").ok());
    done = true;
  });
  while (!done) EXPECT_EQ(Ask("SELECT n FROM m"), "1");
  forgetting.join();
}

TEST_P(StoreFaults, ASummaryKeepsItsWindowsForItsOwnTime) {
  Summarise("short", 1min, {{"n", "count(*)"}}).retain = 1h;
  Summarise("long", 1min, {{"n", "count(*)"}});
  Open();
  Keep({{"a", kNoon, 1, 0}, {"a", kNoon + 30min, 1, 0}});
  ASSERT_TRUE(store_->Maintain(kNoon + 61min).ok());
  EXPECT_EQ(Ask("SELECT (SELECT count(*) FROM short), (SELECT count(*) FROM long)"), "1|2");
  EXPECT_EQ(Rows(), 2);
}

TEST_P(StoreFaults, ReadersSeeWholeCommitsWhileOthersArrive) {
  Summarise("m", 1min, {{"n", "count(*)"}});
  shape_.retain = 1h;
  Open();
  Keep({{"a", kNoon, 1, 0}, {"b", kNoon, 2, 0}, {"c", kNoon, 3, 0}});
  std::atomic<bool> done = false;
  std::thread reading([&] {
    do {
      EXPECT_EQ(Ask("SELECT (SELECT count(*) FROM readings) % 3, (SELECT count(*) FROM readings) = (SELECT n "
                    "FROM m)"),
                "0|true");
      EXPECT_EQ(Temperatures({.stream = "readings", .key = "b", .limit = 1}), std::vector<double>{2});
    } while (!done);
  });
  for (int i = 0; i < 60; ++i) {
    Keep({{"a", kNoon, 1, 0}, {"b", kNoon, 2, 0}, {"c", kNoon, 3, 0}});
    if (i % 20 == 0) {
      EXPECT_TRUE(store_->Maintain(kNoon).ok());
    }
  }
  done = true;
  reading.join();
}

TEST_P(StoreFaults, RetentionInStepsCountsEveryRow) {
  shape_.retain = 24h;
  Open();
  for (const PartitionId partition : {0, 1}) {
    for (int i = 0; i < 3; ++i) Keep(std::vector<Reading>(50'000, {"a", kNoon, 1, 0}), partition);
    Keep({{"a", kNoon, 1, 0}}, partition, kNoon + 48h);
  }
  ASSERT_TRUE(store_->Maintain(kNoon + 49h).ok());
  EXPECT_EQ(Rows(), 2);
  EXPECT_EQ(store_->CountRows("readings", 1, 0, 150'001)->rows, 1);
  EXPECT_EQ(store_->CountRows("readings", 1, 0, 150'001)->expired, 150'000);
}

// Runs `child` in a process of its own that ends with its answer.
template <class Child>
int ExitOf(const Child& child) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(child());
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Processes come and go while one of them builds.
class SharedStore : public StoreContract {};
INSTANTIATE_TEST_SUITE_P(Stores, SharedStore, ::testing::Values(PostgresStores()),
                         [](const auto& store) { return store.param.name; });

// Somebody's lock stands for a table so large that the building takes long.
TEST_P(SharedStore, AClaimDoesNotEndTheBuildingOfASummary) {
  Open();
  Keep({{"a", kNoon, 1, 0}, {"a", kNoon, 2, 0}});
  auto other = *GetParam().open(shape_, directory_.path());
  PostgresServer& server = PostgresServer::Get();
  const auto person = *pg::Connection::Open(server.TargetAs("writer", server.SchemaOf(directory_.path())));
  ASSERT_TRUE(person->Run("BEGIN; LOCK TABLE readings").ok());
  Summarise("m", 1min, {{"n", "count(*)"}});
  std::atomic<bool> built = false;
  std::thread building([&] {
    Open();
    built = true;
  });
  Status claimed;
  while (claimed.ok() && !built) {
    const auto claim = other->Claim(SeatOf(0), "log-1", 0);
    if (!claim.ok()) claimed = claim.status();
  }
  EXPECT_THAT(claimed.message(), HasSubstr("builds a summary"));
  EXPECT_TRUE(person->Run("COMMIT").ok());
  building.join();
  EXPECT_TRUE(store_->Health().ok()) << store_->Health().message();
  EXPECT_EQ(Ask("SELECT n FROM m"), "2");
  EXPECT_TRUE(other->Claim(SeatOf(0), "log-1", 0).ok());
}

// What lies in files of this process.
class EmbeddedStoreFaults : public StoreContract {};
INSTANTIATE_TEST_SUITE_P(Stores, EmbeddedStoreFaults, ::testing::Values(DuckDbStores()),
                         [](const auto& store) { return store.param.name; });

// The limit on a file's size stands for a disk that is full.
TEST_P(EmbeddedStoreFaults, AFullDiskIsAStateAndTheSameCommitWorksLater) {
  const auto child = [this] {
    Open();
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = 3 << 20;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const std::vector<Reading> readings(20'000, {"a", kNoon, 1, 0});
    Span span = SpanOf(readings);
    for (int i = 0; i < 200 && Commit({span}) == CommitOutcome::done; ++i) span = SpanOf(readings);
    if (last_.kind != CommitOutcome::retry || store_->Health().ok()) return 1;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    if (Commit({span}) != CommitOutcome::done || !store_->Health().ok()) return 2;
    return Rows() == span.next ? 0 : 3;
  };
  EXPECT_EQ(ExitOf(child), 0);
}

// The process that is killed: this program again, told where by its environment.
constexpr const char* kVictim = "SLUICE_TEST_COMMIT_FOR_EVER_IN";

class KilledStore : public StoreContract {
 protected:
  void SetUp() override {
    StoreContract::SetUp();
    Summarise("m", 1min, {{"n", "count(*)"}});
  }

  // Commits for ever, saying so on the standard output after each.
  void CommitForEver(const std::string& directory) {
    store_ = *GetParam().open(shape_, directory);
    do {
      Keep({{"a", kNoon, 1, 0}, {"b", kNoon, 2, 0}, {"c", kNoon, 3, 0}});
    } while (::write(STDOUT_FILENO, "x", 1) == 1);
  }

  // Starts the victim and kills it some time after `commits` of them; the rows that it had said were stored.
  int64_t KillAfter(int commits, std::chrono::milliseconds more) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    const std::string filter = "--gtest_filter=Stores/KilledStore.*/" + GetParam().name;
    const pid_t child = ::fork();
    if (child == 0) {
      ::setenv(kVictim, directory_.path().c_str(), 1);
      ::dup2(ends[1], STDOUT_FILENO);
      ::execl("/proc/self/exe", "contract_suite", filter.c_str(), "--gtest_brief=1", nullptr);
      ::_exit(1);
    }
    ::close(ends[1]);
    int64_t said = ReadCommits(ends[0], commits);
    // What is waited for never comes: an instant anywhere in a commit.
    ::poll(nullptr, 0, static_cast<int>(more.count()));
    ::kill(child, SIGKILL);
    said += ReadCommits(ends[0], std::numeric_limits<int>::max());
    ::waitpid(child, nullptr, 0);
    ::close(ends[0]);
    return 3 * said;
  }
  static int64_t ReadCommits(int from, int most) {
    int64_t seen = 0;
    for (char byte = 0; seen < most && ::read(from, &byte, 1) == 1;) seen += byte == 'x';
    return seen;
  }
};
INSTANTIATE_TEST_SUITE_P(Stores, KilledStore, ::testing::ValuesIn(AllStores()),
                         [](const auto& store) { return store.param.name; });

TEST_P(KilledStore, HoldsWholeCommitsOnlyAndEveryOneItAnswered) {
  if (const char* directory = std::getenv(kVictim)) return CommitForEver(directory);
  const uint64_t seed = RandomSeed();
  SCOPED_TRACE(seed);
  Random random(seed);
  int64_t stored = 0;
  for (int round = 0; round < 6; ++round) {
    stored += KillAfter(1 + int(random.Below(12)), std::chrono::milliseconds(random.Below(40)));
    Open();
    EXPECT_GE(Rows(), stored);
    EXPECT_EQ(Rows() % 3, 0);
    EXPECT_EQ(Claim().next, Rows());
    EXPECT_EQ(Ask("SELECT n FROM m"), std::to_string(Rows()));
    EXPECT_EQ(Ask("SELECT sum(readings)::BIGINT FROM sluice_key"), std::to_string(Rows()));
    stored = Rows();
    store_.reset();
  }
}

}  // namespace
}  // namespace sluice
