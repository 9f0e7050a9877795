// A script that breaks the built-ins which js-stdlib shares with it: it may break its own app, but
// not the worker, and no request sees what is another's.
#include <gmock/gmock.h>

#include <sys/wait.h>

#include "core/base/errors.h"
#include "tests/unit/bindings/worker_driver.h"

namespace brink::testing {
namespace {

using Kind = Answer::Kind;
using ::testing::HasSubstr;

/// What one request does: reads headers and a body, fetches, waits, streams. `secret` is its own.
constexpr const char* kApp = R"(
  import { NextResponse } from 'next/server';
  let broken = false;
  export async function middleware(request) {
    const secret = request.headers.get('x-secret');
    if (!broken) { broken = true; breakThings(); }
    const kind = request.url.slice(-1);
    if (kind === 'n') return NextResponse.next({ headers: { 'x-secret': secret } });
    if (kind === 'r') return new Response(secret, { headers: { 'x-secret': secret } });
    if (kind === 't') {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return Response.json({ secret });
    }
    if (kind === 'f') {
      const answer = await fetch('http://origin/', { headers: { 'x-secret': secret } });
      return new Response(await answer.text(), { headers: { 'x-secret': secret } });
    }
    return new Response(new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(secret));
        controller.close();
      },
    }), { headers: { 'x-secret': secret } });
  }
  const log = (error) => console.log(error);
  function breakAll(target, make) {
    for (const key of Reflect.ownKeys(target)) {
      if (key === 'constructor' || key === 'prototype') continue;
      try { Object.defineProperty(target, key, { value: make(key), configurable: true, writable: true }); }
      catch {}
    }
  }
  const throws = () => function () { throw new Error('broken'); };
  const lies = () => function () { return this; };
  const hijacks = () => function (...args) { return args[0] ?? 'other'; };
)";

class Pollution : public ::testing::TestWithParam<const char*> {};

