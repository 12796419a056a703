#include "platform/directory_lock.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "testing/temp_dir.h"

namespace sluice {
namespace {

TEST(DirectoryLock, LetsOneHolderInAtATime) {
  const TempDir dir;
  auto first = DirectoryLock::Take(dir.path());
  ASSERT_TRUE(first.ok());
  EXPECT_TRUE(DirectoryLock::IsTaken(dir.path()));
  const auto second = DirectoryLock::Take(dir.path());
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.status().message().find("in use by process"), std::string::npos);
  first->reset();
  EXPECT_FALSE(DirectoryLock::IsTaken(dir.path()));
  EXPECT_TRUE(DirectoryLock::Take(dir.path()).ok());
}

TEST(DirectoryLock, KeepsAWordForOthersBesideItsHolder) {
  const TempDir dir;
  EXPECT_EQ(DirectoryLock::NoteOf(dir.path()), "");
  const auto lock = DirectoryLock::Take(dir.path());
  EXPECT_EQ(DirectoryLock::NoteOf(dir.path()), "");
  (*lock)->Note("http://127.0.0.1:8080");
  EXPECT_EQ(DirectoryLock::NoteOf(dir.path()), "http://127.0.0.1:8080");
  const auto second = DirectoryLock::Take(dir.path());
  EXPECT_NE(second.status().message().find("in use by process"), std::string::npos);
}

TEST(DirectoryLock, ManyMayLookWhileNobodyHasTakenIt) {
  const TempDir dir;
  EXPECT_FALSE(DirectoryLock::Share(dir.path()).ok());
  DirectoryLock::Take(dir.path())->reset();
  const auto one = DirectoryLock::Share(dir.path());
  const auto other = DirectoryLock::Share(dir.path());
  EXPECT_TRUE(one.ok() && other.ok());
  EXPECT_FALSE(DirectoryLock::IsTaken(dir.path()));
  EXPECT_NE(DirectoryLock::Take(dir.path()).status().message().find("looked at by another command"),
            std::string::npos);
}

TEST(DirectoryLock, NobodyLooksIntoOneThatIsTaken) {
  const TempDir dir;
  const auto holder = DirectoryLock::Take(dir.path());
  const std::string words = DirectoryLock::Share(dir.path()).status().message();
  EXPECT_NE(words.find("in use by process"), std::string::npos);
  EXPECT_EQ(DirectoryLock::CheckFree(dir.path()).message(), words);
}

TEST(DirectoryLock, NoticesThatTheDirectoryWasDeleted) {
  const TempDir dir;
  const auto lock = DirectoryLock::Take(dir.path());
  ASSERT_TRUE(lock.ok());
  EXPECT_TRUE((*lock)->Check().ok());
  std::filesystem::remove(dir / "LOCK");
  EXPECT_EQ((*lock)->Check().code(), Code::fatal);
}

TEST(DirectoryLock, NoticesThatTheDirectoryWasReplaced) {
  const TempDir dir;
  const auto lock = DirectoryLock::Take(dir.path());
  std::filesystem::rename(dir / "LOCK", dir / "LOCK.old");
  dir.Write("LOCK", "");
  EXPECT_EQ((*lock)->Check().code(), Code::fatal);
}

TEST(DirectoryLock, RejectsADirectoryThatIsNotThere) {
  EXPECT_EQ(DirectoryLock::Take("/nowhere/at/all").status().code(), Code::reject);
}

}  // namespace
}  // namespace sluice
