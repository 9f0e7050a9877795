// Calls every fuzz target with every input that is kept for it, so that what was found stays found.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/fuzz/target.h"

namespace brink::fuzz {
namespace {

struct Target {
  const char* name;
  void (*run)(std::string_view);
};

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class FuzzCorpus : public ::testing::TestWithParam<Target> {};

TEST_P(FuzzCorpus, Holds) {
  const std::filesystem::path folder = std::filesystem::path(BRINK_FUZZ_CORPUS) / GetParam().name;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    files.push_back(entry.path());
  }
  ASSERT_FALSE(files.empty()) << folder << " is empty";
  std::ranges::sort(files);
  for (const std::filesystem::path& file : files) {
    std::fprintf(stderr, "%s\n", file.c_str());  // the last one printed is the one that crashed
    const ExactCopy input(read(file));
    GetParam().run(input.view());
  }
  GetParam().run({});
}

#define BRINK_TARGET(name) {#name, name},
constexpr Target kTargets[] = {BRINK_FUZZ_TARGETS(BRINK_TARGET)};
#undef BRINK_TARGET

INSTANTIATE_TEST_SUITE_P(, FuzzCorpus, ::testing::ValuesIn(kTargets),
                         [](const auto& target) { return std::string(target.param.name); });

}  // namespace
}  // namespace brink::fuzz
