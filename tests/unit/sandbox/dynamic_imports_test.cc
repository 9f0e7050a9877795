#include "sandbox/dynamic_imports.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace brink::sandbox {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> specifiers(std::string_view source) {
  std::vector<std::string> found;
  for (const ImportRequest& request : dynamic_imports(source)) found.push_back(request.specifier);
  return found;
}

TEST(DynamicImports, AreFoundWithAnyQuotesSpacesAndComments) {
  EXPECT_THAT(specifiers("import('./a.js'); x = await import(\"./b.js\");import(`./c.js`)"),
              ElementsAre("./a.js", "./b.js", "./c.js"));
  EXPECT_THAT(specifiers("import /* why */ (\n  // here\n  './a.js' /* x */ )"),
              ElementsAre("./a.js"));
  EXPECT_THAT(specifiers("import('./a.json', { with: {} })"), ElementsAre("./a.json"));
  EXPECT_THAT(specifiers("import('./a.js').then(() => import('./a.js'))"), ElementsAre("./a.js"));
  EXPECT_THAT(specifiers("()=>import('./a.js')"), ElementsAre("./a.js"));
}

TEST(DynamicImports, OnlyPlainLiterals) {
  for (const std::string_view source :
       {"import(name)", "import('./a' + '.js')", "import(`./${a}.js`)", "import('./\\x61.js')",
        "import('./a.js'", "import(", "import", "import(''", "import './a.js'",
        "reimport('./a.js')", "x.import('./a.js')", "import.meta.url", "import { a } from './a.js'",
        "import('./a.js;\n')", "import /* never ends ('./a.js')", "import // ('./a.js')"}) {
    EXPECT_THAT(specifiers(source), IsEmpty()) << source;
  }
}

TEST(DynamicImports, KnowTheirPlace) {
  const std::vector<ImportRequest> found =
      dynamic_imports("const a = 1;\n  import('./a.js');\n\nimport('./b.js')");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].line, 2U);
  EXPECT_EQ(found[0].column, 3U);
  EXPECT_EQ(found[1].line, 4U);
  EXPECT_EQ(found[1].column, 1U);
  EXPECT_TRUE(found[0].lazy);
}

}  // namespace
}  // namespace brink::sandbox
