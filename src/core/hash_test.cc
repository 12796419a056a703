#include "core/hash.h"

#include <gtest/gtest.h>

#include "core/batch.h"

namespace sluice {
namespace {

// The example of FIPS 180-2, appendix B.1.
TEST(Sha256, AnswersThePublishedExample) {
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, IsTheSameInPieces) {
  Sha256 hash;
  hash.Update("a");
  hash.Update("bc");
  EXPECT_EQ(hash.Hex(), Sha256Hex("abc"));
}

TEST(DeadEntry, KeepsTheFirst64KiBWithLengthAndHashOfTheWhole) {
  const std::string bytes(100'000, 'x');
  const DeadEntry dead = MakeDeadEntry(3, "too long", "source.a line 1", bytes);
  EXPECT_EQ(dead.bytes.size(), size_t{64} << 10);
  EXPECT_EQ(dead.length, 100'000);
  EXPECT_EQ(dead.hash, Sha256Hex(bytes));
}

}  // namespace
}  // namespace sluice
