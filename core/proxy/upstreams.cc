#include "core/proxy/upstreams.h"

#include <utility>

namespace brink::proxy {
namespace {

http::UpstreamOptions options_of(const Config& config,
                                 const std::unique_ptr<http::Resolver>& resolver,
                                 http::DescriptorBudget* descriptors,
                                 const http::AddressPolicy* policy) {
  http::UpstreamOptions options;
  options.connect_timeout_ms = config.timeouts.origin_connect_ms;
  options.response_timeout_ms = config.timeouts.origin_response_ms;
  options.body_timeout_ms = config.timeouts.origin_body_ms;
  options.idle_timeout_ms = config.timeouts.origin_idle_ms;
  options.resolver = resolver.get();
  options.descriptors = descriptors;
  options.policy = policy;
  return options;
}

}  // namespace

Upstreams::Upstreams(EventLoop& loop, const Config& config, UpstreamMeans means)
    : origin_(config.origin),
      policy_(config.egress),
      means_(std::move(means)),
      origin_pool_(http::UpstreamPool::create(
          loop, options_of(config, means_.origin_names, means_.descriptors, nullptr))),
      policed_pool_(http::UpstreamPool::create(
          loop, options_of(config, means_.other_names, means_.descriptors, &policy_))) {}

http::UpstreamPool& Upstreams::for_target(const http::Authority& target) {
  return is_origin(target) ? *origin_pool_ : *policed_pool_;
}

bool Upstreams::is_origin(const http::Authority& target) const {
  return origin_.configured() && target.host == origin_.host && target.port == origin_.port;
}

}  // namespace brink::proxy
