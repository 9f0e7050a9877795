// "isolation": "request": each request gets a realm of its own.
#include <gmock/gmock.h>

#include <chrono>
#include <fstream>
#include <string>

#include "tests/unit/bindings/worker_driver.h"

namespace brink::testing {
namespace {

using Kind = Answer::Kind;
using ::testing::HasSubstr;

/// A driver whose requests are isolated from each other; the source is not loaded yet.
WorkerDriver isolated(std::string source) {
  return WorkerDriver(
      {.modules = {{"middleware.js", std::move(source)}}, .isolate_requests = true});
}

/// A way in which a request could leave something behind, and a look at whether it is there. `look`
/// is an expression, evaluated before `leave` runs.
struct Trace {
  const char* name;
  const char* leave;
  const char* look;
  const char* clean;
};

class Isolation : public ::testing::TestWithParam<Trace> {};

std::string middleware(const Trace& trace) {
  return std::string("let count = 0;\nexport function middleware() {\n  const seen = String(") +
         trace.look + ");\n  " + trace.leave + "\n  return new Response(seen);\n}";
}

TEST_P(Isolation, LeavesNothingToTheNextRequest) {
  WorkerDriver driver = isolated(middleware(GetParam()));
  ASSERT_TRUE(driver.load()) << driver.app_failure.message;
  for (int i = 0; i < 8; ++i) {  // more than there are realms in hand
    const Answer answer = driver.fetch("http://e.com/");
    EXPECT_EQ(answer.body, GetParam().clean) << answer.code << answer.message;
  }
}

/// Without isolation the same look sees it: or the test above could not fail.
TEST_P(Isolation, IsNotThereWithoutTheKey) {
  WorkerDriver driver = WorkerDriver::with_middleware(middleware(GetParam()));
  ASSERT_TRUE(driver.load()) << driver.app_failure.message;
  EXPECT_EQ(driver.fetch("http://e.com/").body, GetParam().clean);
  EXPECT_NE(driver.fetch("http://e.com/").body, GetParam().clean);
}

INSTANTIATE_TEST_SUITE_P(
    All, Isolation,
    ::testing::Values(
        Trace{"ModuleState", "count++;", "count", "0"},
        Trace{"GlobalThis", "globalThis.x = 1;", "typeof x", "undefined"},
        Trace{"ObjectPrototype", "Object.prototype.polluted = 1;", "({}).polluted", "undefined"},
        Trace{"PatchedBuiltin", "Array.prototype.map = () => 'patched';", "[1].map((x) => x)", "1"},
        Trace{"PatchedPrimitive", "String.prototype.trim = () => 'patched';", "' a '.trim()", "a"},
        Trace{"PatchedWebApi", "Response.json = 1; Headers.prototype.get = () => 'patched';",
              "new Headers({ a: 'b' }).get('a')", "b"},
        Trace{"PatchedGlobal", "globalThis.fetch = () => {};", "fetch.name", "fetch"},
        Trace{"Process", "process.env.SECRET = 's';", "process.env.SECRET", "undefined"},
        Trace{"PrepareStackTrace", "Error.prepareStackTrace = () => 'hooked';",
              "new Error('x').stack.startsWith('Error: x')", "true"},
        Trace{"RegExpStatics", "/(secret)/.exec('a secret');", "RegExp.$1", ""},
        Trace{"FrozenBuiltin", "Object.freeze(Array.prototype);",
              "Object.isFrozen(Array.prototype)", "false"},
        Trace{"PatchedPromise", "Promise.prototype.then = function () { return this; };",
              "Promise.prototype.then.name", "then"}),
    [](const auto& test) { return test.param.name; });

TEST(RequestIsolation, ATimerEndsWithItsRequest) {
  WorkerDriver driver = isolated(R"(
    setInterval(() => console.log('tick of the module'), 5);
    export function middleware() {
      setInterval(() => console.log('tick of the request'), 5);
      return new Response('fine');
    })");
  ASSERT_TRUE(driver.load());
  EXPECT_EQ(driver.fetch("http://e.com/").body, "fine");
  driver.logs.clear();
  driver.pump([] { return false; }, 100);
  EXPECT_TRUE(driver.logs.empty()) << driver.logs[0].text;
}

TEST(RequestIsolation, TimersOfModulesGoOnInTheirRequest) {
  WorkerDriver driver = isolated(R"(
    let ticks = 0;
    setInterval(() => ticks++, 5);
    export async function middleware() {
      while (ticks < 3) await new Promise((resolve) => setTimeout(resolve, 5));
      return new Response('ticked');
    })");
  ASSERT_TRUE(driver.load());
  for (int i = 0; i < 6; ++i) EXPECT_EQ(driver.fetch("http://e.com/").body, "ticked");
}

TEST(RequestIsolation, RequestsInFlightKeepTheirRealms) {
  WorkerDriver driver = isolated(R"(
    let name;
    export async function middleware(request) {
      name = new URL(request.url).pathname;
      const timer = new Promise((resolve) => setTimeout(resolve, 20));
      const reply = fetch('http://api.e.com/');
      await timer;
      const text = await (await reply).text();
      return new Response(`${name} ${text}`);
    })");
  driver.on_fetch = [&](SeenFetch& fetch) {
    driver.send(fetch.id, ipc::FetchResponse{.status = 200, .has_body = true, .url = fetch.url});
  };
  driver.on_pull = [&](const SeenPull& pull) {
    const std::string body = "body " + std::to_string(pull.ref.id);
    driver.send(
        pull.ref.id,
        ipc::BodyChunk{.kind = pull.ref.kind, .state = ipc::ChunkState::kEnd, .bytes = body});
  };
  ASSERT_TRUE(driver.load());
  std::vector<std::uint32_t> ids;
  for (int i = 0; i < 12; ++i)
    ids.push_back(driver.send_request("http://e.com/" + std::to_string(i)));
  for (int i = 0; i < 12; ++i) {
    const Answer answer = driver.finish(ids[static_cast<std::size_t>(i)]);
    EXPECT_THAT(answer.body, HasSubstr("/" + std::to_string(i) + " body "))
        << answer.code << answer.message;
  }
}

TEST(RequestIsolation, WaitUntilKeepsTheRealmUntilItSettles) {
  WorkerDriver driver = isolated(R"(
    export function middleware(request, event) {
      event.waitUntil((async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        console.log('waited');
        Promise.reject(new Error('nobody handles it'));
      })());
      return new Response('fine');
    })");
  ASSERT_TRUE(driver.load());
  const std::uint32_t id = driver.send_request("http://e.com/");
  EXPECT_EQ(driver.finish(id).body, "fine");
  ASSERT_EQ(driver.logs.size(), 2U);
  EXPECT_EQ(driver.logs[0].text, "waited");
  EXPECT_EQ(driver.logs[1].request, id);
  EXPECT_THAT(driver.logs[1].text, HasSubstr("nobody handles it"));
}

TEST(RequestIsolation, FinalizersOfARequestThatEndedDoNotRun) {
  WorkerDriver driver = isolated(R"(
    const registry = new FinalizationRegistry(() => console.log('finalized'));
    export function middleware(request) {
      for (let i = 0; i < 10; i++) registry.register({}, i);
      for (let i = 0; i < 20; i++) new Array(200_000).fill({});
      return new Response('registered');
    })");
  driver.options.cpu_limit_ms = 3000;
  ASSERT_TRUE(driver.load());
  for (int i = 0; i < 20; ++i) {
    driver.logs.clear();
    EXPECT_EQ(driver.fetch("http://e.com/").body, "registered");
    driver.logs.clear();
    driver.pump([] { return false; }, 5);
    EXPECT_TRUE(driver.logs.empty()) << driver.logs[0].text;
  }
}

TEST(RequestIsolation, AStoppedRequestLeavesTheOthersAlone) {
  WorkerDriver driver = isolated(R"(
    export async function middleware(request) {
      if (request.url.endsWith('spin')) for (;;);
      if (request.url.endsWith('chain')) {
        const spin = () => Promise.resolve().then(spin);
        await spin();
      }
      if (request.url.endsWith('never')) await new Promise(() => {});
      await new Promise((resolve) => setTimeout(resolve, 50));
      return new Response('fine');
    })");
  ASSERT_TRUE(driver.load());
  for (int i = 0; i < 3; ++i) {
    const std::uint32_t patient = driver.send_request("http://e.com/");
    const std::uint32_t never = driver.send_request("http://e.com/never");
    EXPECT_EQ(driver.fetch("http://e.com/spin").code, "BRINK_CPU_LIMIT");
    EXPECT_EQ(driver.fetch("http://e.com/chain").code, "BRINK_CPU_LIMIT");
    EXPECT_EQ(driver.finish(patient).body, "fine");
    driver.send(never, ipc::Cancel{.kill = true});
    EXPECT_TRUE(driver.finish(never).done);
  }
}

TEST(RequestIsolation, StartsTheAppOnceForEachRequest) {
  WorkerDriver driver = isolated(R"(
    import { value } from './value.js';
    import { NextResponse } from 'next/server';
    export const middleware = async () => {
      const { value: again } = await import('./value.js');
      return new NextResponse(`${value === again} ${import.meta.url}`);
    };
    export const config = { matcher: '/a/:path*' };)");
  driver.options.modules["value.js"] = "console.log('evaluated'); export const value = {};";
  ASSERT_TRUE(driver.load());
  EXPECT_EQ(driver.matchers.size(), 1U);
  for (int i = 0; i < 6; ++i)
    EXPECT_EQ(driver.fetch("http://e.com/").body, "true file:///app/middleware.js");
  driver.pump([] { return false; }, 200);
  const std::size_t starts = driver.logs.size();
  EXPECT_GE(starts, 6U);
  EXPECT_LE(starts, 6U + 4U);  // and those in hand
  driver.pump([] { return false; }, 100);
  EXPECT_EQ(driver.logs.size(), starts);  // an idle worker makes no more
}

TEST(RequestIsolation, TopLevelAwaitHoldsTheRequestBack) {
  WorkerDriver driver = isolated(R"(
    await new Promise((resolve) => setTimeout(resolve, 10));
    let count = 0;
    export const middleware = () => new Response(String(++count));)");
  ASSERT_TRUE(driver.load());
  std::vector<std::uint32_t> ids;
  for (int i = 0; i < 10; ++i) ids.push_back(driver.send_request("http://e.com/"));
  for (const std::uint32_t id : ids) EXPECT_EQ(driver.finish(id).body, "1");
}

TEST(RequestIsolation, ARequestThatIsHeldCanBeCancelled) {
  WorkerDriver driver = isolated(R"(
    await new Promise((resolve) => setTimeout(resolve, 50));
    export const middleware = () => new Promise(() => {});)");
  ASSERT_TRUE(driver.load());
  std::vector<std::uint32_t> ids;
  for (int i = 0; i < 8; ++i) ids.push_back(driver.send_request("http://e.com/"));
  for (const std::uint32_t id : ids) driver.send(id, ipc::Cancel{.kill = id % 2 == 0});
  for (const std::uint32_t id : ids) {
    driver.send(id, ipc::Cancel{.kill = true});
    EXPECT_TRUE(driver.finish(id).done);
  }
}

/// What a realm knows of time lets a module start well once and fail after that.
class LaterStart : public ::testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(LaterStart, ThatFailsEndsOneRequestWithTheReason) {
  const auto now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                          std::chrono::system_clock::now().time_since_epoch())
                          .count();
  WorkerDriver driver =
      isolated("if (Date.now() > " + std::to_string(now_ms + 1500) + ") {" + GetParam().first +
               "}\nexport async function middleware(request) {\n"
               "  if (request.url.endsWith('slow')) {\n"
               "    await new Promise((resolve) => setTimeout(resolve, 2500));\n  }\n"
               "  return new Response('fine');\n}");
  driver.options.start_cpu_limit_ms = 200;
  ASSERT_TRUE(driver.load()) << driver.app_failure.message;
  driver.pump([] { return false; }, 100);
  const std::uint32_t slow = driver.send_request("http://e.com/slow");
  driver.pump([] { return false; }, 1700);
  int failed = 0;
  for (int i = 0; i < 8; ++i) {
    const Answer answer = driver.fetch("http://e.com/");
    if (answer.body == "fine") continue;  // by a realm that was in hand
    ++failed;
    EXPECT_EQ(answer.code, GetParam().second) << answer.message;
    EXPECT_THAT(answer.message, HasSubstr("could not be started for this request"));
    EXPECT_TRUE(answer.done);
  }
  EXPECT_GE(failed, 4);
  EXPECT_EQ(driver.finish(slow).body, "fine");
  EXPECT_FALSE(driver.exit_status);
}

