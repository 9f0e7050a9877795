#include <gtest/gtest.h>
#include <simdjson.h>

#include <string>
#include <string_view>

#include "core/config/config.h"

// documents.json: many a brink.json, and whether it is taken. tests/e2e/schema.test.mjs looks at
// the same ones with the schema.
namespace brink {
namespace {

TEST(Documents, AreTakenOrRefusedAsTheListSays) {
  const simdjson::padded_string text = simdjson::padded_string::load(BRINK_DOCUMENTS);
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document list = parser.iterate(text);
  std::size_t count = 0;
  for (simdjson::ondemand::object entry : list.get_array()) {
    const std::string config(std::string_view(entry["config"].raw_json()));
    const bool taken = entry["brink"].get_bool();
    const Result<Deployment> read = parse_config(config, "brink.json");
    EXPECT_EQ(read.has_value(), taken) << config << "\n" << (read ? "" : read.error().message);
    ++count;
  }
  EXPECT_GE(count, 250u);
}

}  // namespace
}  // namespace brink
