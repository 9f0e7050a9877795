#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/header_field.h"
#include "core/config/error_pages.h"
#include "core/http/error_page.h"
#include "core/http/head.h"

namespace brink::proxy {

/// The answer to a request that failed: the app's own page for the status where it has one and the
/// client takes HTML, else brink's. Lives while it is sent.
class FailureResponse {
 public:
  FailureResponse(const ErrorPages& pages, const http::ErrorReport& report,
                  std::string_view accept_header, std::optional<std::uint64_t> retry_after_s);
  FailureResponse(const FailureResponse&) = delete;
  FailureResponse& operator=(const FailureResponse&) = delete;

  /// Views into this.
  http::ResponseToSend head() const;
  std::string_view body() const { return page_.body; }

 private:
  int status_;
  http::ErrorPage page_;
  std::string retry_after_;
  std::vector<HeaderField> headers_;
};

}  // namespace brink::proxy
