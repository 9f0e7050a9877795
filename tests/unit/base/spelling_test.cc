#include "core/base/spelling.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace brink {
namespace {

TEST(Spelling, CountsEdits) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("abc", "abc"), 0u);
  EXPECT_EQ(edit_distance("lisen", "listen"), 1u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("abc", ""), 3u);
}

TEST(Spelling, SuggestsOnlyWhatIsNear) {
  const std::vector<std::string_view> names = {"--listen", "--origin"};
  EXPECT_EQ(did_you_mean("--LISEN", names), ", did you mean \"--listen\"?");
  EXPECT_EQ(did_you_mean("--xyzzy", names), "");
  EXPECT_EQ(did_you_mean(std::string(65, 'x'), names), "");
  EXPECT_EQ(did_you_mean("x", {}), "");
}

}  // namespace
}  // namespace brink
