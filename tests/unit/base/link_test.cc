#include "core/base/link.h"

#include <gtest/gtest.h>

#include <memory>

namespace brink {
namespace {

struct Left;
struct Right {
  LinkEnd<Right, Left> link{*this};
  int told = 0;
  void on_peer_gone() { ++told; }
};
struct Left {
  LinkEnd<Left, Right> link{*this};
  int told = 0;
  void on_peer_gone() { ++told; }
};

class LinkTest : public ::testing::Test {
 protected:
  std::unique_ptr<Left> left = std::make_unique<Left>();
  std::unique_ptr<Right> right = std::make_unique<Right>();
};

TEST_F(LinkTest, EachEndKnowsTheOther) {
  EXPECT_EQ(left->link.peer(), nullptr);
  left->link.link(right->link);
  EXPECT_EQ(left->link.peer(), right.get());
  EXPECT_EQ(right->link.peer(), left.get());
}

TEST_F(LinkTest, TheOneThatStaysIsTold) {
  left->link.link(right->link);
  right.reset();
  EXPECT_EQ(left->told, 1);
  EXPECT_EQ(left->link.peer(), nullptr);

  right = std::make_unique<Right>();
  right->link.link(left->link);
  left.reset();
  EXPECT_EQ(right->told, 1);
  EXPECT_EQ(right->link.peer(), nullptr);
}

TEST_F(LinkTest, WhoeverIsLinkedElsewhereLeavesItsPeerTold) {
  Right other;
  left->link.link(right->link);
  left->link.link(other.link);
  EXPECT_EQ(right->told, 1);
  EXPECT_EQ(right->link.peer(), nullptr);
  EXPECT_EQ(left->link.peer(), &other);
  EXPECT_EQ(left->told, 0);

  Left third;
  third.link.link(other.link);
  EXPECT_EQ(left->told, 1);
  EXPECT_EQ(other.link.peer(), &third);
}

TEST_F(LinkTest, TakingUnlinksWithoutAWord) {
  left->link.link(right->link);
  EXPECT_EQ(left->link.take(), right.get());
  EXPECT_EQ(left->link.take(), nullptr);
  right.reset();
  EXPECT_EQ(left->told, 0);
}

TEST_F(LinkTest, LinkingTwiceIsLinkingOnce) {
  left->link.link(right->link);
  right->link.link(left->link);
  EXPECT_EQ(left->told + right->told, 0);
}

}  // namespace
}  // namespace brink