TEST_P(Pollution, HurtsOnlyItsOwnApp) {
  WorkerDriver driver = WorkerDriver::with_middleware(
      std::string(kApp) + "function breakThings() { " + GetParam() + " }");
  driver.options.cpu_limit_ms = 300;
  ASSERT_TRUE(driver.load());
  driver.on_fetch = [&](SeenFetch& fetch) {
    std::string secret;
    for (const auto& [name, value] : fetch.headers) {
      if (name == "x-secret") secret = value;
    }
    const std::vector<HeaderField> headers = {{"x-of", secret}};
    driver.send(fetch.id, ipc::FetchResponse{.status = 200,
                                             .redirected = false,
                                             .has_body = false,
                                             .status_text = "OK",
                                             .url = "http://origin/",
                                             .headers = headers});
  };
  constexpr std::string_view kKinds = "nrtfs";
  for (int round = 0; round < 3; ++round) {
    std::vector<std::uint32_t> ids;
    for (std::size_t i = 0; i < kKinds.size(); ++i) {
      ids.push_back(driver.send_request(std::string("http://e.com/?") + kKinds[i],
                                        {{"x-secret", "secret-" + std::to_string(i)}}));
    }
    for (std::size_t i = 0; i < ids.size(); ++i) {
      // A promise machinery that is broken may never answer: then the front's wall time limit does.
      driver.pump([&] { return driver.answers[ids[i]].done || driver.exit_status; }, 150);
      if (driver.exit_status) break;
      if (!driver.answers[ids[i]].done) driver.send(ids[i], ipc::Cancel{.kill = true});
      driver.pump([&] { return driver.answers[ids[i]].done || driver.exit_status; }, 5000);
      if (driver.exit_status) break;
      const Answer& answer = driver.answers[ids[i]];
      EXPECT_TRUE(answer.done) << kKinds[i];
      const std::string own = "secret-" + std::to_string(i);
      for (std::size_t other = 0; other < ids.size(); ++other) {
        if (other == i) continue;
        const std::string theirs = "secret-" + std::to_string(other);
        EXPECT_FALSE(answer.body.contains(theirs)) << own << " got " << answer.body;
        EXPECT_FALSE(answer.header("x-secret").contains(theirs)) << own;
      }
    }
    if (driver.exit_status) break;
  }
  // Only a documented end of the worker will do: never a crash of V8 or of ours.
  if (driver.exit_status) {
    EXPECT_TRUE(WIFEXITED(*driver.exit_status)) << "signal " << WTERMSIG(*driver.exit_status);
    EXPECT_NE(driver.status().exit_code_name.load(), 0U);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, Pollution,
    ::testing::Values(
        "breakAll(Array.prototype, throws)", "breakAll(Array.prototype, lies)",
        "breakAll(Array.prototype, hijacks)", "breakAll(Object.prototype, throws)",
        "breakAll(Object, throws)", "breakAll(Object, lies)", "breakAll(Reflect, throws)",
        "breakAll(Reflect, hijacks)", "breakAll(Promise.prototype, throws)",
        "breakAll(Promise.prototype, lies)", "breakAll(Promise, throws)",
        "breakAll(String.prototype, throws)", "breakAll(String.prototype, lies)",
        "breakAll(Map.prototype, throws)", "breakAll(Map.prototype, hijacks)",
        "breakAll(Set.prototype, throws)", "breakAll(WeakMap.prototype, throws)",
        "breakAll(WeakMap.prototype, hijacks)", "breakAll(JSON, throws)", "breakAll(JSON, lies)",
        "breakAll(Function.prototype, throws)", "breakAll(Function.prototype, lies)",
        "breakAll(RegExp.prototype, throws)", "breakAll(Error.prototype, throws)",
        "breakAll(Uint8Array.prototype, throws)",
        "breakAll(Object.getPrototypeOf(Uint8Array.prototype), throws)",
        "breakAll(ArrayBuffer.prototype, throws)", "breakAll(Number.prototype, throws)",
        "breakAll(Symbol.prototype, throws)", "breakAll(Math, throws)", "breakAll(Atomics, throws)",
        "breakAll(Object.getPrototypeOf([][Symbol.iterator]()), throws)",
        "breakAll(Object.getPrototypeOf(async function () {}), throws)",
        "breakAll(Headers.prototype, throws)", "breakAll(Headers.prototype, hijacks)",
        "breakAll(Request.prototype, throws)", "breakAll(Response.prototype, throws)",
        "breakAll(ReadableStream.prototype, throws)", "breakAll(URL.prototype, throws)",
        "breakAll(EventTarget.prototype, throws)", "breakAll(console, throws)",
        "breakAll(globalThis, throws)",
        "for (let i = 0; i < 20; i++) Object.defineProperty(Object.prototype, i, "
        "{ get() { return 'other'; }, set(v) { log(v); }, configurable: true })",
        "for (let i = 0; i < 20; i++) Object.defineProperty(Array.prototype, i, "
        "{ get() { throw 1; }, set() { throw 2; }, configurable: true })",
        "Object.prototype.then = function (resolve) { resolve('other'); }",
        "Object.defineProperty(Object.prototype, 'then', { get() { throw new Error('then'); } })",
        "Response.prototype.then = function (resolve) { resolve(new Response('other')); }",
        "for (const key of ['status', 'body', 'headers', 'value', 'done', 'get', 'set', 'state', "
        "'record', 'id', 'enumerable', 'signal', 'code']) Object.defineProperty(Object.prototype, "
        "key, { get() { return 7; }, set() {}, configurable: true })",
        "Error.prepareStackTrace = () => { throw new Error('prepare'); }; throw new Error('x')",
        "Error.prepareStackTrace = () => { for (;;); }; throw new Error('x')",
        "Error.prepareStackTrace = (error, sites) => { log(sites[0]?.getFunction?.()); "
        "log(sites.map((site) => site.getThis?.())); return {}; }; null.x",
        "Error.stackTraceLimit = { valueOf() { throw 1; } }; throw new Error('x')",
        "Object.setPrototypeOf(Array.prototype, new Proxy({}, { get() { throw 1; } }))",
        "Object.setPrototypeOf(Object.getPrototypeOf(async function () {}), null)",
        "Object.freeze(Object.prototype); Object.freeze(Array.prototype); "
        "Object.freeze(Function.prototype); Object.freeze(Promise.prototype)",
        "Object.defineProperty(Promise.prototype, 'constructor', "
        "{ get() { throw new Error('species'); } })",
        "Object.defineProperty(Promise, Symbol.species, { get() { for (;;); } })",
        "Object.defineProperty(Function, Symbol.hasInstance, { value: () => true }); "
        "for (const f of [Promise, Response, Headers]) Object.defineProperty(f, "
        "Symbol.hasInstance, { value: () => true })"));

}  // namespace
}  // namespace brink::testing
