#include <gmock/gmock.h>

#include "tests/unit/bindings/worker_driver.h"

namespace brink::testing {
namespace {

using ipc::BodyKind;
using ipc::ChunkState;
using ipc::StreamKind;

/// Answers each pull of a request body with the next of `pieces`, then the end.
void feed(WorkerDriver& driver, StreamKind kind, std::vector<std::string> pieces) {
  driver.on_pull = [&driver, kind, pieces = std::move(pieces),
                    next = std::size_t{0}](const SeenPull& pull) mutable {
    EXPECT_EQ(pull.ref.kind, kind);
    if (next < pieces.size()) {
      driver.send(
          pull.ref.id,
          ipc::BodyChunk{.kind = kind, .state = ChunkState::kMore, .bytes = pieces[next++]});
    } else {
      driver.send(pull.ref.id, ipc::BodyChunk{.kind = kind, .state = ChunkState::kEnd});
    }
  };
}

TEST(Bodies, ARequestBodyIsPulled) {
  WorkerDriver driver = WorkerDriver::with_middleware(
      "export async function middleware(request) { return new Response((await "
      "request.text()).toUpperCase()); }");
  ASSERT_TRUE(driver.load());
  feed(driver, StreamKind::kRequestBody, {"one ", "two ", "caf\xC3", "\xA9"});
  const Answer answer = driver.finish(driver.send_request("http://e.com/", {}, true, "POST"));
  EXPECT_EQ(answer.body, "ONE TWO CAF\xC3\x89") << answer.code << answer.message;
}

TEST(Bodies, ABrokenRequestBodyRejects) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    export async function middleware(request) {
      return new Response(await request.text().catch((error) => `caught ${error.name}`));
    })");
  ASSERT_TRUE(driver.load());
  driver.on_pull = [&](const SeenPull& pull) {
    driver.send(pull.ref.id, ipc::BodyChunk{.kind = pull.ref.kind,
                                            .state = ChunkState::kError,
                                            .error = "BRINK_CLIENT_GONE: x"});
  };
  const Answer answer = driver.finish(driver.send_request("http://e.com/", {}, true, "POST"));
  EXPECT_EQ(answer.body, "caught TypeError");
}

/// A body that comes with its request: `way` is what the script does, `expected` the answer.
struct WholeBody {
  const char* name;
  const char* way;
  const char* expected;
  bool pulled = false;
};

class WholeBodies : public ::testing::TestWithParam<WholeBody> {};

TEST_P(WholeBodies, ReadAsOthers) {
  WorkerDriver driver = WorkerDriver::with_middleware(
      "const wait = () => new Promise((resolve) => setTimeout(resolve, 5));\n"
      "export async function middleware(request) {" +
      std::string(GetParam().way) + "}");
  driver.options.whole_body = "\xEF\xBB\xBF{\"a\":\"\xC3\xA9\"}";
  ASSERT_TRUE(driver.load());
  feed(driver, StreamKind::kRequestBody, {driver.options.whole_body});
  const Answer answer =
      driver.finish(driver.send_request("http://e.com/", {{"x-a", "kept"}}, true, "POST"));
  EXPECT_EQ(answer.body, GetParam().expected) << answer.code << answer.message;
  EXPECT_EQ(!driver.pulls.empty(), GetParam().pulled);
}

INSTANTIATE_TEST_SUITE_P(
    Bodies, WholeBodies,
    ::testing::Values(
        WholeBody{"Text", "return new Response(await request.text());", "{\"a\":\"\xC3\xA9\"}"},
        WholeBody{"Json", "return new Response((await request.json()).a);", "\xC3\xA9"},
        WholeBody{"Bytes", "return new Response(String((await request.bytes()).length));", "13"},
        WholeBody{"Buffer",
                  "return new Response(String((await request.arrayBuffer()).byteLength));", "13"},
        WholeBody{"Later", "await wait(); return new Response((await request.json()).a);",
                  "\xC3\xA9"},
        WholeBody{"LaterWithHeaders",
                  "await wait(); return new Response(request.headers.get('x-a') + request.ip);",
                  "kept192.0.2.1"},
        WholeBody{"Twice",
                  "await request.text(); return new Response(await request.text().catch((e) => "
                  "e.name));",
                  "TypeError"},
        WholeBody{"Clone", "const copy = request.clone(); return new Response(await copy.text());",
                  "{\"a\":\"\xC3\xA9\"}", true},
        WholeBody{"Stream",
                  "let n = 0; for await (const c of request.body) n += c.length; return new "
                  "Response(String(n));",
                  "13", true}),
    [](const auto& case_) { return case_.param.name; });

TEST(Bodies, AnAnswerSaysThatABodyWasIgnored) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    export async function middleware(request) {
      return new Response(request.url.endsWith('read') ? await request.text() : 'ignored');
    })");
  driver.options.whole_body = "body";
  ASSERT_TRUE(driver.load());
  EXPECT_FALSE(
      driver.finish(driver.send_request("http://e.com/read", {}, true, "POST")).ignored_body);
  EXPECT_TRUE(driver.finish(driver.send_request("http://e.com/no", {}, true, "POST")).ignored_body);
}

