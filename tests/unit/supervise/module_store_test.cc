#include "core/supervise/module_store.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace brink::supervise {
namespace {

class ModuleStoreTest : public ::testing::Test {
 protected:
  ModuleStoreTest() {
    char name[] = "/tmp/brink-store-XXXXXX";
    folder = ::mkdtemp(name);
    std::ofstream(folder / "middleware.js") << "export default () => {};";
    files = *scan_app(folder.string());
    store.find("middleware.js", "").value();
  }
  ~ModuleStoreTest() override { std::filesystem::remove_all(folder); }

  bool add(int maker, std::uint32_t offset, std::string_view bytes, bool last) {
    return store.add_code_cache(
        maker, {.last = last, .offset = offset, .path = "middleware.js", .bytes = bytes});
  }
  std::string cache() { return (*store.find("middleware.js", ""))->code_cache; }

  std::filesystem::path folder;
  AppFiles files;
  ModuleStore store{files};
};

TEST_F(ModuleStoreTest, TwoWorkersThatSendACacheAtOnceDoNotMixThem) {
  EXPECT_TRUE(add(1, 0, "one ", false));
  EXPECT_TRUE(add(2, 0, "two ", false));
  EXPECT_TRUE(add(2, 4, "TWO", true));
  EXPECT_TRUE(add(1, 4, "ONE", true));
  EXPECT_EQ(cache(), "one ONE");
}

TEST_F(ModuleStoreTest, TheFirstCompleteCacheStays) {
  EXPECT_TRUE(add(1, 0, "one", true));
  EXPECT_TRUE(add(2, 0, "two", true));
  EXPECT_EQ(cache(), "one");
}

TEST_F(ModuleStoreTest, AWorkerThatEndsLeavesNoHalfOfACache) {
  EXPECT_TRUE(add(1, 0, "one ", false));
  EXPECT_TRUE(add(2, 0, "two ", false));
  store.forget_maker(1);
  EXPECT_TRUE(add(2, 4, "TWO", true)) << "its beginning was left out";
  EXPECT_EQ(cache(), "");
  EXPECT_TRUE(add(3, 0, "three", true));
  EXPECT_EQ(cache(), "three");
}

TEST_F(ModuleStoreTest, ACacheOfNoModuleIsRefused) {
  EXPECT_FALSE(store.add_code_cache(1, {.path = "other.js", .bytes = "x"}));
}

}  // namespace
}  // namespace brink::supervise
