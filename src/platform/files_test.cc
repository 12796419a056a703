#include "platform/files.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "testing/temp_dir.h"

namespace sluice {
namespace {

TEST(SystemFiles, ReadsFewerBytesOnlyAtTheEnd) {
  const TempDir dir;
  const auto file = SystemFiles().OpenForRead(dir.Write("a", "0123456789"));
  ASSERT_TRUE(file.ok());
  std::string bytes;
  ASSERT_TRUE((*file)->ReadAt(3, 4, &bytes).ok());
  EXPECT_EQ(bytes, "3456");
  ASSERT_TRUE((*file)->ReadAt(8, 4, &bytes).ok());
  EXPECT_EQ(bytes, "89");
  ASSERT_TRUE((*file)->ReadAt(100, 4, &bytes).ok());
  EXPECT_EQ(bytes, "");
}

TEST(SystemFiles, KeepsAnOpenFileReadableAfterItsNameIsGone) {
  const TempDir dir;
  const auto file = SystemFiles().OpenForRead(dir.Write("a", "kept"));
  std::filesystem::remove(dir / "a");
  std::string bytes;
  ASSERT_TRUE((*file)->ReadAt(0, 10, &bytes).ok());
  EXPECT_EQ(bytes, "kept");
}

TEST(SystemFiles, ListsMatchesInOrderOfName) {
  const TempDir dir;
  dir.Write("b.csv", "");
  dir.Write("a.csv", "");
  dir.Write("c.txt", "");
  const auto found = SystemFiles().Glob(dir / "*.csv");
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(*found, (std::vector<std::string>{dir / "a.csv", dir / "b.csv"}));
  EXPECT_TRUE(SystemFiles().Glob(dir / "*.none")->empty());
}

TEST(SystemFiles, ReplaceLeavesNoTemporaryFile) {
  const TempDir dir;
  ASSERT_TRUE(ReplaceFile(SystemFiles(), dir / "state", "one").ok());
  ASSERT_TRUE(ReplaceFile(SystemFiles(), dir / "state", "two").ok());
  EXPECT_EQ(*ReadWholeFile(SystemFiles(), dir / "state"), "two");
  EXPECT_EQ(SystemFiles().List(dir.path())->size(), 1U);
}

TEST(SystemFiles, MakesADirectoryWithThoseAboveIt) {
  const TempDir dir;
  for (const std::string& path : {dir / "a/b/c", dir / "a/b/d/", dir / "a"}) {
    ASSERT_TRUE(SystemFiles().MakeDirectories(path).ok()) << path;
    EXPECT_TRUE(std::filesystem::is_directory(path));
  }
  dir.Write("file", "");
  EXPECT_EQ(SystemFiles().MakeDirectories(dir / "file").code(), Code::reject);
  EXPECT_EQ(SystemFiles().MakeDirectories(dir / "file/below").code(), Code::reject);
}

TEST(SystemFiles, RejectsWhatIsNotThere) {
  EXPECT_EQ(SystemFiles().OpenForRead("/nowhere/file").status().code(), Code::reject);
  EXPECT_EQ(ReadWholeFile(SystemFiles(), "/").status().code(), Code::reject);
}

}  // namespace
}  // namespace sluice
