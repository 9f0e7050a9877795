#include "core/config/error_pages.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "core/config/app_survey.h"

namespace brink {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class AppFolderTest : public ::testing::Test {
 protected:
  AppFolderTest() {
    std::string name = ::testing::TempDir() + "brink-folder-XXXXXX";
    root_ = ::mkdtemp(name.data());
    fd_ = ::open(root_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  }
  ~AppFolderTest() override {
    ::close(fd_);
    fs::remove_all(root_);
  }
  void add(const std::string& path, std::string_view text = "") const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path, std::ios::binary) << text;
  }
  std::string error() const {
    const Result<ErrorPages> pages = ErrorPages::read(fd_);
    return pages ? "(none)" : pages.error().message;
  }
  std::vector<std::string> surveyed(bool has_scripts = false) const {
    std::vector<std::string> paths;
    for (const IgnoredFile& file : survey_app(fd_, has_scripts)) paths.push_back(file.path);
    return paths;
  }

  fs::path root_;
  int fd_ = -1;
};

using ErrorPagesTest = AppFolderTest;
using AppSurveyTest = AppFolderTest;

TEST_F(ErrorPagesTest, AStatusWinsOverItsKind) {
  add("errors/404.html", "not found");
  add("errors/4xx.html", "client");
  add("errors/503.html", "busy");
  add("errors/50x.html");
  add("errors/404.txt");
  add("errors/200.html");
  const Result<ErrorPages> pages = ErrorPages::read(fd_);
  ASSERT_TRUE(pages) << pages.error().message;
  EXPECT_EQ(*pages->find(404), "not found");
  EXPECT_EQ(*pages->find(413), "client");
  EXPECT_EQ(*pages->find(503), "busy");
  EXPECT_EQ(pages->find(502), nullptr);
  EXPECT_THAT(pages->paths(), ElementsAre("errors/404.html", "errors/4xx.html", "errors/503.html"));
  EXPECT_THAT(pages->ignored(),
              ElementsAre("errors/200.html", "errors/404.txt", "errors/50x.html"));
}

TEST_F(ErrorPagesTest, AFolderMayBeMissing) {
  EXPECT_EQ(error(), "(none)");
  add("errors");
  EXPECT_EQ(error(), "(none)");
}

TEST_F(ErrorPagesTest, PagesAreBoundedTextWithinTheFolder) {
  add("errors/404.html", std::string(kMaxErrorPage_bytes + 1, 'x'));
  EXPECT_THAT(error(), HasSubstr("errors/404.html: the file is too large; an error page may have "
                                 "at most 256 KiB"));
  add("errors/404.html", "\xff");
  EXPECT_THAT(error(), HasSubstr("UTF-8"));
  fs::remove(root_ / "errors/404.html");
  fs::create_symlink("/etc/hostname", root_ / "errors/404.html");
  EXPECT_EQ(error(), "errors/404.html: this leads out of the app's folder");
  fs::remove(root_ / "errors/404.html");
  fs::create_directory(root_ / "errors/404.html");
  EXPECT_EQ(error(), "errors/404.html: this is not a file");
}

TEST_F(AppSurveyTest, NamesWhatOthersWouldRun) {
  for (const char* path :
       {"middlewares.js", "src/Middleware.ts", "_middleware.js", "app/middleware.js",
        "pages/_middleware.js", "app/api/a/route.js", "src/app/[x]/(y)/route.ts"}) {
    add(path);
  }
  EXPECT_THAT(surveyed(true),
              ::testing::UnorderedElementsAre(
                  "middlewares.js", "src/Middleware.ts", "_middleware.js", "app/middleware.js",
                  "pages/_middleware.js", "app/api/a/route.js", "src/app/[x]/(y)/route.ts"));
}

TEST_F(AppSurveyTest, LeavesAloneWhatIsAsItShouldBe) {
  for (const char* path :
       {"middleware.js", "src/proxy.mjs", "pages/api/middleware.js", "pages/api/proxy.js",
        "app/page.js", "lib/route.js", "index.js", "errors/404.html", "package.json"}) {
    add(path, "export default { async fetch() {} };");
  }
  EXPECT_THAT(surveyed(true), IsEmpty());
}

TEST_F(AppSurveyTest, AWorkerIsNamedWhereNothingElseRuns) {
  add("src/index.js", "const worker = {};\nexport default {\n  async fetch(request) {}\n};");
  add("index.js", "export default function () {}");
  EXPECT_THAT(surveyed(), ElementsAre("src/index.js"));
  EXPECT_THAT(surveyed(true), IsEmpty());
}

TEST_F(AppSurveyTest, EndsInALinkThatLeadsInCircles) {
  fs::create_directories(root_ / "app");
  fs::create_directory_symlink("../app", root_ / "app/again");
  add("app/route.js");
  EXPECT_FALSE(surveyed().empty());
}

}  // namespace
}  // namespace brink
