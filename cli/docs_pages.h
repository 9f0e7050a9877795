#pragma once

#include <string>
#include <vector>

namespace brink::cli {

/// A file under docs/ that is made from the tables in the code.
struct DocsPage {
  std::string name;  ///< "configuration.md"
  std::string text;
};

/// brink.schema.json, configuration.md and limits.md, as they should be.
std::vector<DocsPage> make_docs_pages();

}  // namespace brink::cli
