#include "app/dead_replay.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(DeadReplay, WhatWasKeptSaysHowItIsRead) {
  EXPECT_EQ(CodecOfDead(R"( {"a":1})"), CodecKind::json);
  EXPECT_EQ(CodecOfDead("[1,\n2"), CodecKind::json);
  EXPECT_EQ(CodecOfDead("a,b\n1,2"), CodecKind::csv);
  EXPECT_EQ(CodecOfDead("\"a b\",c\n1,2"), CodecKind::csv);
  EXPECT_EQ(CodecOfDead("no object"), CodecKind::json);
  EXPECT_EQ(CodecOfDead(""), CodecKind::json);
}

}  // namespace
}  // namespace sluice
