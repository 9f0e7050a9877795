#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <print>
#include <string>
#include <string_view>

#include "cli/docs_pages.h"

// brink-docs [--check] FOLDER: writes the pages that are made from the code's tables, or says which of
// them are not up to date.
int main(int argc, char** argv) {
  namespace fs = std::filesystem;
  const bool check = argc == 3 && std::string_view(argv[1]) == "--check";
  if (argc != 2 && !check) {
    std::println(stderr, "usage: brink-docs [--check] FOLDER");
    return 2;
  }
  const fs::path folder = argv[argc - 1];
  int outdated = 0;
  for (const brink::cli::DocsPage& page : brink::cli::make_docs_pages()) {
    const fs::path path = folder / page.name;
    std::ifstream file(path, std::ios::binary);
    const std::string present{std::istreambuf_iterator<char>(file), {}};
    if (present == page.text) continue;
    if (check) {
      std::println(stderr, "{} is not what the code says; run: brink-docs {}", path.string(), folder.string());
      ++outdated;
    } else {
      std::ofstream(path, std::ios::binary) << page.text;
      std::println("wrote {}", path.string());
    }
  }
  return outdated == 0 ? 0 : 1;
}
