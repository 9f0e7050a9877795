#include "core/proxy/failure_response.h"

#include "core/proxy/request_id.h"

namespace brink::proxy {
namespace {

http::ErrorPage make_page(const ErrorPages& pages, const http::ErrorReport& report,
                          std::string_view accept_header) {
  const std::string* own = pages.find(error_info(report.error.code).status);
  if (own != nullptr && http::accepts_html(accept_header))
    return http::fill_error_page(*own, report);
  return http::make_error_page(report, accept_header);
}

}  // namespace

FailureResponse::FailureResponse(const ErrorPages& pages, const http::ErrorReport& report,
                                 std::string_view accept_header,
                                 std::optional<std::uint64_t> retry_after_s)
    : status_(error_info(report.error.code).status),
      page_(make_page(pages, report, accept_header)) {
  headers_ = {{"content-type", page_.content_type},
              {"cache-control", "no-store"},
              {"x-brink-error", error_info(report.error.code).name},
              {kRequestIdHeader, report.request_id}};
  if (!retry_after_s) return;
  retry_after_ = std::to_string(*retry_after_s);
  headers_.push_back({"retry-after", retry_after_});
}

http::ResponseToSend FailureResponse::head() const {
  return {static_cast<std::uint16_t>(status_),
          {},
          headers_,
          http::BodyLength::known(page_.body.size())};
}

}  // namespace brink::proxy
