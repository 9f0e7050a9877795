#include "bench/micro/path.h"

#include <cstdio>
#include <cstdlib>

namespace brink::bench {

void require(bool good, std::string_view what) {
  if (good) return;
  std::fprintf(stderr, "micro: went wrong, expected: %.*s\n", static_cast<int>(what.size()),
               what.data());
  std::exit(1);
}

}  // namespace brink::bench
