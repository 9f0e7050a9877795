#include <gmock/gmock.h>

#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>

#include "core/base/errors.h"
#include "tests/unit/bindings/worker_driver.h"

namespace brink::testing {
namespace {

using Kind = Answer::Kind;
using ::testing::HasSubstr;
using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// Scripts that never give the CPU back, by the ways in which they keep it.
class CpuHog : public ::testing::TestWithParam<const char*> {};

TEST_P(CpuHog, IsEndedAndLeavesTheNextRequestAlone) {
  WorkerDriver driver = WorkerDriver::with_middleware(
      std::string("export async function middleware(request) {\n"
                  "  if (!request.url.endsWith('hog')) return new Response('fine');\n") +
      GetParam() + "\n}");
  ASSERT_TRUE(driver.load());
  for (int round = 0; round < 3; ++round) {
    const double before_ms = driver.cpu_ms();
    const Answer answer = driver.fetch("http://e.com/hog");
    EXPECT_EQ(answer.kind, Kind::kFailed);
    EXPECT_EQ(answer.code, "BRINK_CPU_LIMIT") << answer.message;
    EXPECT_TRUE(answer.done);
    EXPECT_LT(driver.cpu_ms() - before_ms, driver.options.cpu_limit_ms + 100);
    for (int i = 0; i < 3; ++i) {
      const Answer next = driver.fetch("http://e.com/");
      EXPECT_EQ(next.body, "fine") << next.code << next.message;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, CpuHog,
    ::testing::Values(
        "for (;;);", "try { for (;;); } finally { for (;;); }", "await null; for (;;);",
        "const spin = () => Promise.resolve().then(spin); await spin();",
        "queueMicrotask(function again() { queueMicrotask(again); }); await new Promise(() => {});",
        "for (;;) { try { (function f() { f(); })(); } catch {} }",
        "/(a+)+b/.test('a'.repeat(40));",
        "throw { get name() { for (;;); }, get stack() { for (;;); }, toString() { for (;;); } };",
        "await { then() { for (;;); } };",
        "const e = new Error(); Object.defineProperty(e, 'stack', { get() { for (;;); } }); throw "
        "e;",
        "console.log({ get x() { for (;;); }, toString() { for (;;); } }); for (;;);",
        "for (;;) await new Promise((r) => { const end = Date.now() + 5; while (Date.now() < end); "
        "setTimeout(r, 0); });"));

TEST(CpuLimit, OtherRequestsInFlightGoOn) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    export async function middleware(request) {
      if (request.url.endsWith('hog')) for (;;);
      await new Promise((resolve) => setTimeout(resolve, 100));
      return new Response('fine');
    })");
  ASSERT_TRUE(driver.load());
  const std::uint32_t patient = driver.send_request("http://e.com/");
  const std::uint32_t hog = driver.send_request("http://e.com/hog");
  EXPECT_EQ(driver.finish(hog).code, "BRINK_CPU_LIMIT");
  EXPECT_EQ(driver.finish(patient).body, "fine");
}

TEST(CpuLimit, WaitingIsFree) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    export async function middleware() {
      await new Promise((resolve) => setTimeout(resolve, 200));
      return new Response('fine');
    })");
  ASSERT_TRUE(driver.load());
  const Answer answer = driver.fetch("http://e.com/");
  EXPECT_EQ(answer.body, "fine");
  EXPECT_LT(answer.cpu_us, 20'000U);
}

TEST(CpuLimit, WhatCantBeTerminatedEndsTheWorker) {
  WorkerDriver driver =
      WorkerDriver::with_middleware("export const middleware = () => new Array(2 ** 27).fill(0);");
  driver.options.memory_limit_bytes = 1U << 30;
  ASSERT_TRUE(driver.load());
  const auto start = Clock::now();
  driver.fetch("http://e.com/");
  EXPECT_LT(ms_since(start), 1000);
  const int exit_status = driver.exit_status.value_or(-1);
  EXPECT_TRUE(WIFEXITED(exit_status));
  EXPECT_EQ(WEXITSTATUS(exit_status), 78);
  EXPECT_EQ(driver.status().exit_code_name.load(),
            static_cast<std::uint32_t>(ErrorCode::kCpuLimit) + 1);
}

TEST(CpuLimit, RejectionsThatLoopWhenTheyAreDescribedShareOneLimit) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    export function middleware(request) {
      if (request.url.endsWith('hog')) {
        for (let i = 0; i < 50; i++) Promise.reject({ get stack() { for (;;); } });
      }
      return new Response('fine');
    })");
  ASSERT_TRUE(driver.load());
  EXPECT_EQ(driver.fetch("http://e.com/hog").body, "fine");
  EXPECT_EQ(driver.fetch("http://e.com/").body, "fine");
  EXPECT_FALSE(driver.exit_status.has_value());
}

TEST(CpuLimit, ShortTurnsAddUp) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    export async function middleware() {
      for (let i = 0; i < 200; i++) {
        const end = performance.now() + 1;
        while (performance.now() < end);
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
    })");
  ASSERT_TRUE(driver.load());
  const Answer answer = driver.fetch("http://e.com/");
  EXPECT_EQ(answer.code, "BRINK_CPU_LIMIT");
  EXPECT_LT(answer.cpu_us, 80'000U);
}

