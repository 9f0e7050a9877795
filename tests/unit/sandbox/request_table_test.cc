#include "sandbox/request_table.h"

#include <gtest/gtest.h>

namespace brink::sandbox {
namespace {

TEST(RequestTable, KeepsHeadersBeyondTheFrame) {
  RequestTable table;
  {
    std::string name = "Accept", value = "*/*";
    const HeaderField fields[] = {{name, value}, {"X", ""}};
    table.add(1)->keep_headers(fields);
  }
  std::string seen;
  table.find(1)->for_each_header([&](std::string_view name, std::string_view value) {
    seen.append(name).append("=").append(value).append(";");
  });
  EXPECT_EQ(seen, "Accept=*/*;X=;");
}

TEST(RequestTable, AReusedEntryIsFresh) {
  RequestTable table;
  RequestState* first = table.add(1);
  first->answered = first->done = first->body_open = true;
  first->cpu.used_ns = 5;
  first->open_streams = 2;
  const HeaderField fields[] = {{"a", "b"}};
  first->keep_headers(fields);
  table.erase(1);
  const RequestState* second = table.add(2);
  EXPECT_EQ(second->id, 2U);
  EXPECT_FALSE(second->answered || second->done || second->body_open);
  EXPECT_EQ(second->cpu.used_ns, 0U);
  EXPECT_EQ(second->open_streams, 0);
  EXPECT_EQ(second->header_count(), 0U);
  EXPECT_EQ(table.find(1), nullptr);
}

TEST(RequestTable, RefusesAnIdInUse) {
  RequestTable table;
  EXPECT_NE(table.add(1), nullptr);
  EXPECT_EQ(table.add(1), nullptr);
}

TEST(RequestTable, FetchesEndWithTheirRequest) {
  RequestTable table;
  RequestState* request = table.add(9);
  const std::uint32_t one = table.add_fetch(*request), two = table.add_fetch(*request);
  EXPECT_NE(one, 0U);
  EXPECT_NE(one, two);
  EXPECT_EQ(table.find_fetch(one)->request, 9U);
  table.erase_fetch(one);
  EXPECT_EQ(table.find_fetch(one), nullptr);
  table.erase(9);
  EXPECT_EQ(table.find_fetch(two), nullptr);
}

}  // namespace
}  // namespace brink::sandbox
