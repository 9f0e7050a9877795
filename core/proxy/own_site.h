#pragma once

#include <memory>
#include <string>

#include "core/http/server.h"
#include "core/http/upstream.h"
#include "core/loop/event_loop.h"
#include "core/proxy/request_view.h"
#include "core/proxy/web_url.h"

namespace brink::proxy {

/// Who asked for what: the request that a script runs for.
struct SiteVisit {
  const RequestView& request;
  std::string_view client_ip;
};

/// The site that a script runs for, as its client named it. A fetch() of it is served by this front
/// itself, without a connection: by the app that the URL's path is of, with middleware, handlers
/// and origin, as a request of the same client. On the loop's thread.
class OwnSite final : public http::UpstreamPool {
 public:
  /// `visit` may end before this. `requests` serves what is fetched.
  OwnSite(EventLoop& loop, http::RequestHandler& requests, const SiteVisit& visit);

  /// Has the URL the scheme, host and port that the client asked for? The addresses of this machine
  /// are one host with "localhost", as in a NextURL.
  bool has(const WebUrl& url) const;

  /// As of a pool; the authority makes no difference. A target that no client may ask for fails the
  /// request (kFetchBadUrl).
  std::unique_ptr<http::UpstreamRequest> start(const http::Authority& authority,
                                               const http::RequestToSend& head,
                                               http::UpstreamObserver& observer) override;
  void close_idle() override {}

 private:
  EventLoop& loop_;
  http::RequestHandler& requests_;
  const std::string host_;
  const std::string client_ip_;
  const bool secure_;
  const unsigned hops_;
};

}  // namespace brink::proxy
