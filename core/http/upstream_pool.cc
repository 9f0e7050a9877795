#include <algorithm>
#include <utility>

#include "core/http/head_writer.h"
#include "core/http/origin_connection.h"
#include "core/http/upstream.h"
#include "core/http/upstream_request.h"
#include "core/http/upstream_shared.h"

namespace brink::http {

OriginConnection& UpstreamShared::connect(const Authority& authority) {
  OriginHost& host = hosts.try_emplace(authority, authority).first->second;
  ++host.connections;
  auto* connection = new OriginConnection(*this, host);
  connection->place = connections.size();
  connections.push_back(connection);
  return *connection;
}

OriginConnection* UpstreamShared::take_idle(const Authority& authority) {
  const auto found = hosts.find(authority);
  if (found == hosts.end() || found->second.idle.empty()) return nullptr;
  OriginConnection* connection = found->second.idle.back();
  found->second.idle.pop_back();
  return connection;
}

void UpstreamShared::keep(OriginConnection& connection) {
  std::vector<OriginConnection*>& idle = connection.host().idle;
  idle.push_back(&connection);
  // The one that rested longest goes.
  if (idle.size() > options.max_idle_per_authority) idle.front()->close();
}

void UpstreamShared::forget_idle(OriginConnection& connection) {
  std::erase(connection.host().idle, &connection);
}

void UpstreamShared::remove(OriginConnection& connection) {
  connections.back()->place = connection.place;
  connections[connection.place] = connections.back();
  connections.pop_back();
  OriginHost& host = connection.host();
  delete &connection;
  if (--host.connections == 0) hosts.erase(Authority(host.authority));
}

namespace {

/// Connections to origins, kept between requests. Owned by main(); on the loop's thread.
class UpstreamPoolImpl final : public UpstreamPool {
 public:
  UpstreamPoolImpl(EventLoop& loop, const UpstreamOptions& options) : shared_(loop, options) {}

  ~UpstreamPoolImpl() override {
    while (!shared_.connections.empty()) shared_.remove(*shared_.connections.back());
  }

  std::unique_ptr<UpstreamRequest> start(const Authority& authority, const RequestToSend& head,
                                         UpstreamObserver& observer) override;

  void close_idle() override {
    for (auto& [authority, host] : shared_.hosts) {
      while (!host.idle.empty()) host.idle.back()->close();
    }
  }

 private:
  OriginConnection* take_kept(const Authority& authority, bool repeatable);

  UpstreamShared shared_;
};

std::unique_ptr<UpstreamRequest> UpstreamPoolImpl::start(const Authority& authority,
                                                         const RequestToSend& head,
                                                         UpstreamObserver& observer) {
  auto request = std::make_unique<UpstreamRequestImpl>(observer, head);
  if (!writable_request_line(head)) {
    shared_.connect(authority).begin_failed(
        *request, {ErrorCode::kInternal, "the method or target has bytes that may not be sent"});
    return request;
  }
  std::string& text = shared_.head_text;
  text.clear();
  append_request_head(head, text);
  OriginConnection* kept = take_kept(authority, request->repeatable());
  if (kept == nullptr && shared_.options.descriptors != nullptr &&
      !shared_.options.descriptors->admit_origin()) {
    shared_.connect(authority).begin_failed(
        *request, {ErrorCode::kDescriptorLimit, "no file descriptor is left for the origin"});
    return request;
  }
  if (kept != nullptr && request->repeatable()) request->repeat_text = text;
  (kept != nullptr ? *kept : shared_.connect(authority)).begin(*request, text);
  return request;
}

OriginConnection* UpstreamPoolImpl::take_kept(const Authority& authority, bool repeatable) {
  for (;;) {
    OriginConnection* kept = shared_.take_idle(authority);
    // A request that can't be repeated is worth a look at the connection first.
    if (kept == nullptr || repeatable || kept->looks_alive()) return kept;
    kept->close();
  }
}

}  // namespace

std::unique_ptr<UpstreamPool> UpstreamPool::create(EventLoop& loop,
                                                   const UpstreamOptions& options) {
  return std::make_unique<UpstreamPoolImpl>(loop, options);
}

}  // namespace brink::http
