#include "core/http/deadline_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <vector>

#include "tests/unit/http/test_peer.h"

namespace brink::http::test {
namespace {

using ::testing::ElementsAre;

class Noting : public Deadline {
 public:
  Noting(std::vector<int>& order, int number) : order_(order), number_(number) {}
  std::function<void()> action;

 private:
  void on_deadline() override {
    order_.push_back(number_);
    // It may destroy this object, and would destroy itself with it.
    const std::function<void()> run = action;
    if (run) run();
  }
  std::vector<int>& order_;
  int number_;
};

TEST(DeadlineList, FiresInOrderAndOnlyWhatIsSet) {
  EventLoop loop;
  DeadlineList list(loop, 20);
  std::vector<int> order;
  Noting first(order, 1);
  Noting second(order, 2);
  Noting third(order, 3);
  first.set_deadline(list);
  second.set_deadline(list);
  third.set_deadline(list);
  first.set_deadline(list);  // starts anew, and so comes last
  second.clear_deadline();
  EXPECT_TRUE(first.has_deadline_in(list));
  EXPECT_FALSE(second.has_deadline_in(list));
  EXPECT_TRUE(run_until(loop, [&] { return order.size() == 2; }));
  run_turns(loop, 100);
  EXPECT_THAT(order, ElementsAre(3, 1));
}

TEST(DeadlineList, TheFirstMayBeFiredBeforeItsTime) {
  EventLoop loop;
  DeadlineList list(loop, 3'600'000);
  std::vector<int> order;
  Noting first(order, 1);
  Noting second(order, 2);
  EXPECT_FALSE(list.fire_first());
  first.set_deadline(list);
  second.set_deadline(list);
  EXPECT_EQ(list.first_set_ms(), loop.now_ms());
  EXPECT_TRUE(list.fire_first());
  EXPECT_THAT(order, ElementsAre(1));
  EXPECT_TRUE(list.fire_first());
  EXPECT_TRUE(list.empty());
  EXPECT_THAT(order, ElementsAre(1, 2));
}

TEST(DeadlineList, MovesBetweenListsAndDestroysWithinCallbacks) {
  EventLoop loop;
  DeadlineList never(loop, 3'600'000);
  DeadlineList soon(loop, 5);
  std::vector<int> order;
  auto first = std::make_unique<Noting>(order, 1);
  auto second = std::make_unique<Noting>(order, 2);
  first->action = [&] {
    first.reset();
    second.reset();
  };
  second->set_deadline(never);
  first->set_deadline(never);
  first->set_deadline(soon);
  second->set_deadline(soon);
  EXPECT_TRUE(run_until(loop, [&] { return first == nullptr; }));
  run_turns(loop, 50);
  EXPECT_THAT(order, ElementsAre(1));
}

TEST(DeadlineList, MaySetItselfAgain) {
  EventLoop loop;
  DeadlineList list(loop, 2);
  std::vector<int> order;
  Noting again(order, 1);
  again.action = [&] {
    if (order.size() < 3) again.set_deadline(list);
  };
  again.set_deadline(list);
  EXPECT_TRUE(run_until(loop, [&] { return order.size() == 3; }));
}

}  // namespace
}  // namespace brink::http::test
