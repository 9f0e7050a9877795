#include <gtest/gtest.h>

#include <cctype>
#include <fstream>
#include <iterator>
#include <string>

#include "cli/docs_pages.h"
#include "cli/error_advice.h"
#include "core/base/errors.h"
#include "core/config/config_keys.h"

namespace brink::cli {
namespace {

TEST(Docs, AreWhatTheCodeSays) {
  for (const DocsPage& page : make_docs_pages()) {
    std::ifstream file(std::string(BRINK_DOCS_DIR "/") + page.name, std::ios::binary);
    const std::string present{std::istreambuf_iterator<char>(file), {}};
    EXPECT_TRUE(present == page.text) << page.name << " is not up to date; run: brink-docs docs";
  }
}

TEST(Docs, HaveEveryKeyAndEveryCode) {
  std::string text;
  for (const DocsPage& page : make_docs_pages()) text += page.text;
  for (const ConfigKey& key : config_keys()) {
    EXPECT_TRUE(text.contains("| `" + std::string(key.name()) + "` |")) << key.path;
    EXPECT_TRUE(text.contains("\"" + std::string(key.name()) + "\": {")) << key.path;
  }
  for (const ErrorInfo& error : all_errors()) {
    EXPECT_TRUE(text.contains("### " + std::string(error.name) + "\n")) << error.name;
    EXPECT_TRUE(error_advice(error.code).ends_with('.')) << error.name;
  }
}

}  // namespace
}  // namespace brink::cli
