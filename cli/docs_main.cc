#include <cstdio>
#include <filesystem>
#include <fstream>
#include <print>

#include "cli/docs_pages.h"

// brink-docs FOLDER: writes the pages that are made from the code's tables.
int main(int argc, char** argv) {
  if (argc != 2) {
    std::println(stderr, "usage: brink-docs FOLDER");
    return 2;
  }
  for (const brink::cli::DocsPage& page : brink::cli::make_docs_pages()) {
    const std::filesystem::path path = std::filesystem::path(argv[1]) / page.name;
    std::ofstream file(path, std::ios::binary);
    file << page.text;
    file.close();
    if (!file) {
      std::println(stderr, "brink-docs: cannot write {}", path.string());
      return 1;
    }
  }
  return 0;
}
