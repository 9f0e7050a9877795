#include "core/proxy/web_url.h"

#include <ada.h>

namespace brink::proxy {

namespace {

// A host whose punycode form is itself no valid host, which ada gives for some labels: what one
// reader takes for one name, another would refuse or take for another.
bool unstable_host(const ada::url_aggregator& url) {
  return url.get_hostname().contains("xn--") && !ada::can_parse(url.get_href());
}

}  // namespace

Result<WebUrl> WebUrl::parse(std::string_view url, std::string_view base) {
  ada::result<ada::url_aggregator> parsed = ada::parse<ada::url_aggregator>(url);
  if (!parsed && !base.empty()) {
    const auto parsed_base = ada::parse<ada::url_aggregator>(base);
    if (parsed_base) parsed = ada::parse<ada::url_aggregator>(url, &*parsed_base);
  }
  if (!parsed || unstable_host(*parsed))
    return fail(ErrorCode::kFetchBadUrl, "not an absolute URL: " + std::string(url.substr(0, 200)));
  const bool tls = parsed->type == ada::scheme::HTTPS;
  if (!tls && parsed->type != ada::scheme::HTTP) {
    return fail(ErrorCode::kFetchBadUrl, "only http and https URLs can be fetched, not " +
                                             std::string(parsed->get_protocol()));
  }
  WebUrl result;
  result.tls = tls;
  result.host = parsed->get_host();
  std::string_view name = parsed->get_hostname();
  if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  result.authority.host = name;
  result.authority.port = tls ? 443 : 80;
  if (parsed->has_port())
    result.authority.port = static_cast<std::uint16_t>(parsed->get_components().port);
  result.target = std::string(parsed->get_pathname()) + std::string(parsed->get_search());
  result.href = std::string(parsed->get_href());
  if (const auto hash = result.href.find('#'); hash != std::string::npos) result.href.resize(hash);
  return result;
}

}  // namespace brink::proxy
