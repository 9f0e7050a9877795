#include <gmock/gmock.h>

#include "tests/unit/bindings/worker_driver.h"

namespace brink::testing {
namespace {

using ::testing::HasSubstr;

struct Failure {
  std::string code, path, message;
  std::uint32_t line, column;
};

Failure load_and_fail(Modules modules, std::uint32_t start_cpu_limit_ms = 2000) {
  WorkerDriver driver({.modules = std::move(modules), .start_cpu_limit_ms = start_cpu_limit_ms});
  EXPECT_FALSE(driver.load());
  if (!driver.app_failed) return {"(nothing was said)", "", "", 0, 0};
  EXPECT_TRUE(driver.pump([&] { return driver.exit_status.has_value(); }));
  EXPECT_EQ(driver.exit_status, 0);
  return {driver.app_failure.code, driver.app_failure.body, driver.app_failure.message,
          driver.failed_line, driver.failed_column};
}

TEST(Modules, AGraphWithCyclesAndExtensionsIsLoadedOnce) {
  WorkerDriver driver({.modules = {{"middleware.js", R"(
      import { a } from './lib/a';
      import { b } from './lib/b.mjs';
      export default () => new Response(`${a()} ${b()} ${import.meta.url}`);)"},
                                   {"lib/a.js", R"(
      import { b } from './b.mjs';
      export const a = () => 'a' + b();)"},
                                   {"lib/b.mjs", R"(
      import { a } from '../lib/a.js';
      globalThis.loaded = (globalThis.loaded ?? 0) + 1;
      export const b = () => 'b' + globalThis.loaded + typeof a;)"}}});
  ASSERT_TRUE(driver.load()) << driver.app_failure.message;
  EXPECT_EQ(driver.fetch("http://e.com/").body, "ab1function b1function file:///app/middleware.js");
}

TEST(Modules, TopLevelAwaitIsAwaited) {
  WorkerDriver driver({.modules = {{"middleware.js", R"(
      import './slow.js';
      export default () => new Response(globalThis.value);)"},
                                   {"slow.js", R"(
      globalThis.value = await new Promise((resolve) => setTimeout(() => resolve('waited'), 30));)"}}});
  ASSERT_TRUE(driver.load()) << driver.app_failure.message;
  EXPECT_EQ(driver.fetch("http://e.com/").body, "waited");
}

TEST(Modules, WhatLoadingWaitsForIsTold) {
  WorkerDriver driver(
      {.modules = {{"middleware.js", R"(
      import './lib/slow.js';
      export default () => new Response('fine');)"},
                   {"lib/slow.js", "const x = 1;\nawait new Promise((r) => setTimeout(r, 50));"}}});
  ASSERT_TRUE(driver.load()) << driver.app_failure.message;
  EXPECT_EQ(driver.waits_in, "lib/slow.js:2:1");
}

TEST(Modules, AnAwaitThatNeverSettlesFails) {
  const Failure failure =
      load_and_fail({{"middleware.js", "await new Promise(() => {}); export default () => {};"}});
  EXPECT_EQ(failure.code, "BRINK_MODULE_ERROR");
  EXPECT_THAT(failure.message, HasSubstr("never settles"));
}

TEST(Modules, SyntaxErrorsSayWhere) {
  const Failure failure = load_and_fail(
      {{"middleware.js", "import './x.js'\nexport default 1"}, {"x.js", "\n\nconst a = ;\n"}});
  EXPECT_EQ(failure.code, "BRINK_MODULE_SYNTAX");
  EXPECT_EQ(failure.path, "x.js");
  EXPECT_EQ(failure.line, 3U);
  EXPECT_EQ(failure.column, 11U);
  EXPECT_EQ(failure.message, "SyntaxError: Unexpected token ';'");
}

TEST(Modules, MissingExportsSayWhere) {
  const Failure failure = load_and_fail(
      {{"middleware.js", "import { nothing } from './x.js'\nexport default 1"}, {"x.js", ""}});
  EXPECT_EQ(failure.code, "BRINK_MODULE_SYNTAX");
  EXPECT_EQ(failure.path, "middleware.js");
  EXPECT_EQ(failure.line, 1U);
  EXPECT_THAT(failure.message, HasSubstr("nothing"));
}

TEST(Modules, MissingModulesSayWhoWantsThem) {
  const Failure failure =
      load_and_fail({{"middleware.js", "\n  import './gone.js'\nexport default () => {}"}});
  EXPECT_EQ(failure.code, "BRINK_MODULE_NOT_FOUND");
  EXPECT_EQ(failure.path, "middleware.js");
  EXPECT_EQ(failure.line, 2U);
  EXPECT_GT(failure.column, 0U);
  EXPECT_THAT(failure.message, HasSubstr("gone.js"));
}

TEST(Modules, PackagesCantBeImportedYet) {
  const Failure failure =
      load_and_fail({{"middleware.js", "import lodash from 'lodash'\nexport default () => {}"}});
  EXPECT_EQ(failure.code, "BRINK_MODULE_NOT_FOUND");
  EXPECT_EQ(failure.line, 1U);
  EXPECT_THAT(failure.message, HasSubstr("next/server"));
}

TEST(Modules, ThrownErrorsSayWhere) {
  const Failure failure =
      load_and_fail({{"middleware.js", "export default () => {};\n\nnull.x;\n"}});
  EXPECT_EQ(failure.code, "BRINK_MODULE_ERROR");
  EXPECT_EQ(failure.path, "middleware.js");
  EXPECT_EQ(failure.line, 3U);
  EXPECT_THAT(failure.message, HasSubstr("TypeError"));
}

TEST(Modules, ExportsAreChecked) {
  const Failure failure = load_and_fail({{"middleware.js", "export const middleware = 1;"}});
  EXPECT_EQ(failure.code, "BRINK_MODULE_EXPORTS");
  EXPECT_EQ(failure.path, "middleware.js");
}

TEST(Modules, LoadingHasACpuLimit) {
  const Failure failure =
      load_and_fail({{"middleware.js", "for (;;);\nexport default () => {}"}}, 50);
  EXPECT_EQ(failure.code, "BRINK_START_LIMIT");
}

TEST(Modules, MatchersReachTheFront) {
  WorkerDriver driver = WorkerDriver::with_middleware(R"(
    export const config = { matcher: ['/about/:path*', '/shop'] };
    export function middleware() {})");
  ASSERT_TRUE(driver.load());
  EXPECT_FALSE(driver.matches_every_path);
  ASSERT_EQ(driver.matchers.size(), 2U);
  EXPECT_EQ(driver.matchers[0].first, "/about/:path*");
  EXPECT_THAT(driver.matchers[0].second, HasSubstr("about"));

  EXPECT_EQ(
      load_and_fail({{"middleware.js",
                      "export const config = {matcher: 'x'}; export function middleware() {}"}})
          .code,
      "BRINK_MATCHER_INVALID");
}

TEST(Modules, DynamicImportRunsAModuleWhenItIsCalled) {
  WorkerDriver driver(
      {.modules = {{"middleware.js", R"(
      import { log } from './log.js';
      // import('./in-a-comment.js')
      export default async function (request) {
        const path = request.nextUrl.pathname;
        if (path === '/before') return new Response(log.join());
        if (path === '/waits') return new Response((await import("./waits.js")).late);
        if (path === '/throws') await import('./throws.js');
        if (path === '/other') await import(`./${'y'}.js`);
        if (path === '/absent') await import('./absent.js');
        if (path === '/builtin') return new Response(typeof (await import('next/server')).NextResponse);
        const [one, two] = await Promise.all([import(/* lazy */ './x.js'), import('./x.js')]);
        return new Response(`${one.x} ${one === two} ${log.join()}`);
      })"},
                   {"log.js", "export const log = [];"},
                   {"x.js", R"(import { log } from './log.js';
      import './dependency.js'; log.push('x'); export const x = 1;)"},
                   {"dependency.js", "import { log } from './log.js'; log.push('d');"},
                   {"waits.js", "export const late = await Promise.resolve('late');"},
                   {"throws.js", "throw new RangeError('from a module');"},
                   {"y.js", ""}}});
  ASSERT_TRUE(driver.load());
  EXPECT_EQ(driver.fetch("http://e.com/before").body, "");
  EXPECT_EQ(driver.fetch("http://e.com/").body, "1 true d,x");
  EXPECT_EQ(driver.fetch("http://e.com/").body, "1 true d,x");
  EXPECT_EQ(driver.fetch("http://e.com/waits").body, "late");
  EXPECT_EQ(driver.fetch("http://e.com/builtin").body, "function");
  for (int i = 0; i < 2; ++i)
    EXPECT_THAT(driver.fetch("http://e.com/throws").message,
                HasSubstr("RangeError: from a module"));
  EXPECT_THAT(driver.fetch("http://e.com/other").message,
              HasSubstr("TypeError: import(\"./y.js\") in middleware.js: not loaded"));
  EXPECT_THAT(driver.fetch("http://e.com/absent").message,
              HasSubstr("TypeError: import(\"./absent.js\") in middleware.js: not loaded"));
}

TEST(Modules, CodeCachesComeBack) {
  const Modules modules{
      {"middleware.js", "import { f } from './x.js'; export default () => new Response(f());"},
      {"x.js", "export function f() { return 'cached'; }"}};
  std::map<std::string, std::string> caches;
  {
    WorkerDriver driver({.modules = modules});
    ASSERT_TRUE(driver.load());
    EXPECT_EQ(driver.fetch("http://e.com/").body, "cached");
    ASSERT_TRUE(driver.pump([&] { return driver.code_caches.size() == 2; }));
    caches = driver.code_caches;
  }
  WorkerDriver driver({.modules = modules, .code_caches = caches});
  ASSERT_TRUE(driver.load());
  EXPECT_EQ(driver.fetch("http://e.com/").body, "cached");
  EXPECT_FALSE(driver.pump([&] { return !driver.code_caches.empty(); }, 50))
      << "the caches were refused";

  caches["x.js"] = "not a cache";
  WorkerDriver bad({.modules = modules, .code_caches = caches});
  ASSERT_TRUE(bad.load());
  EXPECT_EQ(bad.fetch("http://e.com/").body, "cached");
  EXPECT_TRUE(bad.pump([&] { return bad.code_caches.contains("x.js"); }));
}

}  // namespace
}  // namespace brink::testing
