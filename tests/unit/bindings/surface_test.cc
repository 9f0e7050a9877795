// What scripts can't do: code from strings, shared memory, fine clocks, finalizers at others' cost.
#include <gmock/gmock.h>

#include <sys/wait.h>

#include <chrono>

#include "tests/unit/bindings/worker_driver.h"

namespace brink::testing {
namespace {

using ::testing::HasSubstr;

constexpr const char* kRunsStrings = R"(
  const attempt = (f) => { try { return String(f()); } catch (e) { return e.name; } };
  const types = [() => {}, async () => {}, function* () {}, async function* () {}];
  export function middleware() {
    return Response.json([
      attempt(() => eval('1 + 1')), attempt(() => (0, eval)('1 + 1')),
      ...types.map((f) => attempt(() => typeof f.constructor('return 1'))),
      attempt(() => setTimeout('1 + 1')),
    ]);
  })";

TEST(Surface, CodeFromStringsIsRefused) {
  WorkerDriver driver = WorkerDriver::with_middleware(kRunsStrings);
  ASSERT_TRUE(driver.load());
  EXPECT_EQ(
      driver.fetch("http://e.com/").body,
      R"(["EvalError","EvalError","EvalError","EvalError","EvalError","EvalError","TypeError"])");
}

TEST(Surface, CodeFromStringsIsAnOption) {
  WorkerDriver driver = WorkerDriver::with_middleware(kRunsStrings);
  driver.options.allow_eval = true;
  ASSERT_TRUE(driver.load());
  EXPECT_EQ(driver.fetch("http://e.com/").body,
            R"(["2","2","function","function","function","function","TypeError"])");
}

TEST(Surface, SloppyCodeCantReachTheFunctionsThatCallIt) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    Error.prepareStackTrace = (error, sites) =>
      sites.map((site) => `${typeof site.getFunction()} ${typeof site.getThis()}`);
    const look = new Function('globalThis.frames = new Error().stack; ' +
      'globalThis.caller = arguments.callee.caller;');
    export function middleware() {
      new Headers({ a: '1' }).forEach(look);
      return Response.json([caller, frames.slice(1).every((f) => f === 'undefined undefined')]);
    })");
  driver.options.allow_eval = true;
  ASSERT_TRUE(driver.load());
  EXPECT_EQ(driver.fetch("http://e.com/").body, "[null,true]");
}

TEST(Surface, TheErrorNamesTheOption) {
  WorkerDriver driver =
      WorkerDriver::with_middleware("export const middleware = () => new Function('return 1')();");
  ASSERT_TRUE(driver.load());
  EXPECT_THAT(driver.fetch("http://e.com/").message, HasSubstr("\"allow_eval\": true"));
}

TEST(Surface, StringsInModulesAreRefusedToo) {
  WorkerDriver driver = WorkerDriver::with_middleware(
      "const two = eval('1 + 1'); export const middleware = () => new Response(two);");
  EXPECT_FALSE(driver.load());
  EXPECT_THAT(driver.app_failure.message, HasSubstr("allow_eval"));
}

// (module (memory (export "m") 1 1 shared)
//   (func (export "w") (result i32)
//     (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))))
constexpr const char* kSharedModule = R"(
  const module = new WebAssembly.Module(new Uint8Array([
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 3, 2, 1, 0, 5, 4, 1, 3, 1, 1,
    7, 9, 2, 1, 109, 2, 0, 1, 119, 0, 0,
    10, 14, 1, 12, 0, 65, 0, 65, 0, 66, 127, 254, 1, 2, 0, 11]));
  const shared = () => new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true });
  const cells = () => new Int32Array(new ArrayBuffer(8));)";

TEST(Surface, NothingIsShared) {
  WorkerDriver driver = WorkerDriver::with_middleware(std::string(kSharedModule) + R"(
    const attempt = (f) => { try { return String(f()); } catch (e) { return e.name; } };
    export function middleware() {
      const { m, w } = new WebAssembly.Instance(module).exports;
      const getter = Object.getOwnPropertyDescriptor(WebAssembly.Memory.prototype, 'buffer').get;
      return Response.json([
        typeof SharedArrayBuffer, attempt(() => shared().buffer), attempt(() => m.buffer),
        attempt(() => getter.call(m)), attempt(() => structuredClone(m)),
        attempt(() => m.toResizableBuffer()), attempt(() => m.toFixedLengthBuffer()),
        attempt(() => w()), attempt(() => Atomics.wait(cells(), 0, 0)),
        attempt(() => Atomics.waitAsync(cells(), 0, 0)),
        new WebAssembly.Memory({ initial: 1 }).buffer.byteLength,
      ]);
    })");
  ASSERT_TRUE(driver.load());
  EXPECT_EQ(
      driver.fetch("http://e.com/").body,
      R"(["undefined","TypeError","TypeError","TypeError","DataCloneError","TypeError","TypeError",)"
      R"("RuntimeError","TypeError","TypeError",65536])");
}