INSTANTIATE_TEST_SUITE_P(
    All, LaterStart,
    ::testing::Values(
        std::pair("throw new Error('not twice');", "BRINK_MODULE_ERROR"),
        std::pair("for (;;);", "BRINK_START_LIMIT"),
        std::pair("const spin = () => { Promise.resolve().then(spin); }; spin(); await 0;",
                  "BRINK_START_LIMIT"),
        std::pair("await new Promise(() => {});", "BRINK_MODULE_ERROR")));

TEST(RequestIsolation, ClocksBeginWithTheRealm) {
  WorkerDriver driver = isolated(R"(
    const loaded = performance.now();
    export const middleware = () => Response.json([
      loaded >= 0, loaded < performance.now() + 1,
      Math.abs(performance.timeOrigin + performance.now() - Date.now()) < 50]);)");
  ASSERT_TRUE(driver.load());
  driver.pump([] { return false; }, 200);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(driver.fetch("http://e.com/").body, "[true,true,true]");
}

TEST(RequestIsolation, AWorkerThatShutsDownSleepsUntilItsRequestsEnd) {
  WorkerDriver driver = isolated(R"(
    export async function middleware() {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      return new Response('fine');
    })");
  ASSERT_TRUE(driver.load());
  driver.pump([] { return false; }, 200);  // until it has its realms in hand
  const std::uint32_t id = driver.send_request("http://e.com/");
  driver.send(0, ipc::Shutdown{});
  driver.pump([] { return false; }, 100);
  const double before_ms = driver.cpu_ms();
  driver.pump([] { return false; }, 700);
  EXPECT_LT(driver.cpu_ms() - before_ms, 200);
  EXPECT_EQ(driver.finish(id).body, "fine");
  EXPECT_TRUE(driver.pump([&] { return driver.exit_status.has_value(); }));
}

