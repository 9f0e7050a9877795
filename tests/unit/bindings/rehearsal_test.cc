// What a spare does while nobody needs it stays without a trace.
#include <gmock/gmock.h>

#include <string>

#include "tests/unit/bindings/worker_driver.h"

namespace brink::testing {
namespace {

WorkerDriver rehearsed(std::string source) {
  return WorkerDriver({.modules = {{"middleware.js", std::move(source)}}, .rehearses = true});
}

TEST(Rehearsal, IsNotSeenByTheFront) {
  WorkerDriver driver = rehearsed("export default () => new Response('mine');");
  ASSERT_TRUE(driver.load()) << driver.app_failure.message;
  EXPECT_EQ(driver.fetch("http://e.com/").body, "mine");
  EXPECT_THAT(driver.modules_asked_for, ::testing::ElementsAre("middleware.js"));
  EXPECT_EQ(driver.answers.size(), 1U);
  EXPECT_TRUE(driver.logs.empty());
}

/// The watchdog of the worker that is thrown away once missed the signal that ends it.
TEST(Rehearsal, ComesToAnEndEachTime) {
  for (int i = 0; i < 20; ++i) {
    const WorkerDriver driver = rehearsed("export default () => new Response();");
    ASSERT_TRUE(driver.ready);
  }
}

TEST(Rehearsal, LeavesTheAppARealmOfItsOwn) {
  const std::string source = R"(
    const own = Object.getOwnPropertyNames(globalThis).sort().join();
    export default () => new Response(own);)";
  WorkerDriver fresh = WorkerDriver::with_middleware(source);
  ASSERT_TRUE(fresh.load());
  WorkerDriver driver = rehearsed(source);
  ASSERT_TRUE(driver.load()) << driver.app_failure.message;
  EXPECT_EQ(driver.fetch("http://e.com/").body, fresh.fetch("http://e.com/").body);
}

TEST(Rehearsal, LeavesTheLimitOfCpuTimeInForce) {
  WorkerDriver driver = rehearsed("export default () => { for (;;); }");
  ASSERT_TRUE(driver.load()) << driver.app_failure.message;
  EXPECT_EQ(driver.fetch("http://e.com/").code, "BRINK_CPU_LIMIT");
}

TEST(Rehearsal, LeavesTheLimitOfMemoryInForce) {
  const std::string source = R"(
    export default () => {
      const kept = [];
      for (;;) kept.push(new Array(10_000).fill(0));
    })";
  WorkerDriver driver(
      {.modules = {{"middleware.js", source}}, .cpu_limit_ms = 20'000, .rehearses = true});
  ASSERT_TRUE(driver.load()) << driver.app_failure.message;
  EXPECT_EQ(driver.fetch("http://e.com/").code, "BRINK_MEMORY_LIMIT");
}

}  // namespace
}  // namespace brink::testing
