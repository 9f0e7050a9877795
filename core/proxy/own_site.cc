#include "core/proxy/own_site.h"

#include <utility>

#include "core/proxy/inner_exchange.h"
#include "core/url/host.h"

namespace brink::proxy {
namespace {

/// Of two canonical authorities.
bool same_site(std::string_view a, std::string_view b) {
  return url::same_authority(a, b) ||
         (url::port_of(a) == url::port_of(b) && is_loopback(url::host_name(a)) &&
          is_loopback(url::host_name(b)));
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

OwnSite::OwnSite(EventLoop& loop, const FrontSites& sites, const SiteVisit& visit,
                 std::uint64_t most_requests)
    : loop_(loop),
      sites_(sites),
      host_(visit.request.host),
      client_ip_(visit.client_ip),
      secure_(visit.request.scheme == "https"),
      hops_(visit.request.hops),
      most_requests_(most_requests),
      own_requests_(visit.own_requests) {}

bool OwnSite::has(const WebUrl& url) const {
  const std::string_view host = url::host_name(url.host);
  if (!url.tls && sites_.listens_on(host, url.authority.port)) return true;
  const bool usual_port = url::port_of(url.host).empty() || url.authority.port == sites_.port();
  return usual_port && url.tls == secure_ && same_site(url.host, host_) &&
         sites_.apps().names(host);
}

std::unique_ptr<http::UpstreamRequest> OwnSite::start(const http::Authority&,
                                                      const http::RequestToSend& head,
                                                      http::UpstreamObserver& observer) {
  const std::string_view asked = find_header(head.headers, "host");
  const std::string_view host = same_site(asked, host_) ? host_ : asked;
  if (!own_requests_) own_requests_ = std::make_shared<http::OwnRequests>(most_requests_);
  const InnerExchange::From from{host, client_ip_, secure_, hops_, own_requests_};
  auto exchange = std::make_shared<InnerExchange>(loop_, sites_.requests(), head, from, observer);
  exchange->begin();
  return std::make_unique<InnerRequest>(std::move(exchange));
}

}  // namespace brink::proxy
