#include <gmock/gmock.h>

#include "tests/unit/bindings/worker_driver.h"

namespace brink::testing {
namespace {

using ipc::ChunkState;
using ipc::StreamKind;
using ::testing::HasSubstr;

TEST(Fetch, ReadsAResponse) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    export async function middleware() {
      const response = await fetch('http://origin.test/a?b#c', {
        method: 'POST', body: 'caf\u00e9', headers: { 'X-One': '1' }, redirect: 'manual' });
      const text = await response.text();
      return Response.json([response.status, response.statusText, response.headers.get('x-two'),
                            response.url, response.redirected, response.ok, text]);
    })");
  ASSERT_TRUE(driver.load());
  driver.on_fetch = [&](SeenFetch& fetch) {
    const HeaderField field{"X-Two", "2"};
    driver.send(fetch.id, ipc::FetchResponse{.status = 201,
                                             .redirected = true,
                                             .has_body = true,
                                             .status_text = "Made",
                                             .url = "http://origin.test/z",
                                             .headers = {&field, 1}});
  };
  driver.on_pull = [&](const SeenPull& pull) {
    EXPECT_EQ(pull.ref.kind, StreamKind::kFetchResponseBody);
    driver.send(pull.ref.id,
                ipc::BodyChunk{.kind = pull.ref.kind, .state = ChunkState::kEnd, .bytes = "body"});
  };
  const std::uint32_t id = driver.send_request("http://e.com/");
  const Answer answer = driver.finish(id);
  EXPECT_EQ(answer.body, R"([201,"Made","2","http://origin.test/z",true,true,"body"])")
      << answer.message;
  ASSERT_EQ(driver.fetches.size(), 1U);
  const SeenFetch& fetch = driver.fetches[0];
  EXPECT_EQ(fetch.request, id);
  EXPECT_EQ(fetch.method, "POST");
  EXPECT_EQ(fetch.url, "http://origin.test/a?b");
  EXPECT_EQ(fetch.body, "caf\xC3\xA9");
  EXPECT_EQ(fetch.redirect, ipc::RedirectMode::kManual);
  EXPECT_THAT(fetch.headers,
              ::testing::Contains(std::pair<std::string, std::string>("x-one", "1")));
}

TEST(Fetch, FailsWithTheFrontsCode) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    export async function middleware() {
      try { await fetch('http://origin.test/'); } catch (error) {
        return new Response(`${error.name} ${error.cause?.code}`);
      }
    })");
  ASSERT_TRUE(driver.load());
  driver.on_fetch = [&](SeenFetch& fetch) {
    driver.send(fetch.id,
                ipc::FetchFailed{.code = "BRINK_ORIGIN_UNREACHABLE", .message = "refused"});
  };
  EXPECT_EQ(driver.fetch("http://e.com/").body, "TypeError BRINK_ORIGIN_UNREACHABLE");
}

TEST(Fetch, BelongsToTheRequestThatAwaited) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    export async function middleware(request) {
      await sleep(10 + Math.random() * 20);
      await fetch('http://origin.test/' + request.headers.get('x-n'));
      await sleep(Math.random() * 20);
      await fetch('http://origin.test/' + request.headers.get('x-n'));
    })");
  ASSERT_TRUE(driver.load());
  driver.on_fetch = [&](SeenFetch& fetch) {
    EXPECT_EQ(fetch.url, "http://origin.test/" + std::to_string(fetch.request));
    driver.send(fetch.id, ipc::FetchResponse{.status = 200, .url = fetch.url});
  };
  std::vector<std::uint32_t> ids;
  for (int i = 1; i <= 20; ++i)
    ids.push_back(driver.send_request("http://e.com/", {{"x-n", std::to_string(i)}}));
  for (const std::uint32_t id : ids) EXPECT_EQ(driver.finish(id).kind, Answer::Kind::kNext);
  EXPECT_EQ(driver.fetches.size(), 40U);
}

TEST(Fetch, AbortsWithItsSignal) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    export async function middleware() {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 10);
      try { await fetch('http://origin.test/', { signal: controller.signal }); } catch (error) {
        return new Response(error.name);
      }
    })");
  ASSERT_TRUE(driver.load());
  EXPECT_EQ(driver.fetch("http://e.com/").body, "AbortError");
  ASSERT_EQ(driver.fetches.size(), 1U);
  EXPECT_TRUE(driver.fetches[0].aborted);
}

TEST(Fetch, NeedsARequest) {
  WorkerDriver driver(
      {.modules = {
           {"middleware.js", "await fetch('http://origin.test/'); export default () => {};"}}});
  EXPECT_FALSE(driver.load());
  ASSERT_TRUE(driver.app_failed);
  EXPECT_EQ(driver.app_failure.code, "BRINK_MODULE_ERROR");
  EXPECT_THAT(driver.app_failure.message, HasSubstr("request"));
  EXPECT_TRUE(driver.fetches.empty());
}

TEST(Fetch, StreamsItsRequestBody) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    export async function middleware() {
      const body = new ReadableStream({
        start(controller) {
          for (let i = 0; i < 30; i++) controller.enqueue(new Uint8Array(10_000).fill(i));
          controller.close();
        },
      });
      const response = await fetch('http://origin.test/', { method: 'PUT', body, duplex: 'half' });
      return new Response(String(response.status));
    })");
  ASSERT_TRUE(driver.load());
  const std::uint32_t id = driver.send_request("http://e.com/");
  ASSERT_TRUE(driver.pump(
      [&] { return !driver.fetches.empty() && driver.fetches[0].stream_end.has_value(); }));
  EXPECT_EQ(driver.fetches[0].body.size(), 300'000U);
  EXPECT_EQ(driver.fetches[0].stream_end, ChunkState::kEnd);
  driver.send(driver.fetches[0].id,
              ipc::FetchResponse{.status = 204, .url = "http://origin.test/"});
  EXPECT_EQ(driver.finish(id).body, "204");
}

}  // namespace
}  // namespace brink::testing
