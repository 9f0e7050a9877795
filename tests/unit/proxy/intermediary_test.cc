#include "core/proxy/intermediary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/proxy/header_lines.h"

namespace brink::proxy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class IntermediaryTest : public ::testing::Test {
 protected:
  Onward onward(std::string_view method, std::vector<HeaderField> headers) {
    view.method = method;
    view.headers = std::move(headers);
    return prepare_onward(view, 1, arena);
  }
  Arena arena;
  RequestView view;
};

TEST_F(IntermediaryTest, ViaIsAddedAfterThatOfOthers) {
  EXPECT_EQ(onward("GET", {{"Via", "1.0 fred"}}), Onward::kForward);
  EXPECT_THAT(lines(view.headers), ElementsAre("Via: 1.0 fred", "via: 1.1 brink"));
  view.headers.clear();
  EXPECT_EQ(prepare_onward(view, 0, arena), Onward::kForward);
  EXPECT_THAT(lines(view.headers), ElementsAre("via: 1.0 brink"));
}

TEST_F(IntermediaryTest, TooManyHopsAreALoop) {
  view.hops = 9;
  EXPECT_FALSE(is_loop(view));
  view.hops = 10;
  EXPECT_TRUE(is_loop(view));
}

TEST_F(IntermediaryTest, MaxForwardsIsCountedDown) {
  for (std::string_view method : {"TRACE", "OPTIONS"}) {
    EXPECT_EQ(onward(method, {{"Max-Forwards", "0"}}), Onward::kAnswerHere);
    EXPECT_EQ(onward(method, {{"max-forwards", "5"}, {"Max-Forwards", "00"}}), Onward::kAnswerHere);
    EXPECT_EQ(onward(method, {{"Max-Forwards", "1"}}), Onward::kForward);
    EXPECT_THAT(lines(view.headers), ElementsAre("max-forwards: 0", "via: 1.1 brink"));
    EXPECT_EQ(onward(method, {{"Max-Forwards", "7"}, {"Max-Forwards", "3"}}), Onward::kForward);
    EXPECT_THAT(lines(view.headers), ElementsAre("max-forwards: 2", "via: 1.1 brink"));
    EXPECT_EQ(onward(method, {{"Max-Forwards", "99999999999999999999999"}}), Onward::kForward);
    EXPECT_THAT(lines(view.headers), ElementsAre("max-forwards: 999999", "via: 1.1 brink"));
    for (std::string_view wrong : {"", "-1", "1x", "0x1", " 1"}) {
      EXPECT_EQ(onward(method, {{"Max-Forwards", wrong}}), Onward::kForward) << wrong;
      EXPECT_THAT(lines(view.headers), ElementsAre("via: 1.1 brink")) << wrong;
    }
  }
  EXPECT_EQ(onward("GET", {{"Max-Forwards", "0"}}), Onward::kForward);
  EXPECT_THAT(lines(view.headers), ElementsAre("Max-Forwards: 0", "via: 1.1 brink"));
}

TEST_F(IntermediaryTest, NoTraceCarriesCredentials) {
  const std::vector<HeaderField> fields = {
      {"Cookie", "s=1"}, {"authorization", "Basic x"}, {"x", "y"}};
  onward("TRACE", fields);
  EXPECT_THAT(lines(view.headers), ElementsAre("x: y", "via: 1.1 brink"));
  onward("GET", fields);
  EXPECT_EQ(view.headers.size(), 4u);
}

TEST_F(IntermediaryTest, ATraceAnsweredHereShowsTheRequestWithoutSecrets) {
  http::RequestHead head;
  head.method = "TRACE";
  head.target = "/t?q";
  head.raw_target = head.target;
  head.headers = {{"Host", "x"},           {"Cookie", "SECRET"},       {"Authorization", "SECRET"},
                  {"X-Api-Key", "SECRET"}, {"X-CSRF-Token", "SECRET"}, {"cookie2", "SECRET"},
                  {"Max-Forwards", "0"}};
  const OwnAnswer answer = own_answer(head);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header.value, "message/http");
  EXPECT_EQ(answer.body, "TRACE /t?q HTTP/1.1\r\nHost: x\r\nMax-Forwards: 0\r\n\r\n");
  head.method = "OPTIONS";
  EXPECT_EQ(own_answer(head).status, 204);
  EXPECT_THAT(own_answer(head).header.value, HasSubstr("GET"));
}

}  // namespace
}  // namespace brink::proxy
