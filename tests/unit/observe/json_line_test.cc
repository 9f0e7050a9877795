#include "core/observe/json_line.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace brink {
namespace {

std::string escaped(std::string_view text) {
  std::array<char, 512> room;
  LineWriter line(room);
  line.escaped(text, 256);
  EXPECT_TRUE(line.ok());
  return {room.data(), line.size()};
}

// Text is looked at in eights: a byte has to be found wherever it stands in one, and behind the
// last.
TEST(LineWriter, EscapesAByteWhereverItStands) {
  for (int byte = 0; byte < 256; ++byte) {
    const bool plain = byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
    for (std::size_t at = 0; at < 19; ++at) {
      std::string text(19, 'x');
      text[at] = static_cast<char>(byte);
      std::string rest = escaped(text);
      if (plain) {
        EXPECT_EQ(rest, text);
        continue;
      }
      EXPECT_EQ(rest.substr(0, at), std::string(at, 'x')) << byte;
      EXPECT_EQ(rest[at], '\\') << byte;
      EXPECT_EQ(rest.size(), 18 + (byte == '"' || byte == '\\' ? 2U : 6U)) << byte;
    }
  }
}

TEST(TimeText, SaysWhatLineWriterSays) {
  TimeText text;
  for (const std::uint64_t time_us :
       {1'769'860'800'123'456ULL, 1'769'860'800'124'000ULL, 1'769'860'800'000'000ULL,
        1'769'860'801'007'999ULL, 0ULL, 1'769'860'800'999'999ULL}) {
    std::array<char, 24> room;
    LineWriter line(room);
    line.time(time_us);
    EXPECT_EQ(text.of(time_us), std::string_view(room.data(), line.size()));
  }
}

}  // namespace
}  // namespace brink
