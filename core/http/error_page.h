#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace brink::http {

/// What an error page says. Views: they live as long as the call.
struct ErrorReport {
  const Error& error;
  std::string_view request_id;
  /// Also error.message and the page of docs: for whoever runs brink. A visitor is told neither
  /// what the script said nor where the origin is.
  bool detail = false;
};

struct ErrorPage {
  std::string body;
  std::string content_type;
};

/// The page for an error, as HTML, JSON or plain text, whichever the Accept header asks for: code,
/// title and the request's id. What it shows is escaped.
ErrorPage make_error_page(const ErrorReport& report, std::string_view accept_header);

/// Does the Accept header (RFC 9110 section 12.5.1) take HTML where an app has pages of its own?
/// Also when it is absent or takes everything.
bool accepts_html(std::string_view accept_header);

/// An app's own page: {{status}}, {{code}}, {{title}}, {{request_id}} and {{detail}} (empty unless
/// report.detail) are filled in, escaped for HTML; all else stays as it is.
ErrorPage fill_error_page(std::string_view html, const ErrorReport& report);

}  // namespace brink::http
