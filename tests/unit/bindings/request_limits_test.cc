// Limits that the worker counts for each request, at the limit and one past it.
#include <gmock/gmock.h>

#include "tests/unit/bindings/worker_driver.h"

namespace brink::testing {
namespace {

using Kind = Answer::Kind;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(RequestLimits, Timers) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    const idle = () => {};
    export async function middleware(request) {
      const open = [setTimeout(idle, 1e6), setInterval(idle, 1e6), setTimeout(idle, 1e6)];
      const seen = [];
      const attempt = (f) => {
        try { return f(); } catch (e) { seen.push(`${e.constructor.name} ${e.name} ${e.message}`); }
      };
      attempt(() => setTimeout(idle, 0));
      attempt(() => AbortSignal.timeout(5));
      clearTimeout(open[0]);
      await new Promise((resolve) => attempt(() => setTimeout(resolve, 1)));
      attempt(() => setTimeout(idle, 1e6));
      attempt(() => setTimeout(idle, 1e6));
      return Response.json(seen);
    })");
  driver.options.limits.timers = 3;
  ASSERT_TRUE(driver.load());
  constexpr std::string_view kRefused =
      "\"DOMException QuotaExceededError BRINK_TIMER_LIMIT: the request has too many timers open "
      "(limits.timers)\"";
  const std::string expected =
      "[" + std::string(kRefused) + "," + std::string(kRefused) + "," + std::string(kRefused) + "]";
  const std::uint32_t first = driver.send_request("http://e.com/");
  const std::uint32_t second = driver.send_request("http://e.com/");
  EXPECT_EQ(driver.finish(first).body, expected);
  EXPECT_EQ(driver.finish(second).body, expected);  // each counts its own
}

TEST(RequestLimits, AnIntervalKeepsItsPlace) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    export function middleware() {
      let ticks = 0;
      return new Promise((resolve) => {
        const id = setInterval(() => {
          if (++ticks < 4) return;
          clearInterval(id);
          resolve(new Response('ticked'));
        }, 1);
      });
    })");
  driver.options.limits.timers = 1;
  ASSERT_TRUE(driver.load());
  EXPECT_EQ(driver.fetch("http://e.com/").body, "ticked");
}

TEST(RequestLimits, ConsoleOutput) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    export function middleware(request) {
      console.log('x'.repeat(60));
      console.log('y'.repeat(40));
      if (request.url.endsWith('more')) for (let i = 0; i < 7; i++) console.log('z');
    })");
  driver.options.limits.log_bytes = 100;
  ASSERT_TRUE(driver.load());
  driver.fetch("http://e.com/");
  ASSERT_EQ(driver.logs.size(), 2U);
  EXPECT_EQ(driver.logs[1].text, std::string(40, 'y'));
  driver.fetch("http://e.com/more");
  ASSERT_EQ(driver.logs.size(), 5U);
  EXPECT_EQ(driver.logs[4].text, "BRINK_LOG_LIMIT: lines dropped after the first 100 bytes: 7");
  EXPECT_EQ(driver.logs[4].request, 2U);
}

TEST(RequestLimits, ALineThatPassesTheLimitIsTheFirstToGo) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    export function middleware() {
      console.log('x'.repeat(101));
      console.log('short');
    })");
  driver.options.limits.log_bytes = 100;
  ASSERT_TRUE(driver.load());
  driver.fetch("http://e.com/");
  ASSERT_EQ(driver.logs.size(), 1U);
  EXPECT_THAT(driver.logs[0].text, HasSubstr("bytes: 2"));
}

TEST(RequestLimits, LongLinesAreCut) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    export function middleware() {
      console.log('x'.repeat(16384));
      console.log('x'.repeat(16385));
      console.log('\u20ac'.repeat(100_000));
    })");
  ASSERT_TRUE(driver.load());
  driver.fetch("http://e.com/");
  ASSERT_EQ(driver.logs.size(), 3U);
  EXPECT_EQ(driver.logs[0].text, std::string(16384, 'x'));
  EXPECT_EQ(driver.logs[1].text, std::string(16384 - 8, 'x') + "…(cut)");
  EXPECT_LE(driver.logs[2].text.size(), 16384U);
  EXPECT_THAT(driver.logs[2].text, StartsWith("€€€"));
  EXPECT_TRUE(driver.logs[2].text.ends_with("€…(cut)"));
}

/// Middlewares that answer with a header `x-a` of as many bytes as the URL's query says.
class ResponseHead : public ::testing::TestWithParam<const char*> {};

TEST_P(ResponseHead, HoldsToTheLimit) {
  WorkerDriver driver =
      WorkerDriver::with_middleware(std::string("import { NextResponse } from 'next/server';\n"
                                                "export function middleware(request) {\n"
                                                "  const headers = { 'x-a': 'v'.repeat(Number(new "
                                                "URL(request.url).search.slice(1))) };\n") +
                                    GetParam() + "\n}");
  driver.options.limits.response_head_bytes = 1024;
  ASSERT_TRUE(driver.load());
  const Answer fits = driver.fetch("http://e.com/?1017");
  EXPECT_TRUE(fits.kind == Kind::kRespond || fits.kind == Kind::kNext) << fits.code << fits.message;
  EXPECT_EQ(fits.header("x-a").size(), 1017U);
  const Answer refused = driver.fetch("http://e.com/?1018");
  EXPECT_EQ(refused.code, "BRINK_RESPONSE_HEAD_TOO_LARGE");
  EXPECT_THAT(refused.message, HasSubstr("1025 bytes, the limit is 1024"));
  EXPECT_TRUE(refused.done);
  EXPECT_EQ(driver.fetch("http://e.com/?70000").code, "BRINK_RESPONSE_HEAD_TOO_LARGE");
  EXPECT_EQ(driver.fetch("http://e.com/?1").header("x-a"), "v");
}

INSTANTIATE_TEST_SUITE_P(
    All, ResponseHead,
    ::testing::Values(
        "return new Response(null, { headers });",
        "return new Response(new Uint8Array(100_000), { headers });",
        "return new Response(new ReadableStream({ pull(c) { c.close(); } }), { headers });",
        "return NextResponse.next({ headers });"));

TEST(RequestLimits, MessagesTheFrontCantTakeAreErrorsOfTheScript) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    const attempt = (f) => f().then(() => 'sent', (e) => `${e.name}: ${e.message}`);
    const many = Object.fromEntries(Array.from({ length: 257 }, (_, i) => [`x-${i}`, '1']));
    export async function middleware() {
      return Response.json([
        await attempt(() => fetch('http://origin/' + 'u'.repeat(70_000))),
        await attempt(() => fetch('http://origin/', { headers: { a: 'h'.repeat(70_000) } })),
        await attempt(() => fetch('http://origin/', { headers: many })),
      ]);
    })");
  ASSERT_TRUE(driver.load());
  EXPECT_EQ(driver.fetch("http://e.com/").body,
            R"(["TypeError: the request's URL and headers are too large",)"
            R"("TypeError: the request's URL and headers are too large",)"
            R"("TypeError: a message can have at most 256 headers, this one has 257"])");
  EXPECT_TRUE(driver.fetches.empty());
}

}  // namespace
}  // namespace brink::testing
