#include "core/config/app_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace brink {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class AppFilesTest : public ::testing::Test {
 protected:
  AppFilesTest() {
    std::string name = ::testing::TempDir() + "brink-app-XXXXXX";
    root_ = ::mkdtemp(name.data());
  }
  ~AppFilesTest() override { fs::remove_all(root_); }

  void add(const std::string& path, std::string_view text = "export default 1;") const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path, std::ios::binary) << text;
  }
  AppFiles scan() const {
    Result<AppFiles> app = scan_app(root_);
    EXPECT_TRUE(app) << app.error().message;
    return app ? *std::move(app) : AppFiles();
  }
  std::string scan_error() const {
    const Result<AppFiles> app = scan_app(root_);
    if (app) return "(no error)";
    EXPECT_EQ(app.error().code, ErrorCode::kAppInvalid);
    return app.error().message;
  }
  /// The resolved path, or the error.
  std::string resolve(std::string_view specifier, std::string_view referrer = "") const {
    const Result<ModuleFile> module = scan().read_module(specifier, referrer);
    return module ? module->path : module.error().message;
  }

  fs::path root_;
};

std::vector<std::string> routes(const AppFiles& app) {
  std::vector<std::string> list;
  for (const HandlerFile& handler : app.handlers())
    list.push_back(handler.module_path + " " + handler.route_pattern);
  return list;
}

TEST_F(AppFilesTest, AnEmptyFolderHasNoScripts) { EXPECT_FALSE(scan().has_scripts()); }

TEST_F(AppFilesTest, MiddlewareIsFoundInEachPlace) {
  for (const char* path :
       {"middleware.js", "middleware.mjs", "proxy.js", "src/middleware.mjs", "src/proxy.js"}) {
    add(path);
    EXPECT_EQ(scan().middleware(), path);
    fs::remove(root_ / path);
  }
}

TEST_F(AppFilesTest, ANextjsProjectsHandlersRunWhereTheySayEdge) {
  const auto add_handlers = [this] {
    add("pages/api/node.js", "export default function handler(req, res) { res.end(); }");
    add("pages/api/edge.js", "export default () => {};\nexport const config = {runtime: 'edge'};");
    add("pages/api/exp.js", "export const config = {runtime: 'experimental-edge'};");
    add("pages/api/named.js", "export const config = {runtime: 'nodejs'};");
  };
  const std::vector<std::pair<const char*, const char*>> signs = {
      {"next.config.js", ""},
      {"next.config.ts", "not JavaScript"},
      {"package.json", R"({"dependencies": {"react": "19", "next": "16.4.6"}})"},
      {"package.json", R"({"devDependencies": {"next": "canary"}})"}};
  add_handlers();
  for (const auto& [path, text] : signs) {
    add(path, text);
    EXPECT_THAT(routes(scan()),
                ElementsAre("pages/api/edge.js /api/edge", "pages/api/exp.js /api/exp"));
    EXPECT_THAT(scan().node_handlers(), ElementsAre("pages/api/named.js", "pages/api/node.js"));
    fs::remove(root_ / path);
  }
  for (const char* text : {"{}", "not JSON", R"({"dependencies": {"nextra": "1"}, "next": "1"})",
                           R"({"dependencies": "next"})", "[]"}) {
    add("package.json", text);
    EXPECT_EQ(routes(scan()).size(), 3u) << text;
    EXPECT_THAT(scan().node_handlers(), ElementsAre("pages/api/named.js"));
  }
}

TEST_F(AppFilesTest, TwoMiddlewaresAreRefused) {
  add("middleware.js");
  add("src/proxy.mjs");
  EXPECT_EQ(scan_error(),
            "middleware.js and src/proxy.mjs: an app has one middleware; remove one of them");
}

TEST_F(AppFilesTest, ATypeScriptMiddlewareIsRefusedNotIgnored) {
  add("src/middleware.ts");
  EXPECT_THAT(scan_error(),
              HasSubstr("src/middleware.ts: .ts files are not supported yet, only .js and .mjs"));
}

TEST_F(AppFilesTest, HandlersFollowNextsFileConventions) {
  add("pages/api/index.js");
  add("pages/api/hello.mjs");
  add("pages/api/users/index.js");
  add("pages/api/users/[id].js");
  add("pages/api/docs/[[...rest]].js");
  add("pages/api/_private.js");
  add("pages/api/.hidden.js");
  add("pages/api/typed.ts");
  add("pages/api/notes.md");
  add("pages/about.js");
  const AppFiles app = scan();
  EXPECT_THAT(routes(app), ElementsAre("pages/api/_private.js /api/_private",
                                       "pages/api/docs/[[...rest]].js /api/docs/[[...rest]]",
                                       "pages/api/hello.mjs /api/hello", "pages/api/index.js /api",
                                       "pages/api/users/[id].js /api/users/[id]",
                                       "pages/api/users/index.js /api/users"));
  ASSERT_EQ(app.ignored().size(), 1u);
  EXPECT_EQ(app.ignored()[0].path, "pages/api/typed.ts");
}

TEST_F(AppFilesTest, HandlersBelowSrcAndApiItself) {
  add("src/pages/api.js");
  add("src/pages/api/a.js");
  EXPECT_THAT(routes(scan()), ElementsAre("src/pages/api.js /api", "src/pages/api/a.js /api/a"));
}

TEST_F(AppFilesTest, AmbiguousHandlersAreRefused) {
  add("pages/api/a.js");
  add("pages/api/a/index.mjs");
  EXPECT_EQ(scan_error(),
            "pages/api/a.js and pages/api/a/index.mjs both handle /api/a; remove one of them");
  fs::remove(root_ / "pages/api/a.js");
  add("src/pages/api/b.js");
  EXPECT_THAT(scan_error(), HasSubstr("pages/api and src/pages/api both have handlers"));
}