TEST(Bodies, AResponseBodyThatFitsIsInline) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    export const middleware = (request) => new Response('x'.repeat(Number(request.headers.get('x-size'))));)");
  ASSERT_TRUE(driver.load());
  const Answer small = driver.fetch("http://e.com/", {{"x-size", "50000"}});
  EXPECT_EQ(small.body_kind, BodyKind::kInline);
  EXPECT_EQ(small.body.size(), 50'000U);
  const Answer large = driver.fetch("http://e.com/", {{"x-size", "1000000"}});
  EXPECT_EQ(large.body_kind, BodyKind::kStream);
  EXPECT_EQ(large.content_length, 1'000'000);
  EXPECT_EQ(large.body.size(), 1'000'000U);
  EXPECT_EQ(large.stream_end, ChunkState::kEnd);
}

TEST(Bodies, AStreamWaitsForItsWindow) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    export function middleware() {
      let sent = 0;
      return new Response(new ReadableStream({
        pull(controller) {
          if (sent++ === 40) controller.close();
          else controller.enqueue(new Uint8Array(10_000).fill(sent));
        },
      }));
    })");
  ASSERT_TRUE(driver.load());
  driver.open_windows = false;
  const std::uint32_t id = driver.send_request("http://e.com/");
  EXPECT_FALSE(
      driver.pump([&] { return driver.answers[id].body.size() > ipc::kInitialWindow_bytes; }, 100));
  EXPECT_EQ(driver.answers[id].body.size(), ipc::kInitialWindow_bytes);
  driver.send(id, ipc::Window{.kind = StreamKind::kResponseBody, .added_bytes = 1000});
  EXPECT_FALSE(driver.pump(
      [&] { return driver.answers[id].body.size() > ipc::kInitialWindow_bytes + 1000; }, 50));
  EXPECT_EQ(driver.answers[id].body.size(), ipc::kInitialWindow_bytes + 1000);
  EXPECT_FALSE(driver.answers[id].done);
  driver.open_windows = true;
  driver.send(id, ipc::Window{.kind = StreamKind::kResponseBody, .added_bytes = 1 << 20});
  const Answer answer = driver.finish(id);
  EXPECT_EQ(answer.body.size(), 400'000U);
  EXPECT_EQ(answer.stream_end, ChunkState::kEnd);
  EXPECT_EQ(answer.body.back(), 40);
}

TEST(Bodies, AReaderThatLeavesCancelsTheStream) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    export function middleware() {
      return new Response(new ReadableStream({
        pull(controller) { controller.enqueue(new Uint8Array(50_000)); },
        cancel() { console.log('cancelled'); },
      }));
    })");
  ASSERT_TRUE(driver.load());
  driver.open_windows = false;
  const std::uint32_t id = driver.send_request("http://e.com/");
  ASSERT_TRUE(
      driver.pump([&] { return driver.answers[id].body.size() == ipc::kInitialWindow_bytes; }));
  driver.send(id, ipc::Window{.kind = StreamKind::kResponseBody, .gone = true});
  EXPECT_TRUE(driver.finish(id).done);
  ASSERT_EQ(driver.logs.size(), 1U);
  EXPECT_EQ(driver.logs[0].text, "cancelled");
}

TEST(Bodies, ManyMessagesWaitForRoomInTheRing) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    export function middleware() {
      for (let i = 0; i < 400; i++) console.log('x'.repeat(10_000));
      return new Response('after');
    })");
  driver.options.cpu_limit_ms = 2000;
  driver.options.limits.log_bytes = 8 << 20;
  ASSERT_TRUE(driver.load());
  EXPECT_EQ(driver.fetch("http://e.com/").body, "after");
  EXPECT_EQ(driver.logs.size(), 400U);
}

TEST(Bodies, AFetchedBodyThatNobodyReadsPassesThrough) {
  WorkerDriver driver = WorkerDriver::with_middleware(
      "export function middleware(request) { return fetch('http://origin.test/file'); }");
  ASSERT_TRUE(driver.load());
  driver.on_fetch = [&](SeenFetch& fetch) {
    driver.send(fetch.id, ipc::FetchResponse{.status = 203, .has_body = true, .url = fetch.url});
  };
  const Answer answer = driver.fetch("http://e.com/");
  EXPECT_EQ(answer.status, 203) << answer.code << answer.message;
  EXPECT_EQ(answer.body_kind, BodyKind::kPassThrough);
  EXPECT_EQ(answer.source, (ipc::StreamRef{StreamKind::kFetchResponseBody, driver.fetches[0].id}));
  EXPECT_TRUE(driver.pulls.empty());
}

}  // namespace
}  // namespace brink::testing
