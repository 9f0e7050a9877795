#include "core/base/errors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string_view>

namespace brink {
namespace {

TEST(Errors, NamesAreUniqueAndOfOneForm) {
  std::set<std::string_view> names;
  for (const ErrorInfo& error : all_errors()) {
    EXPECT_TRUE(names.insert(error.name).second) << error.name;
    EXPECT_TRUE(error.name.starts_with("BRINK_")) << error.name;
    EXPECT_TRUE(std::ranges::all_of(error.name, [](char c) {
      return c == '_' || (c >= 'A' && c <= 'Z');
    })) << error.name;
  }
}

TEST(Errors, StatusesAreErrorsAndTitlesAreOneLine) {
  for (const ErrorInfo& error : all_errors()) {
    EXPECT_GE(error.status, 400) << error.name;
    EXPECT_LE(error.status, 599) << error.name;
    EXPECT_FALSE(error.title.empty()) << error.name;
    EXPECT_FALSE(error.title.ends_with('.')) << error.name;
    EXPECT_FALSE(error.title.contains('\n')) << error.name;
  }
}

TEST(Errors, AreFoundByCodeNameAndNumber) {
  for (const ErrorInfo& error : all_errors()) {
    EXPECT_EQ(error_info(error.code).name, error.name);
    EXPECT_EQ(error_by_name(error.name), error.code);
    EXPECT_EQ(error_by_number(static_cast<std::uint16_t>(error.code)), error.code);
  }
  EXPECT_EQ(error_by_name("BRINK_NO_SUCH_CODE"), std::nullopt);
  EXPECT_EQ(error_by_name(""), std::nullopt);
  EXPECT_EQ(error_by_number(static_cast<std::uint16_t>(all_errors().size())), std::nullopt);
  EXPECT_EQ(error_by_number(0xffff), std::nullopt);
}

}  // namespace
}  // namespace brink