TEST_F(AppFilesTest, NamesThatCouldForgeAnEntryAreRefused) {
  add("pages/api/a\nh evil.js");
  EXPECT_THAT(scan_error(), HasSubstr("not plain UTF-8 text"));
}

TEST_F(AppFilesTest, AMissingFolderIsSaid) {
  const Result<AppFiles> app = scan_app("/does/not/exist");
  ASSERT_FALSE(app);
  EXPECT_EQ(app.error().message, "/does/not/exist: No such file or directory");
}

TEST_F(AppFilesTest, ModulesAreResolvedInOrder) {
  add("lib/a.js", "a");
  add("lib/a.mjs");
  add("lib/b.mjs");
  add("lib/c/index.js");
  add("lib/d.js/index.mjs");
  add("top.js");
  add("index.js");
  EXPECT_EQ(resolve("lib/a.js"), "lib/a.js");
  EXPECT_EQ(resolve("./a", "lib/x.js"), "lib/a.js");
  EXPECT_EQ(resolve("./b", "lib/x.js"), "lib/b.mjs");
  EXPECT_EQ(resolve("./c", "lib/x.js"), "lib/c/index.js");
  EXPECT_EQ(resolve("./c/", "lib/x.js"), "lib/c/index.js");
  EXPECT_EQ(resolve("./d.js", "lib/x.js"), "lib/d.js/index.mjs");
  EXPECT_EQ(resolve("../top", "lib/x.js"), "top.js");
  EXPECT_EQ(resolve("..", "lib/x.js"), "index.js");
  EXPECT_EQ(resolve(".//./c/../a.js", "lib/x.js"), "lib/a.js");
  const Result<ModuleFile> module = scan().read_module("lib/a.js", "");
  ASSERT_TRUE(module);
  EXPECT_EQ(module->source, "a");
}

TEST_F(AppFilesTest, AMissingModuleSaysWhatWasTried) {
  add("pages/api/a.js");
  EXPECT_EQ(resolve("./lib", "pages/api/a.js"),
            "cannot find module './lib' imported by pages/api/a.js: tried pages/api/lib.js, "
            "pages/api/lib.mjs, "
            "pages/api/lib/index.js, pages/api/lib/index.mjs");
  EXPECT_THAT(resolve("lodash", "pages/api/a.js"), HasSubstr("only relative paths"));
  EXPECT_THAT(resolve("/etc/passwd", "pages/api/a.js"), HasSubstr("only relative paths"));
}

TEST_F(AppFilesTest, NothingOutsideOfTheFolderIsRead) {
  add("a.js");
  fs::create_symlink("/etc", root_ / "etc");
  fs::create_symlink("../../../../../../etc/passwd", root_ / "passwd.js");
  fs::create_symlink("/proc/self/environ", root_ / "environ.js");
  fs::create_symlink("loop.js", root_ / "loop.js");
  EXPECT_THAT(resolve("../a.js", "a.js"), HasSubstr("outside of the app's folder"));
  EXPECT_THAT(resolve("lib/../../a.js"), HasSubstr("outside of the app's folder"));
  EXPECT_THAT(resolve("./passwd.js", "a.js"), HasSubstr("passwd.js is a link that leaves"));
  EXPECT_THAT(resolve("./environ.js", "a.js"), HasSubstr("environ.js is a link that leaves"));
  EXPECT_THAT(resolve("./loop.js", "a.js"), HasSubstr("loop.js is a link"));
  EXPECT_THAT(resolve("./etc/passwd", "a.js"), HasSubstr("cannot find module"));
  EXPECT_THAT(resolve(std::string("./a.js\0", 7), "a.js"), HasSubstr("this is not a path"));
  EXPECT_THAT(resolve(std::string(5000, 'a'), "a.js"), HasSubstr("this is not a path"));
}

TEST_F(AppFilesTest, LinksWithinTheFolderAreFollowed) {
  add("lib/a.js");
  fs::create_directory_symlink("lib", root_ / "shared");
  EXPECT_EQ(resolve("./shared/a.js", "x.js"), "shared/a.js");
}

TEST_F(AppFilesTest, OnlyCodeIsAModule) {
  add(".env", "SECRET=1");
  add("data.json", "{}");
  EXPECT_THAT(resolve("./.env", "a.js"), HasSubstr("cannot find module"));
  EXPECT_THAT(resolve("./data.json", "a.js"), HasSubstr("cannot find module"));
  ASSERT_EQ(::mkfifo((root_ / "pipe.js").c_str(), 0600), 0);
  EXPECT_THAT(resolve("./pipe.js", "a.js"), HasSubstr("cannot find module"));
}

TEST_F(AppFilesTest, SourcesAreBoundedAndUtf8) {
  add("big.js", std::string(kMaxModule_bytes + 1, ' '));
  add("full.js", std::string(kMaxModule_bytes, ' '));
  add("latin.js", "ok\nx\xe9");
  EXPECT_EQ(resolve("big.js"), "big.js: the file is too large; a module may have at most 4 MiB");
  EXPECT_EQ(resolve("full.js"), "full.js");
  EXPECT_EQ(resolve("latin.js"), "latin.js:2:2: this is not valid UTF-8");
}

TEST(AppFiles, WithoutAFolderThereAreNoModules) {
  EXPECT_FALSE(AppFiles().read_module("a.js", ""));
}

}  // namespace
}  // namespace brink
