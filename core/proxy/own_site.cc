#include "core/proxy/own_site.h"

#include <utility>

#include "core/proxy/inner_exchange.h"
#include "core/url/host.h"

namespace brink::proxy {
namespace {

/// The addresses that NextURL writes as "localhost".
std::string_view name_of(std::string_view authority) {
  const std::string_view host = url::host_name(authority);
  const bool loopback = host.starts_with("127.") && url::is_address(host);
  return loopback || host == "[::1]" ? "localhost" : host;
}

class InnerRequest final : public http::UpstreamRequest {
 public:
  explicit InnerRequest(std::shared_ptr<InnerExchange> exchange) : exchange_(std::move(exchange)) {}
  ~InnerRequest() override { exchange_->abandon(); }
  InnerRequest(const InnerRequest&) = delete;
  InnerRequest& operator=(const InnerRequest&) = delete;
  http::OutgoingBody& body() override { return exchange_->request_writer(); }

 private:
  const std::shared_ptr<InnerExchange> exchange_;
};

}  // namespace

OwnSite::OwnSite(EventLoop& loop, http::RequestHandler& requests, const SiteVisit& visit)
    : loop_(loop),
      requests_(requests),
      host_(visit.request.host),
      client_ip_(visit.client_ip),
      secure_(visit.request.scheme == "https"),
      hops_(visit.request.hops) {}

bool OwnSite::has(const WebUrl& url) const {
  return url.tls == secure_ && url::port_of(url.host) == url::port_of(host_) &&
         name_of(url.host) == name_of(host_);
}

std::unique_ptr<http::UpstreamRequest> OwnSite::start(const http::Authority&,
                                                      const http::RequestToSend& head,
                                                      http::UpstreamObserver& observer) {
  const InnerExchange::From from{host_, client_ip_, secure_, hops_};
  auto exchange = std::make_shared<InnerExchange>(loop_, requests_, head, from, observer);
  exchange->begin();
  return std::make_unique<InnerRequest>(std::move(exchange));
}

}  // namespace brink::proxy
