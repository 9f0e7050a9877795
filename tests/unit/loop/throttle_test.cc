#include "core/loop/throttle.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace brink {
namespace {

TEST(Throttle, TellsAtOnceThenOnceAnInterval) {
  EventLoop loop;
  std::vector<std::uint64_t> told;
  std::optional<Throttle> throttle;
  throttle.emplace(loop, 50, [&](std::uint64_t times) { told.push_back(times); });
  throttle->note(0);
  EXPECT_TRUE(told.empty());
  throttle->note();
  throttle->note();
  throttle->note(3);
  EXPECT_EQ(told, std::vector<std::uint64_t>{1});
  Timer timer(loop, [&] { loop.stop(); });
  timer.start(300);
  loop.run();
  EXPECT_EQ(told, (std::vector<std::uint64_t>{1, 4}));
  throttle->note();
  throttle->note();
  throttle.reset();
  EXPECT_EQ(told, (std::vector<std::uint64_t>{1, 4, 1, 1})) << "what is left is told at the end";
}

}  // namespace
}  // namespace brink
