#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/http/upstream.h"

namespace brink::proxy {

/// An absolute http(s) URL as fetch() and rewrites name a target (WHATWG URL, parsed by ada).
struct WebUrl {
  http::Authority authority;
  bool tls = false;
  std::string host;    ///< as in a Host header: default port left out
  std::string target;  ///< path and query; never empty
  std::string href;    ///< without the fragment

  /// kFetchBadUrl: not a URL, or not http(s).
  static Result<WebUrl> parse(std::string_view url, std::string_view base = {});
};

}  // namespace brink::proxy