/// The largest that the process ever was, in MiB.
std::size_t peak_mib(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoul(line.substr(6)) / 1024;
  }
  return 0;
}

TEST(RequestIsolation, RealmsOfRequestsThatEndedAreCollected) {
  // 100 KB each in its globals, beside what a realm itself takes: 600 are far past the limit.
  WorkerDriver driver = isolated(R"(
    globalThis.kept = new Array(5_000).fill(0).map((_, i) => ({ i }));
    const timer = setInterval(() => kept, 1000);
    export async function middleware() {
      globalThis.pending = new Promise(() => {});
      pending.then(() => kept);
      await null;
      return new Response(String(kept.length));
    })");
  driver.options.memory_limit_bytes = 32U << 20;
  driver.options.cpu_limit_ms = 3000;
  driver.options.start_cpu_limit_ms = 10'000;
  ASSERT_TRUE(driver.load());
  std::size_t early = 0;
  for (int i = 0; i < 600; ++i) {
    const Answer answer = driver.fetch("http://e.com/");
    ASSERT_EQ(answer.body, "5000") << i << answer.code << answer.message;
    if (i == 199) early = peak_mib(driver.worker_pid);
  }
  ASSERT_GT(early, 0U);
  EXPECT_LE(peak_mib(driver.worker_pid), early + early / 5);
}

}  // namespace
}  // namespace brink::testing
