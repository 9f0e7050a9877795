#include "cli/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace brink::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class CommandTest : public ::testing::Test {
 protected:
  CommandTest() {
    std::string name = ::testing::TempDir() + "brink-cli-XXXXXX";
    line_.directory = ::mkdtemp(name.data());
  }
  ~CommandTest() override { fs::remove_all(line_.directory); }

  void add(const std::string& path, std::string_view text) const {
    std::ofstream(fs::path(line_.directory) / path, std::ios::binary) << text;
  }
  std::string load_error() const {
    const Result<proxy::EdgeOptions> folder = load_deployment(line_);
    return folder
               ? "(no error)"
               : std::string(error_info(folder.error().code).name) + " " + folder.error().message;
  }

  CommandLine line_;
};

TEST_F(CommandTest, AFolderWithoutAFileHasTheDefaults) {
  const Result<proxy::EdgeOptions> folder = load_deployment(line_);
  ASSERT_TRUE(folder) << folder.error().message;
  EXPECT_EQ(folder->front.listen, "127.0.0.1:8080");
  EXPECT_TRUE(folder->worker_executable.empty());
}

TEST_F(CommandTest, OptionsWinOverTheFile) {
  add("brink.json", R"({"listen": ":1", "workers": 2})");
  line_.config_options[1] = ":3";  // --listen
  const Result<proxy::EdgeOptions> folder = load_deployment(line_);
  ASSERT_TRUE(folder) << folder.error().message;
  EXPECT_EQ(folder->front.listen, ":3");
  EXPECT_EQ(folder->front.workers, 2u);
}

TEST_F(CommandTest, AppsHaveFoldersBesideTheFile) {
  fs::create_directories(fs::path(line_.directory) / "conf/shop/pages/api");
  add("conf/brink.json", R"({"apps": [{"name": "shop", "root": "shop"},
                                      {"name": "rest", "root": "..", "paths": ["/rest"]}]})");
  add("conf/shop/pages/api/a.js", "");
  ::setenv("BRINK_WORKER", "/bin/true", 1);
  line_.config_file = line_.directory + "/conf/brink.json";
  const Result<proxy::EdgeOptions> loaded = load_deployment(line_);
  ::unsetenv("BRINK_WORKER");
  ASSERT_TRUE(loaded) << loaded.error().message;
  ASSERT_EQ(loaded->apps.size(), 2u);
  EXPECT_EQ(loaded->apps[0].config.name, "shop");
  EXPECT_EQ(loaded->apps[0].files.root(), line_.directory + "/conf/shop");
  EXPECT_TRUE(loaded->apps[0].files.has_scripts());
  EXPECT_FALSE(loaded->apps[1].files.has_scripts());
}

TEST_F(CommandTest, AMissingFolderOfAnAppIsNamed) {
  add("brink.json", R"({"apps": [{"name": "shop", "root": "nowhere"}]})");
  EXPECT_EQ(load_error(), "BRINK_APP_INVALID app \"shop\": " + line_.directory +
                              "/nowhere: No such file or directory");
}

TEST_F(CommandTest, ANamedFileMustExist) {
  line_.config_file = "/does/not/exist.json";
  EXPECT_EQ(load_error(), "BRINK_USAGE --config /does/not/exist.json: No such file or directory");
}

TEST_F(CommandTest, ScriptsNeedAWorker) {
  add("middleware.js", "export default () => {};");
  ::setenv("BRINK_WORKER", "/does/not/exist", 1);
  EXPECT_EQ(load_error(), "BRINK_SYSTEM BRINK_WORKER names /does/not/exist, which cannot be run");
  ::setenv("BRINK_WORKER", "/bin/true", 1);
  const Result<proxy::EdgeOptions> folder = load_deployment(line_);
  ::unsetenv("BRINK_WORKER");
  ASSERT_TRUE(folder) << folder.error().message;
  EXPECT_EQ(folder->worker_executable, "/bin/true");
}

std::string printed(const Error& error, std::string_view directory = {}) {
  ::testing::internal::CaptureStderr();
  print_error(error, directory);
  return ::testing::internal::GetCapturedStderr();
}

TEST(PrintError, APlaceComesFirst) {
  EXPECT_EQ(printed({ErrorCode::kModuleSyntax, "lib/a.js:3:5: Unexpected token"}, "shop"),
            "shop/lib/a.js:3:5: BRINK_MODULE_SYNTAX: Unexpected token\n  see "
            "docs/limits.md#brink_module_syntax\n");
  EXPECT_EQ(
      printed({ErrorCode::kConfigInvalid, "brink.json:1:2: no"}),
      "brink.json:1:2: BRINK_CONFIG_INVALID: no\n  see docs/limits.md#brink_config_invalid\n");
}

TEST(PrintError, WithoutAPlaceItIsBrinks) {
  for (const char* message :
       {"cannot listen on 127.0.0.1:80: in use", "a:b: c", ":1:2: x", "a:1: x", "plain", ""}) {
    EXPECT_THAT(printed({ErrorCode::kListen, message}, "shop"),
                HasSubstr("brink: BRINK_LISTEN: " + std::string(message) + "\n"));
  }
}

}  // namespace
}  // namespace brink::cli
