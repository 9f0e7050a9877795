// What libFuzzer calls. Compiled once for each target, whose name is in BRINK_FUZZ_TARGET.
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  brink::fuzz::BRINK_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  return 0;
}
