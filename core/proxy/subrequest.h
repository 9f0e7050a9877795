#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/arena.h"
#include "core/http/join.h"
#include "core/http/upstream.h"
#include "core/proxy/body_feed.h"
#include "core/proxy/own_site.h"
#include "core/proxy/script_body.h"
#include "core/proxy/upstreams.h"
#include "core/proxy/web_url.h"
#include "core/supervise/worker.h"

namespace brink::proxy {

/// Where a script's fetches go.
struct FetchTargets {
  Upstreams& upstreams;
  OwnSite* own_site = nullptr;  ///< nullptr: is fetched like any other
};

class SubrequestObserver {
 public:
  virtual ~SubrequestObserver() = default;
  /// A redirect is to be followed, which is one more subrequest. False: the request may make no
  /// more.
  virtual bool count_redirect() = 0;
  /// One that was not settled when its start() returned has become so.
  virtual void on_subrequest_settled() = 0;
};

/// One fetch() of a script, carried out by the front: connection, redirects (Fetch standard,
/// "HTTP-redirect fetch"), and both bodies, which the script reads and writes through messages or
/// which bypass it. Held by the script run, and by whoever was given its response body. On the
/// loop's thread. After detach_worker() it says nothing to the worker or the observer any more.
class Subrequest final : public std::enable_shared_from_this<Subrequest>, http::UpstreamObserver {
 public:
  Subrequest(supervise::Worker& worker, std::uint32_t id, const FetchTargets& targets,
             SubrequestObserver& observer);

  /// Takes in what the script asks for. `passed_on` is the body for OutgoingBody kind kPassThrough,
  /// else nullptr. What goes wrong, now or later, goes to the worker as FetchFailed; false: it did.
  bool prepare(const ipc::Fetch& fetch, http::SharedBody passed_on);
  /// Sends it; once.
  void start();

  /// Has it the head of its response, or failed?
  bool settled() const { return responded_ || failed_; }
  /// Is nothing of it left to send, to come or to be read?
  bool over() const;

  std::uint32_t id() const { return id_; }
  bool on_chunk(ipc::ChunkState state, std::string_view bytes);
  bool on_pull(std::uint32_t max_bytes);
  bool on_body_cancel();

  /// The response's body, for the client or another fetch; nullptr: there is no response yet, it
  /// has no body, or the script has read of it. Afterwards pulls are protocol errors. Whoever lets
  /// go of the body before its end cancels the fetch.
  http::SharedBody take_body();
  bool body_taken() const { return body_taken_; }
  /// The script still sends the request's body.
  bool sends_body() const { return script_body_ && script_body_->open(); }
  /// Ends it, whoever reads its response.
  void cancel();

  void detach_worker();

 private:
  enum class Redirect : std::uint8_t { kNone, kFollow, kRefused };

  http::UpstreamPool* pool();
  void send_request();
  bool hold_chunk(ipc::ChunkState state, std::string_view bytes);
  Redirect apply_redirect(const http::ResponseHead& head);
  void fail_fetch(const Error& error);
  void on_interim(std::uint16_t, HeaderSpan) override {}
  void on_response(const http::ResponseHead& head, http::IncomingBody* body) override;
  void on_upstream_error(const Error& error) override;
  void pass_body_on(http::OutgoingBody& out);

  supervise::Worker* worker_;
  std::uint32_t id_;
  SubrequestObserver* observer_;  // nullptr: see detach_worker()
  const FetchTargets targets_;

  Arena arena_;
  WebUrl url_;
  std::string_view method_;
  std::vector<HeaderField> headers_;  // without Host
  ipc::RedirectMode redirect_ = ipc::RedirectMode::kFollow;
  int redirects_ = 0;
  ipc::BodyKind body_kind_ = ipc::BodyKind::kNone;
  http::BodyLength body_length_;
  std::string_view inline_body_;
  http::SharedBody passed_on_;
  std::optional<Error> passed_on_error_;  // how it broke off

  std::unique_ptr<http::UpstreamRequest> request_;
  std::unique_ptr<ScriptBody> script_body_;
  std::string early_bytes_;  // of a streamed request body, before start()
  ipc::ChunkState early_state_ = ipc::ChunkState::kMore;
  std::unique_ptr<http::BodyJoin> request_join_;
  http::IncomingBody* response_body_ = nullptr;
  std::unique_ptr<BodyFeed> feed_;
  bool started_ = false;
  bool responded_ = false;
  bool failed_ = false;
  bool body_taken_ = false;
};

}  // namespace brink::proxy
