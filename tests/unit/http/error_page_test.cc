#include "core/http/error_page.h"

#include <gmock/gmock.h>

namespace brink::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const Error kError{ErrorCode::kOriginTimeout, "no \"answer\" from <origin>\n"};

TEST(ErrorPage, FitsWhatTheClientAccepts) {
  const ErrorReport report{kError, "ab<1>", true};
  const ErrorPage html = make_error_page(report, "text/html,application/json;q=0.9");
  EXPECT_EQ(html.content_type, "text/html; charset=utf-8");
  EXPECT_THAT(html.body, StartsWith("<!doctype html>"));
  EXPECT_THAT(html.body, HasSubstr("<html lang=\"en\">"));
  EXPECT_THAT(html.body, HasSubstr("BRINK_ORIGIN_TIMEOUT"));
  EXPECT_THAT(html.body, HasSubstr("&lt;origin&gt;"));
  EXPECT_THAT(html.body, HasSubstr("ab&lt;1&gt;"));
  EXPECT_THAT(html.body, Not(HasSubstr("<origin>")));
  const ErrorPage json = make_error_page(report, "application/json");
  EXPECT_EQ(json.content_type, "application/json");
  EXPECT_EQ(
      json.body,
      "{\"error\":{\"code\":\"BRINK_ORIGIN_TIMEOUT\",\"message\":\"the origin did not answer in "
      "time\",\"request_id\":\"ab<1>\",\"detail\":\"no \\\"answer\\\" from <origin>\\u000a\","
      "\"docs\":\"docs/limits.md#brink_origin_timeout\"}}\n");
  EXPECT_THAT(make_error_page(report, "application/problem+json").content_type, HasSubstr("json"));
  const ErrorPage text = make_error_page(report, "*/*");
  EXPECT_EQ(text.content_type, "text/plain; charset=utf-8");
  EXPECT_THAT(text.body, StartsWith("504 BRINK_ORIGIN_TIMEOUT: "));
}

TEST(ErrorPage, TellsAVisitorTheCodeAndTheRequestOnly) {
  for (const char* accept : {"text/html", "application/json", "", "*/*"}) {
    const std::string body = make_error_page({kError, "7f00"}, accept).body;
    EXPECT_THAT(body, HasSubstr("BRINK_ORIGIN_TIMEOUT"));
    EXPECT_THAT(body, HasSubstr("7f00"));
    EXPECT_THAT(body, Not(HasSubstr("origin>")));
    EXPECT_THAT(body, Not(HasSubstr("origin&gt;")));
    EXPECT_THAT(body, Not(HasSubstr("docs")));
  }
}

TEST(ErrorPage, ExistsForEveryCode) {
  for (const ErrorInfo& info : all_errors()) {
    const Error error{info.code, ""};
    for (const char* accept : {"text/html", "application/json", ""}) {
      EXPECT_THAT(make_error_page({error, {}}, accept).body, HasSubstr(std::string(info.name)));
    }
  }
}

TEST(ErrorPage, FillsInWhatAnAppsPageAsksFor) {
  const std::string_view page =
      "{{status}} {{code}} {{title}} [{{request_id}}] ({{detail}}) {{x}} {{";
  EXPECT_EQ(fill_error_page(page, {kError, "<7>", true}).body,
            "504 BRINK_ORIGIN_TIMEOUT the origin did not answer in time [&lt;7&gt;] "
            "(no &quot;answer&quot; from &lt;origin&gt;\n) {{x}} {{");
  EXPECT_THAT(fill_error_page(page, {kError, "7"}).body, HasSubstr("[7] () "));
}

TEST(ErrorPage, AnAppsPageIsForWhoeverTakesHtml) {
  for (const char* accept : {"", "*/*", "text/html", "text/html, application/json", "text/*, */*"})
    EXPECT_TRUE(accepts_html(accept)) << accept;
  for (const char* accept :
       {"application/json", "application/json, */*", "image/png", "text/plain"})
    EXPECT_FALSE(accepts_html(accept)) << accept;
}

}  // namespace
}  // namespace brink::http
