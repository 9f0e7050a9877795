// brink-mksnapshot BUNDLE OUT: runs js-stdlib's bundle and writes V8's snapshot of the result.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "bindings/bindings.h"
#include "sandbox/engine.h"
#include "sandbox/snapshot.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: brink-mksnapshot BUNDLE OUT\n", stderr);
    return 2;
  }
  std::ifstream in(argv[1], std::ios::binary);
  const std::string bundle{std::istreambuf_iterator<char>(in), {}};
  if (!in) {
    std::fprintf(stderr, "brink-mksnapshot: %s can't be read\n", argv[1]);
    return 1;
  }
  brink::sandbox::Engine engine(brink::sandbox::Engine::Purpose::kSnapshot);
  const auto bindings = brink::bindings::all_bindings();
  const brink::Result<std::string> blob = brink::sandbox::create_snapshot(bundle, bindings);
  if (!blob) {
    std::fprintf(stderr, "brink-mksnapshot: %s\n", blob.error().message.c_str());
    return 1;
  }
  std::ofstream out(argv[2], std::ios::binary);
  out.write(blob->data(), static_cast<std::streamsize>(blob->size()));
  out.close();
  if (!out) {
    std::fprintf(stderr, "brink-mksnapshot: %s can't be written\n", argv[2]);
    return 1;
  }
  return 0;
}