constexpr const char* kReadsClocks = R"(
  const work = () => { let n = 0; for (let i = 0; i < 2e7; i++) n = (n * 31 + i) | 0; return n; };
  const after = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  export async function middleware() {
    const date = Date.now(), fine = performance.now();
    work();
    const worked = [Date.now() - date, new Date() - date, performance.now() - fine];
    const order = [];
    setTimeout(() => order.push('first'), 1);
    work();
    setTimeout(() => order.push('second'), 0);
    await after(30);
    return Response.json({
      worked, order, waited: [Date.now() - date, performance.now() - fine],
      grain: [date % 1, Math.abs(fine * 10 - Math.round(fine * 10))],
      offset: performance.timeOrigin + performance.now() - Date.now(),
      moved: worked.every((ms) => ms > 0), waitedLong: Date.now() - date >= 29,
      close: Math.abs(performance.timeOrigin + performance.now() - Date.now()) < 1000,
    });
  })";

TEST(Surface, ClocksAreCoarse) {
  WorkerDriver driver = WorkerDriver::with_middleware(kReadsClocks);
  driver.options.cpu_limit_ms = 5000;
  ASSERT_TRUE(driver.load());
  const std::string body = driver.fetch("http://e.com/").body;
  EXPECT_THAT(body, HasSubstr(R"("grain":[0,0])"));
  EXPECT_THAT(body, HasSubstr(R"("moved":true,"waitedLong":true,"close":true)"));
}

TEST(Surface, AFrozenClockMovesOnlyWhileAScriptWaits) {
  WorkerDriver driver = WorkerDriver::with_middleware(kReadsClocks);
  driver.options.cpu_limit_ms = 5000;
  driver.options.frozen_clock = true;
  ASSERT_TRUE(driver.load());
  const std::string body = driver.fetch("http://e.com/").body;
  EXPECT_THAT(body, HasSubstr(R"("worked":[0,0,0],"order":["second","first"])"));
  EXPECT_THAT(body, HasSubstr(R"("moved":false,"waitedLong":true,"close":true)"));
}

/// Callbacks of a FinalizationRegistry, by what they do.
class Finalizer : public ::testing::TestWithParam<const char*> {};

TEST_P(Finalizer, RunsAtNobodysCost) {
  WorkerDriver driver = WorkerDriver::with_middleware(
      std::string("let ran = 0;\n"
                  "const registry = new FinalizationRegistry((held) => { ran++;\n") +
      GetParam() + R"( });
    export async function middleware(request) {
      for (let i = 0; i < 20; i++) registry.register({}, i);
      for (let i = 0; i < 100; i++) new Uint8Array(1 << 20);  // a full collection
      await new Promise((resolve) => setTimeout(resolve, 20));
      return new Response(`ran ${ran > 0}`);
    })");
  driver.options.cpu_limit_ms = 300;
  ASSERT_TRUE(driver.load());
  bool ran = false;
  for (int i = 0, after = 0; i < 30 && after < 3 && !driver.exit_status; ++i) {
    const Answer answer = driver.fetch("http://e.com/");
    if (driver.exit_status) break;
    EXPECT_THAT(answer.body, HasSubstr("ran ")) << answer.code << answer.message;
    ran |= answer.body == "ran true";
    if (ran) ++after;
  }
  EXPECT_TRUE(ran);
  EXPECT_FALSE(driver.exit_status);
}

INSTANTIATE_TEST_SUITE_P(All, Finalizer,
                         ::testing::Values("throw new Error('finalizer');",
                                           "registry.register({}, held);",
                                           "Promise.reject(new Error('finalizer'));",
                                           "setTimeout(() => { throw 1; }, 0);",
                                           "console.log('finalizer', held);",
                                           "fetch('http://origin/').catch(() => {});"));

TEST(Surface, AFinalizerThatNeverReturnsStopsNoRequest) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    let left = 2;
    const registry = new FinalizationRegistry(() => { while (left > 0 && left--) for (;;); });
    export async function middleware() {
      registry.register({}, 1);
      for (let i = 0; i < 100; i++) new Uint8Array(1 << 20);  // a full collection
      await new Promise((resolve) => setTimeout(resolve, 20));
      return new Response(`left ${left}`);
    })");
  driver.options.cpu_limit_ms = 600;  // for the garbage, on a slow machine
  ASSERT_TRUE(driver.load());
  std::string body;
  for (int i = 0; i < 60 && body != "left 0"; ++i) {
    const Answer answer = driver.fetch("http://e.com/");
    EXPECT_EQ(answer.kind, Answer::Kind::kRespond) << answer.code << answer.message;
    body = answer.body;
  }
  EXPECT_EQ(body, "left 0");
  EXPECT_FALSE(driver.exit_status);
}

}  // namespace
}  // namespace brink::testing
