#include "sandbox/request_table.h"

#include <gtest/gtest.h>

namespace brink::sandbox {
namespace {

TEST(RequestTable, KeepsWhatCameBeyondTheFrame) {
  RequestTable table;
  {
    std::string name = "Accept", value = "*/*", ip = "192.0.2.1", body = "body";
    const HeaderField fields[] = {{name, value}, {"X", ""}};
    RequestState* request = table.add(1);
    request->headers = fields;
    request->client_ip = ip;
    request->whole_body = body;
    request->keep();
    name = value = ip = body = "overwritten";
  }
  std::string seen;
  for (const HeaderField& field : table.find(1)->headers)
    seen.append(field.name).append("=").append(field.value).append(";");
  EXPECT_EQ(seen, "Accept=*/*;X=;");
  EXPECT_EQ(table.find(1)->client_ip, "192.0.2.1");
  EXPECT_EQ(table.find(1)->whole_body, "body");
}

TEST(RequestTable, AReusedEntryIsFresh) {
  RequestTable table;
  RequestState* first = table.add(1);
  first->answered = first->done = first->body_open = true;
  first->cpu.used_ns = 5;
  first->open_streams = 2;
  const HeaderField fields[] = {{"a", "b"}};
  first->headers = fields;
  first->has_whole_body = true;
  first->keep();
  table.erase(1);
  const RequestState* second = table.add(2);
  EXPECT_EQ(second->id, 2U);
  EXPECT_FALSE(second->answered || second->done || second->body_open || second->has_whole_body);
  EXPECT_EQ(second->cpu.used_ns, 0U);
  EXPECT_EQ(second->open_streams, 0);
  EXPECT_TRUE(second->headers.empty());
  EXPECT_EQ(table.find(1), nullptr);
}

TEST(RequestTable, RefusesAnIdAndASlotInUse) {
  RequestTable table;
  EXPECT_NE(table.add(1), nullptr);
  EXPECT_EQ(table.add(1), nullptr);
  EXPECT_EQ(table.add(1 + ipc::kRequestSlots), nullptr);
  EXPECT_EQ(table.find(1 + ipc::kRequestSlots), nullptr);
  table.erase(1 + ipc::kRequestSlots);  // nobody
  EXPECT_FALSE(table.empty());
  table.erase(1);
  EXPECT_TRUE(table.empty());
  EXPECT_NE(table.add(1 + ipc::kRequestSlots), nullptr);
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
