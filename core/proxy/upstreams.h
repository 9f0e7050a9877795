#pragma once

#include <memory>

#include "core/config/config.h"
#include "core/http/resolver.h"
#include "core/http/upstream.h"
#include "core/loop/event_loop.h"
#include "core/proxy/egress_policy.h"

namespace brink::proxy {

/// What connections are made with; nullptr: the system's resolver, no budget.
struct UpstreamMeans {
  std::unique_ptr<http::Resolver> origin_names;
  std::unique_ptr<http::Resolver> other_names;
  http::DescriptorBudget* descriptors = nullptr;
};

/// One app's connections to other servers: those to its origin, which it may always reach, and
/// those that the egress policy has vetted. An authority belongs to one of the two, so no kept
/// connection is ever used under the other's rules. On the loop's thread; outlives all requests.
class Upstreams {
 public:
  /// `config` must outlive this.
  Upstreams(EventLoop& loop, const Config& config, UpstreamMeans means = {});

  http::UpstreamPool& origin() { return *origin_pool_; }
  bool is_origin(const http::Authority& target) const;
  /// For a target that a script named: the origin's pool only for the origin's own host and port.
  http::UpstreamPool& for_target(const http::Authority& target);

 private:
  const OriginConfig& origin_;
  const EgressPolicy policy_;
  const UpstreamMeans means_;
  const std::unique_ptr<http::UpstreamPool> origin_pool_;
  const std::unique_ptr<http::UpstreamPool> policed_pool_;
};

}  // namespace brink::proxy
