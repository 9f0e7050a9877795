#include "core/http/head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/http/field_names.h"
#include "core/http/head_writer.h"

namespace brink::http {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> end_to_end(const std::vector<HeaderField>& in) {
  std::vector<HeaderField> out;
  append_end_to_end(in, out);
  std::vector<std::string> names;
  for (const HeaderField& field : out) names.emplace_back(field.name);
  return names;
}

TEST(Head, EndToEndLeavesOutWhatIsTheConnections) {
  EXPECT_THAT(end_to_end({{"Accept", "*/*"},
                          {"connection", "X-Private , keep-alive"},
                          {"Keep-Alive", "timeout=5"},
                          {"x-private", "1"},
                          {"Content-Length", "5"},
                          {"Transfer-Encoding", "chunked"},
                          {"TE", "trailers"},
                          {"Trailer", "x"},
                          {"Upgrade", "h2c"},
                          {"Proxy-Connection", "close"},
                          {"Proxy-Authorization", "secret"},
                          {"Authorization", "kept"},
                          {"X-Private-Not", "2"}}),
              ElementsAre("Accept", "Authorization", "X-Private-Not"));
}

TEST(Head, ConnectionCannotTakeTheHostAway) {
  EXPECT_THAT(end_to_end({{"Host", "h"}, {"Connection", "host, close"}}), ElementsAre("Host"));
}

TEST(EqualsIgnoreCase, IsByTheByteAtEachPlace) {
  const auto folded = [](int c) { return c >= 'A' && c <= 'Z' ? c + 0x20 : c; };
  for (const std::size_t size : {1u, 2u, 7u, 8u, 9u, 15u, 16u, 17u, 24u}) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string a(size, 'x');
      std::string b(size, 'X');
      for (int c = 0; c < 256; ++c) {
        a[at] = static_cast<char>(c);
        for (const int d : {c, c ^ 0x20, c ^ 0x01, c ^ 0x80, c ^ 0xa0}) {
          b[at] = static_cast<char>(d);
          EXPECT_EQ(equals_ignore_case(a, b), folded(c) == folded(d))
              << size << ' ' << at << ' ' << c << ' ' << d;
        }
      }
    }
  }
  EXPECT_TRUE(equals_ignore_case("", ""));
  EXPECT_FALSE(equals_ignore_case("a", ""));
}

TEST(FieldNames, AreFoundInShortListsAndLongOnes) {
  std::vector<std::string> names;
  std::vector<HeaderField> fields;
  for (int i = 0; i < 100; ++i) names.push_back("X-Name-" + std::to_string(i));
  for (const std::string& name : names) {
    fields.push_back({name, ""});
    const FieldNames known(fields);
    EXPECT_TRUE(known.contains("x-NAME-0"));
    EXPECT_TRUE(known.contains(name));
    EXPECT_FALSE(known.contains(name + "x"));
    EXPECT_FALSE(known.contains("x-name-"));
  }
  EXPECT_FALSE(FieldNames({}).contains("a"));
  // Alike but for the bit that is a letter's case, and many times.
  const std::vector<HeaderField> same(1000, {"~", ""});
  const FieldNames known(same);
  EXPECT_TRUE(known.contains("~"));
  EXPECT_FALSE(known.contains("^"));
}

TEST(Head, JudgesNamesAndValues) {
  EXPECT_TRUE(valid_field_name("X-Token!#$%&'*+.^_`|~09"));
  for (const char* name : {"", "a b", "a:", "a\r", "\xc3\xa4", "(", "a\x7f"}) {
    EXPECT_FALSE(valid_field_name(name)) << name;
  }
  EXPECT_TRUE(valid_field_value("a\tb \xc3\xa4"));
  EXPECT_TRUE(valid_field_value(""));
  EXPECT_FALSE(valid_field_value("a\rb"));
  EXPECT_FALSE(valid_field_value("a\nb"));
  EXPECT_FALSE(valid_field_value(std::string_view("a\0b", 3)));
  // Values are looked at in eights.
  for (std::size_t at = 0; at < 19; ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string value(19, 'x');
      value[at] = static_cast<char>(byte);
      EXPECT_EQ(valid_field_value(value), byte != '\r' && byte != '\n' && byte != '\0') << byte;
    }
  }
}

TEST(Head, ListsAreReadByToken) {
  EXPECT_TRUE(list_contains("a, Close ,b", "close"));
  EXPECT_TRUE(list_contains("close", "close"));
  EXPECT_FALSE(list_contains("closed, not close", "close"));
  EXPECT_FALSE(list_contains("", "close"));
}

TEST(HeadWriter, DateIsAnHttpDate) {
  DateCache cache;
  EXPECT_THAT(std::string(cache.now()),
              ::testing::ContainsRegex(
                  "^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9][0-9] [A-Z][a-z][a-z] [0-9][0-9][0-9][0-9] "
                  "[0-9][0-9]:[0-9][0-9]:[0-9][0-9] GMT$"));
}

std::string request_text(std::string_view method, BodyLength body) {
  std::string out;
  const std::vector<HeaderField> fields = {{"Host", "h"}, {"Content-Length", "99"}};
  append_request_head({.method = method, .target = "/t", .headers = fields, .body = body}, out);
  return out;
}

TEST(HeadWriter, RequestFraming) {
  EXPECT_EQ(request_text("GET", BodyLength::none()), "GET /t HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(request_text("POST", BodyLength::none()),
            "POST /t HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(request_text("POST", BodyLength::known(7)),
            "POST /t HTTP/1.1\r\nHost: h\r\nContent-Length: 7\r\n\r\n");
  EXPECT_EQ(request_text("PUT", BodyLength::unknown()),
            "PUT /t HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
}

// Each byte at each place of names and values of each length: they are looked at eight at a time.
TEST(FieldBytes, EachCountsWhereverItStands) {
  const std::string token =
      "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  EXPECT_FALSE(valid_field_name(""));
  EXPECT_TRUE(valid_field_value(""));
  for (std::size_t size = 1; size <= 20; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text(size, byte % 2 == 0 ? 'x' : '-');
        text[at] = static_cast<char>(byte);
        const bool is_token = token.contains(static_cast<char>(byte));
        const bool is_forbidden = byte == 0 || byte == '\r' || byte == '\n';
        ASSERT_EQ(valid_field_name(text), is_token) << size << " " << at << " " << byte;
        ASSERT_EQ(valid_field_value(text), !is_forbidden) << size << " " << at << " " << byte;
      }
    }
  }
}

TEST(Head, ALongConnectionListIsReadOnceAndNotWhole) {
  std::string list = "keep-alive, , x-first";
  for (int i = 0; i < 15; ++i) list += ", x-" + std::to_string(i);
  EXPECT_FALSE(ConnectionOptions(std::vector<HeaderField>{{"Connection", list}}).too_many());
  EXPECT_THAT(end_to_end({{"connection", list}, {"x-first", ""}, {"x-14", ""}, {"x-15", ""}}),
              ElementsAre("x-15"));
  const std::vector<HeaderField> longer = {{"Connection", list}, {"Connection", "one-more"}};
  EXPECT_TRUE(ConnectionOptions(longer).too_many());
}

}  // namespace
}  // namespace brink::http
