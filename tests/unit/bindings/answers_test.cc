#include <gmock/gmock.h>

#include "tests/unit/bindings/worker_driver.h"

namespace brink::testing {
namespace {

using Kind = Answer::Kind;
using ::testing::HasSubstr;

TEST(Answers, MiddlewareResponds) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    export function middleware(request) {
      return new Response("hello " + new URL(request.url).pathname, {
        status: 201, headers: {"x-method": request.method, "x-agent": request.headers.get("user-agent")},
      });
    })");
  ASSERT_TRUE(driver.load());
  EXPECT_TRUE(driver.matches_every_path);
  const Answer answer =
      driver.fetch("http://example.com/a?b", {{"Host", "example.com"}, {"User-Agent", "test"}});
  EXPECT_EQ(answer.kind, Kind::kRespond);
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.body, "hello /a");
  EXPECT_EQ(answer.header("x-method"), "GET");
  EXPECT_EQ(answer.header("x-agent"), "test");
  EXPECT_TRUE(answer.done);
}

TEST(Answers, MiddlewareGoesOn) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    import { NextResponse } from 'next/server';
    export function middleware(request) {
      const path = request.nextUrl.pathname;
      if (path === '/plain') return;
      if (path === '/rewrite') return NextResponse.rewrite(new URL('/other', request.url));
      const headers = new Headers(request.headers);
      headers.set('x-user', 'ada');
      return NextResponse.next({ request: { headers }, headers: { 'x-seen': 'yes' } });
    })");
  ASSERT_TRUE(driver.load());
  const Answer plain = driver.fetch("http://example.com/plain");
  EXPECT_EQ(plain.kind, Kind::kNext);
  EXPECT_EQ(plain.rewrite_url, "");
  EXPECT_FALSE(plain.override_request_headers);

  EXPECT_EQ(driver.fetch("http://example.com/rewrite").rewrite_url, "http://example.com/other");

  const Answer changed = driver.fetch("http://example.com/x", {{"Accept", "*/*"}});
  EXPECT_EQ(changed.kind, Kind::kNext);
  EXPECT_EQ(changed.header("x-seen"), "yes");
  ASSERT_TRUE(changed.override_request_headers);
  const Headers expected{{"accept", "*/*"}, {"x-user", "ada"}};
  EXPECT_EQ(changed.request_headers, expected);
}

// More names than a worker keeps strings of, some too long to be kept.
TEST(Answers, HeaderNamesAreInLowerCaseHoweverManyThereAre) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    export function middleware(request) {
      return new Response([...request.headers].map(([name, value]) => `${name}=${value}`).join());
    })");
  ASSERT_TRUE(driver.load());
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 300; ++i) {
      const std::string number = std::to_string(i);
      const std::string tail = i % 3 == 0 ? "-of-a-name-of-more-than-31-bytes" : "";
      const Answer answer = driver.fetch(
          "http://example.com/", {{"X-A" + number + tail, number}, {"x-b" + number + tail, "B"}});
      EXPECT_EQ(answer.body, "x-a" + number + tail + "=" + number + ",x-b" + number + tail + "=B");
    }
  }
}

TEST(Answers, HandlersGetTheirParameters) {
  WorkerDriver driver(
      {.modules = {{"middleware.js", "export default () => {}"}, {"pages/api/[id].js", R"(
      export default async function handler(request, context) {
        await null;
        return Response.json({ params: await context.params, url: request.url });
      })"}},
       .entries = "m middleware.js\nh pages/api/[id].js\n"});
  ASSERT_TRUE(driver.load());
  const std::uint32_t id =
      driver.send_request("http://example.com/api/7", {}, false, "GET", 1, {{"id", "7"}});
  const Answer answer = driver.finish(id);
  EXPECT_EQ(answer.kind, Kind::kRespond) << answer.code << answer.message;
  EXPECT_THAT(answer.body, HasSubstr("\"id\":\"7\""));
}

TEST(Answers, AThrownErrorFailsTheRequestOnly) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    export async function middleware(request) {
      await null;
      if (request.url.endsWith('bad')) throw new TypeError('no good');
      return new Response('fine');
    })");
  ASSERT_TRUE(driver.load());
  const Answer bad = driver.fetch("http://example.com/bad");
  EXPECT_EQ(bad.kind, Kind::kFailed);
  EXPECT_EQ(bad.code, "BRINK_SCRIPT_ERROR");
  EXPECT_THAT(bad.message, HasSubstr("no good"));
  EXPECT_THAT(bad.stack, HasSubstr("middleware.js:4"));
  EXPECT_TRUE(bad.done);
  EXPECT_EQ(driver.fetch("http://example.com/good").body, "fine");
}