/// Uses CPU time, whatever else the machine does: performance.now() would count waiting, too.
constexpr const char* kBurn =
    "const burn = (steps) => { let x = 0; for (let i = 0; i < steps; i++) "
    "x = (x * 31 + i) | 0; return x; };\n";

TEST(CpuLimit, HoldsOverSeveralTurns) {
  const Modules modules = {{"middleware.js", std::string(kBurn) + R"(
    export async function middleware(request) {
      const steps = Number(request.url.split('=')[1]);
      burn(steps);
      await new Promise((resolve) => setTimeout(resolve, 1));
      burn(steps);
      return new Response('done');
    })"}};
  const auto warm = [](WorkerDriver& driver) {
    ASSERT_TRUE(driver.load());
    for (int i = 0; i < 20; ++i) driver.fetch("http://e.com/?n=100000");
  };
  WorkerDriver measured({.modules = modules, .cpu_limit_ms = 60'000});
  warm(measured);
  const Answer once = measured.fetch("http://e.com/?n=50000000");
  ASSERT_EQ(once.body, "done");
  // Each of the two turns takes less than the limit, both together more.
  const std::uint32_t limit_ms = once.cpu_us / 1000 * 6 / 10;
  WorkerDriver limited({.modules = modules, .cpu_limit_ms = limit_ms});
  warm(limited);
  const Answer answer = limited.fetch("http://e.com/?n=50000000");
  EXPECT_EQ(answer.code, "BRINK_CPU_LIMIT") << answer.cpu_us << " of " << once.cpu_us;
  EXPECT_LT(answer.cpu_us, limit_ms * 1400);
}

TEST(CpuLimit, ALongTurnAmongManyShortOnesIsChargedWhatItUsed) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    export async function middleware(request) {
      if (request.url.endsWith('hog')) for (;;);
      return new Response('fine');
    })");
  ASSERT_TRUE(driver.load());
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 300; ++i) ASSERT_EQ(driver.fetch("http://e.com/").body, "fine");
    const Answer answer = driver.fetch("http://e.com/hog");
    ASSERT_EQ(answer.code, "BRINK_CPU_LIMIT");
    EXPECT_GE(answer.cpu_us, 45'000U) << "the limit is 50 ms: " << answer.message;
  }
}

TEST(CpuLimit, WhatAStoppedRequestLeftInTheQueueNeverRuns) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    export async function middleware(request) {
      if (!request.url.endsWith('hog')) return new Response(String(globalThis.leaked));
      Promise.resolve().then(() => { globalThis.leaked = true; });
      for (;;);
    })");
  ASSERT_TRUE(driver.load());
  EXPECT_EQ(driver.fetch("http://e.com/hog").code, "BRINK_CPU_LIMIT");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(driver.fetch("http://e.com/").body, "undefined");
}

TEST(Timers, OfARequestThatHasEndedAreGone) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    export function middleware(request) {
      if (request.url.endsWith('fires')) setTimeout(() => console.log('fired'), 50);
      for (let i = 0; i < 100; i++) setTimeout(() => console.log('fired'), 40 + i % 10);
      return new Response('fine');
    })");
  ASSERT_TRUE(driver.load());
  for (int i = 0; i < 100; ++i) EXPECT_EQ(driver.fetch("http://e.com/").body, "fine");
  // Between turns: each timer that were still there would begin one, of no request.
  const std::uint64_t turns = driver.status().turn.load();
  driver.pump([] { return false; }, 400);
  EXPECT_LT(driver.status().turn.load() - turns, 100U);
  EXPECT_TRUE(driver.logs.empty());
}

TEST(CpuLimit, AResponseThatIsUnderWayIsBroken) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    export function middleware() {
      return new Response(new ReadableStream({
        start(controller) { controller.enqueue(new TextEncoder().encode('begun')); },
        pull() { return new Promise((resolve) => setTimeout(() => { for (;;); }, 20)); },
      }));
    })");
  ASSERT_TRUE(driver.load());
  const Answer answer = driver.fetch("http://e.com/");
  EXPECT_EQ(answer.kind, Kind::kRespond);
  EXPECT_EQ(answer.body, "begun");
  EXPECT_EQ(answer.stream_end, ipc::ChunkState::kError);
  ASSERT_EQ(driver.logs.size(), 1U);
  EXPECT_THAT(driver.logs[0].text, HasSubstr("BRINK_CPU_LIMIT"));
}

