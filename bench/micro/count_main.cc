// Lets callgrind count the instructions of one path of the front: warm first, then a fixed number
// of times while callgrind looks. Run by ../instructions.mjs:
//
//   front_count            names all paths and how often each is run: "ring 2000"
//   front_count NAME       runs it
#include <valgrind/callgrind.h>

#include <algorithm>
#include <cstdio>
#include <string_view>

#include "bench/micro/path.h"

namespace {

constexpr int kWarmUp = 50;

int count(const brink::bench::PathInfo& info) {
  const auto path = info.make();
  for (int i = 0; i < kWarmUp; ++i) path->run();
  CALLGRIND_START_INSTRUMENTATION;
  for (int i = 0; i < info.iterations; ++i) path->run();
  CALLGRIND_STOP_INSTRUMENTATION;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto paths = brink::bench::all_paths();
  if (argc < 2) {
    for (const auto& info : paths) {
      std::printf("%.*s %d\n", static_cast<int>(info.name.size()), info.name.data(),
                  info.iterations);
    }
    return 0;
  }
  const auto found =
      std::ranges::find(paths, std::string_view(argv[1]), &brink::bench::PathInfo::name);
  if (found == paths.end()) {
    std::fprintf(stderr, "front_count: there is no path %s\n", argv[1]);
    return 2;
  }
  return count(*found);
}