TEST(Answers, HeaderBytesThatHttpForbidsNeverLeave) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    export function middleware(request) {
      const headers = new Headers();
      headers.set('x-a', 'caf\u00e9');
      try { headers.set('x-b', 'a\r\nSet-Cookie: x'); } catch { headers.set('x-refused', '1'); }
      return new Response(null, { headers });
    })");
  ASSERT_TRUE(driver.load());
  const Answer answer = driver.fetch("http://example.com/");
  EXPECT_EQ(answer.header("x-a"), "caf\xE9");
  EXPECT_EQ(answer.header("x-refused"), "1");
}

TEST(Answers, RequestsInFlightKeepApart) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    export async function middleware(request) {
      const name = new URL(request.url).pathname;
      for (let i = 0; i < 5; i++) await sleep(Number(request.headers.get('x-wait')));
      return new Response(name);
    })");
  ASSERT_TRUE(driver.load());
  std::vector<std::uint32_t> ids;
  for (int i = 0; i < 50; ++i) {
    ids.push_back(driver.send_request("http://example.com/" + std::to_string(i),
                                      {{"x-wait", std::to_string(i % 7)}}));
  }
  for (int i = 0; i < 50; ++i)
    EXPECT_EQ(driver.finish(ids[static_cast<std::size_t>(i)]).body, "/" + std::to_string(i));
}

TEST(Answers, WaitUntilHoldsTheRequestOpen) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    export function middleware(request, event) {
      event.waitUntil(new Promise((resolve) => setTimeout(() => { console.log('after'); resolve(); }, 50)));
      return new Response('now');
    })");
  ASSERT_TRUE(driver.load());
  const std::uint32_t id = driver.send_request("http://example.com/");
  ASSERT_TRUE(driver.pump([&] { return driver.answers[id].kind == Kind::kRespond; }));
  EXPECT_FALSE(driver.answers[id].done);
  EXPECT_TRUE(driver.finish(id).done);
  ASSERT_EQ(driver.logs.size(), 1U);
  EXPECT_EQ(driver.logs[0].text, "after");
  EXPECT_EQ(driver.logs[0].request, id);
}

TEST(Answers, AClientThatLeavesAbortsTheSignal) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    export function middleware(request) {
      return new Promise((resolve) => {
        request.signal.addEventListener('abort', () => { console.log('gone'); resolve(new Response('late')); });
      });
    })");
  ASSERT_TRUE(driver.load());
  const std::uint32_t id = driver.send_request("http://example.com/");
  driver.send(id, ipc::Cancel{});
  EXPECT_TRUE(driver.finish(id).done);
  ASSERT_EQ(driver.logs.size(), 1U);
  EXPECT_EQ(driver.logs[0].text, "gone");
}

TEST(Answers, ShutdownLetsWhatRunsFinish) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    export async function middleware() {
      await new Promise((resolve) => setTimeout(resolve, 50));
      return new Response('finished');
    })");
  ASSERT_TRUE(driver.load());
  const std::uint32_t id = driver.send_request("http://example.com/");
  driver.send(0, ipc::Shutdown{});
  EXPECT_EQ(driver.finish(id).body, "finished");
  EXPECT_TRUE(driver.pump([&] { return driver.exit_status.has_value(); }));
  EXPECT_EQ(driver.exit_status, 0);
}

TEST(Answers, ConsoleLinesCarryLevelAndRequest) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    console.warn('at start');
    export async function middleware() {
      await null;
      console.error('caf\u00e9', 1);
    })");
  ASSERT_TRUE(driver.load());
  const std::uint32_t id = driver.send_request("http://example.com/");
  driver.finish(id);
  ASSERT_EQ(driver.logs.size(), 2U);
  EXPECT_EQ(driver.logs[0].level, ipc::LogLevel::kWarn);
  EXPECT_EQ(driver.logs[0].request, 0U);
  EXPECT_EQ(driver.logs[1].level, ipc::LogLevel::kError);
  EXPECT_EQ(driver.logs[1].text, "caf\xC3\xA9 1");
  EXPECT_EQ(driver.logs[1].request, id);
}

TEST(Answers, UnhandledRejectionsAreReportedOnce) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    export function middleware() {
      Promise.reject(new Error('nobody cares'));
      const late = Promise.reject(new Error('handled in time'));
      queueMicrotask(() => late.catch(() => {}));
      return new Response('ok');
    })");
  ASSERT_TRUE(driver.load());
  const Answer answer = driver.fetch("http://example.com/");
  EXPECT_EQ(answer.body, "ok");
  ASSERT_EQ(driver.logs.size(), 1U);
  EXPECT_THAT(driver.logs[0].text, HasSubstr("nobody cares"));
}

}  // namespace
}  // namespace brink::testing
