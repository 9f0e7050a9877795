#include "core/config/handler_runtime.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace brink {
namespace {

std::string runtime_of(std::string_view source) {
  return declared_runtime(source).value_or("(none)");
}

TEST(DeclaredRuntime, IsReadFromTheExports) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"export const config = { runtime: 'edge' };", "edge"},
      {"export const config = {runtime:\"experimental-edge\"}", "experimental-edge"},
      {"export const config = { runtime: `nodejs` }", "nodejs"},
      {"export const config = { 'runtime': 'edge', regions: ['iad1'] }", "edge"},
      {"export const config={api:{bodyParser:false},runtime:'edge'}", "edge"},
      {"export let config = { maxDuration: 5, runtime : 'nodejs', }", "nodejs"},
      {"export const runtime = 'edge'", "edge"},
      {"export var config = { // runtime: 'nodejs'\n runtime: /* here */ 'edge' };", "edge"},
      // As bundlers write it.
      {"var config = { runtime: \"edge\" };\nexport {\n  config,\n  handler as default\n};",
       "edge"},
      {"var config2 = {runtime: 'edge'}, x = 1; export {config2 as config, x}", "edge"},
      {"export{c as config};const c={runtime:'nodejs'}", "nodejs"},
      {"var h=(e)=>{},c={runtime:\"edge\"};export{c as config,h as default};", "edge"},
      // What stands before it.
      {"import a from './a.js';\nconst re = /[/'\"{]/.test(a) / 2; function f() { return /}'/; }\n"
       "const t = `a${ { b: `${'}'}` }.b }{`;\nexport default f\n"
       "export const config = { runtime: 'edge' }",
       "edge"},
      {"export default async function handler(req) { const config = { runtime: 'nodejs' }; }\n"
       "export const config = { runtime: 'edge' };",
       "edge"},
  };
  for (const auto& [source, runtime] : cases) EXPECT_EQ(runtime_of(source), runtime) << source;
}

TEST(DeclaredRuntime, IsNoneWhereNothingSaysSo) {
  for (const char* source : {
           "",
           "export default () => {}",
           "const config = { runtime: 'edge' };",
           "// export const config = { runtime: 'edge' }",
           "/* export const config = { runtime: 'edge' } */ export default 1",
           "const s = \"export const config = { runtime: 'edge' }\"",
           "const s = `\nexport const config = { runtime: 'edge' }\n`",
           "export const config = { api: { runtime: 'edge' } }",
           "export const config = { runtime: edge }",
           "export const config = make('edge')",
           "export const conf = { runtime: 'edge' }",
           "export const config = { runtimes: 'edge' }",
           "export const config = {",
           "export const config = { runtime: '",
           "export {",
           "`${`${",
           "function f() { var config = { runtime: 'edge' } } export { config }",
       }) {
    EXPECT_EQ(runtime_of(source), "(none)") << source;
  }
}

TEST(DeclaredRuntime, HostileTextEnds) {
  std::string nested;
  for (int i = 0; i < 100'000; ++i) nested += "`${";
  EXPECT_EQ(runtime_of(nested), "(none)");
  EXPECT_EQ(runtime_of(std::string(1'000'000, '{')), "(none)");
  EXPECT_EQ(runtime_of(std::string(1'000'000, '/')), "(none)");
  EXPECT_EQ(runtime_of("export const config = " + std::string(1'000'000, '{')), "(none)");
}

TEST(RunsAtEdge, AsNextjsWouldHaveIt) {
  EXPECT_TRUE(runs_at_edge("edge", true));
  EXPECT_TRUE(runs_at_edge("experimental-edge", false));
  EXPECT_FALSE(runs_at_edge("nodejs", false));
  EXPECT_FALSE(runs_at_edge("nodejs", true));
  EXPECT_TRUE(runs_at_edge(std::nullopt, false));
  EXPECT_FALSE(runs_at_edge(std::nullopt, true));
}

}  // namespace
}  // namespace brink