TEST(CpuLimit, FinalizersCantKeepTheWorker) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    const registry = new FinalizationRegistry(() => { for (;;); });
    export function middleware(request) {
      if (!request.url.endsWith('hog')) return new Response('fine');
      for (let i = 0; i < 10; i++) registry.register({}, i);
      for (let i = 0; i < 20; i++) new Array(200_000).fill({});
      return new Response('registered');
    })");
  driver.options.cpu_limit_ms = 300;  // for the garbage, on a slow machine
  ASSERT_TRUE(driver.load());
  EXPECT_EQ(driver.fetch("http://e.com/hog").body, "registered");
  const auto start = Clock::now();
  while (ms_since(start) < 1500 && !driver.exit_status) {
    const Answer answer = driver.fetch("http://e.com/");
    EXPECT_TRUE(answer.body == "fine" || driver.exit_status) << answer.code;
  }
}

/// Scripts that want about a gigabyte at once.
class MemoryHog : public ::testing::TestWithParam<const char*> {};

TEST_P(MemoryHog, EndsOnlyItself) {
#ifdef __SANITIZE_ADDRESS__
  const std::string_view script = GetParam();
  if (script.contains("split") || script.contains("resize"))
    GTEST_SKIP() << "needs the memory fence";
#endif
  WorkerDriver driver = WorkerDriver::with_middleware(
      std::string("const kept = [];\nexport async function middleware(request) {\n"
                  "  if (!request.url.endsWith('hog')) return new Response('fine');\n") +
      GetParam() + "\nreturn new Response('got it');\n}");
  driver.options.cpu_limit_ms = 3000;  // or the collector's work would pass that limit first
  driver.options.memory_limit_bytes = 32U << 20;
  ASSERT_TRUE(driver.load());
  const auto start = Clock::now();
  const Answer answer = driver.fetch("http://e.com/hog");
  EXPECT_LT(ms_since(start),
            10'000);  // the machine may be busy
  driver.pump([&] { return driver.exit_status.has_value(); }, 100);
  if (driver.exit_status) {
    EXPECT_TRUE(WIFEXITED(*driver.exit_status)) << "signal " << WTERMSIG(*driver.exit_status);
    EXPECT_EQ(WEXITSTATUS(*driver.exit_status), 77);
    EXPECT_EQ(driver.status().exit_code_name.load(),
              static_cast<std::uint32_t>(ErrorCode::kMemoryLimit) + 1);
    EXPECT_TRUE(answer.kind == Kind::kNone || answer.code == "BRINK_MEMORY_LIMIT") << answer.code;
  } else {
    EXPECT_EQ(answer.code, "BRINK_MEMORY_LIMIT") << answer.message;
    EXPECT_EQ(driver.fetch("http://e.com/").body, "fine");
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, MemoryHog,
    ::testing::Values(
        "new ArrayBuffer(2 ** 30);", "new Uint8Array(2 ** 30).fill(1);",
        "for (;;) kept.push(new Uint8Array(1 << 20).fill(1));",
        "for (;;) kept.push(new Array(1000).fill({ a: 1 }).map((x) => ({ ...x })));",
        "new Array(2 ** 27).fill(0);", "kept.push('x'.repeat(2 ** 29 - 30).split(''));",
        "let s = 'x'; for (;;) { s += s + Math.random(); kept.push(JSON.stringify(s)); }",
        "Array.from({ length: 2 ** 27 }, (_, i) => ({ i }));",
        "const m = new Map(); for (let i = 0; ; i++) m.set(i, { i });",
        "for (;;) kept.push(new WebAssembly.Memory({ initial: 512 }));",
        "new TextEncoder().encode('x'.repeat(2 ** 29 - 30));",
        "for (;;) kept.push(new ArrayBuffer(0, { maxByteLength: 2 ** 30 }).resize(2 ** 29));"));

TEST(MemoryLimit, GarbageDoesNotCount) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    export function middleware() {
      let sum = 0;
      for (let i = 0; i < 100; i++) sum += new Uint8Array(4 << 20).length + new Array(100_000).fill(i).length;
      return new Response(String(sum));
    })");
  driver.options.cpu_limit_ms = 3000;
  ASSERT_TRUE(driver.load());
  for (int i = 0; i < 5; ++i) {
    const Answer answer = driver.fetch("http://e.com/");
    EXPECT_EQ(answer.body, std::to_string(100 * ((4 << 20) + 100'000)))
        << answer.code << answer.message;
  }
}

TEST(Sandbox, HasNoWayOut) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    const attempt = (f) => { try { return String(f()); } catch (e) { return e.name; } };
    export function middleware() {
      return Response.json([
        Object.keys(globalThis.process ?? {}).join(), typeof require,
        attempt(() => { const f = () => f() + 1; return f(); }),
      ]);
    })");
  ASSERT_TRUE(driver.load());
  EXPECT_EQ(driver.fetch("http://e.com/").body, R"(["env","undefined","RangeError"])");
}

TEST(Zygote, TakesItsWorkersAlong) {
  ipc::Fd worker;
  {
    WorkerDriver driver = WorkerDriver::with_middleware("export default () => {}");
    worker = ipc::Fd(static_cast<int>(::syscall(SYS_pidfd_open, driver.worker_pid, 0)));
    driver.exit_status = 0;  // leaves the worker to the zygote
  }
  pollfd ended{worker.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&ended, 1, 2000), 1);
}

}  // namespace
}  // namespace brink::testing
