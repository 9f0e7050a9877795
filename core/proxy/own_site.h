#pragma once

#include <memory>
#include <string>

#include "core/http/upstream.h"
#include "core/loop/event_loop.h"
#include "core/proxy/front_sites.h"
#include "core/proxy/request_view.h"
#include "core/proxy/web_url.h"

namespace brink::proxy {

/// Who asked for what: the request that a script runs for.
struct SiteVisit {
  const RequestView& request;
  std::string_view client_ip;
  std::shared_ptr<http::OwnRequests> own_requests;  ///< nullptr: none yet
};

/// The site that a script runs for. A fetch() of it is served by this front itself, without a
/// connection: by the app that the URL's path is of, with middleware, handlers and origin, as a
/// request of the same client. On the loop's thread.
class OwnSite final : public http::UpstreamPool {
 public:
  /// `visit` may end before this. `most_requests`: that the front makes of itself for one of a
  /// client's, whatever they make in turn.
  OwnSite(EventLoop& loop, const FrontSites& sites, const SiteVisit& visit,
          std::uint64_t most_requests);

  /// Is the URL one of an address that the front listens on, or of the host that the client asked,
  /// and an app names it, not by a wildcard? Another Host proves nothing: a client could make a
  /// script's fetch of another server one of this site.
  bool has(const WebUrl& url) const;

  /// As of a pool; the Host field says which site. A target that no client may ask for fails the
  /// request (kFetchBadUrl), and so does one too many (kSubrequestLimit).
  std::unique_ptr<http::UpstreamRequest> start(const http::Authority& authority,
                                               const http::RequestToSend& head,
                                               http::UpstreamObserver& observer) override;
  void close_idle() override {}

 private:
  EventLoop& loop_;
  const FrontSites& sites_;
  const std::string host_;
  const std::string client_ip_;
  const bool secure_;
  const unsigned hops_;
  const std::uint64_t most_requests_;
  std::shared_ptr<http::OwnRequests> own_requests_;
};

}  // namespace brink::proxy
