#include "core/url/percent.h"

#include <gtest/gtest.h>

namespace brink::url {
namespace {

TEST(PercentDecode, IsDecodeURIComponent) {
  EXPECT_EQ(percent_decode("a%2Bb+c"), "a+b+c");
  EXPECT_EQ(percent_decode("%e2%82%AC"), "\xe2\x82\xac");
  EXPECT_EQ(percent_decode(""), "");
  EXPECT_EQ(percent_decode("%00"), std::string(1, '\0'));
  for (const std::string_view bad : {"%", "%1", "%g1", "%1g", "%80", "%c0%80", "%f8%88%80%80%80"}) {
    EXPECT_EQ(percent_decode(bad), std::nullopt) << bad;
  }
  EXPECT_TRUE(percent_decoded_equals("%61b", "ab"));
  EXPECT_FALSE(percent_decoded_equals("%61", "ab"));
  EXPECT_FALSE(percent_decoded_equals("ab%", "ab"));
}

TEST(AsUtf8, ReplacesWhatIsNone) {
  constexpr std::string_view kReplacement = "\xef\xbf\xbd";
  EXPECT_EQ(as_utf8("a\xc3\xa9"), "a\xc3\xa9");
  EXPECT_EQ(as_utf8("\xff"), kReplacement);
  EXPECT_EQ(as_utf8("a\xc3/\xe2\x82z\xc3\xa9"), "a\xef\xbf\xbd/\xef\xbf\xbd\xef\xbf\xbdz\xc3\xa9");
}

}  // namespace
}  // namespace brink::url
