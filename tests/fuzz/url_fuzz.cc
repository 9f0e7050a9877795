// A URL that a script fetches or rewrites to, and the base it is read against.
#include <string>

#include "core/http/head_writer.h"
#include "core/http/listen_address.h"
#include "core/http/request_head.h"
#include "core/proxy/web_url.h"
#include "tests/fuzz/target.h"

namespace brink::fuzz {

void url(std::string_view input) {
  const ExactCopy copy(input);
  Input in(copy.view());
  const std::string_view text = in.text_until('\n');
  const std::string_view base = in.rest();
  const auto address = http::parse_listen_address(text.starts_with("unix:") ? text : base);
  FUZZ_CHECK(address || address.error().code == ErrorCode::kListen);
  const Result<proxy::WebUrl> parsed = proxy::WebUrl::parse(text, base);
  if (!parsed) {
    FUZZ_CHECK(parsed.error().code == ErrorCode::kFetchBadUrl);
    return;
  }
  // It can be asked for as it stands.
  FUZZ_CHECK(parsed->target.starts_with('/'));
  FUZZ_CHECK(http::writable_request_line({.method = "GET", .target = parsed->target}));
  FUZZ_CHECK(!parsed->authority.host.empty());
  FUZZ_CHECK(http::valid_field_value(parsed->host));
  FUZZ_CHECK(!parsed->href.contains('#'));
  // Read again it is the same.
  const Result<proxy::WebUrl> again = proxy::WebUrl::parse(parsed->href);
  FUZZ_CHECK(again);
  FUZZ_CHECK(again->href == parsed->href && again->target == parsed->target);
  FUZZ_CHECK(again->host == parsed->host && again->tls == parsed->tls);
  FUZZ_CHECK(again->authority == parsed->authority);
}

}  // namespace brink::fuzz
