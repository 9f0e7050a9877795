#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "core/base/result.h"
#include "core/config/config.h"
#include "core/http/deadline_list.h"
#include "core/observe/log.h"
#include "core/proxy/body_feed.h"
#include "core/proxy/failure_log.h"
#include "core/proxy/own_site.h"
#include "core/proxy/request_id.h"
#include "core/proxy/script_body.h"
#include "core/proxy/subrequests.h"
#include "core/proxy/upstreams.h"
#include "core/supervise/tally.h"
#include "core/supervise/worker.h"

namespace brink::proxy {

class ScriptRun;

/// What a script decided about a request. Implemented by the exchange. Views in the messages are
/// valid during the call. Exactly one of the first three comes.
class ScriptRunObserver {
 public:
  virtual ~ScriptRunObserver() = default;
  virtual void on_script_response(const ipc::Respond& message) = 0;
  virtual void on_script_next(const ipc::Next& message) = 0;
  /// Thrown error, passed limit, dead worker. cpu_us: of the run, 0 when it is not known.
  /// `stack`: of a thrown error, for the log; may be empty.
  virtual void on_script_failed(const Error& error, std::string_view stack,
                                std::uint32_t cpu_us) = 0;
  /// The streamed body of a response that has begun breaks off: on_script_response() came before.
  virtual void on_script_body_failed(const Error& error) = 0;
  /// The worker ended before this request had any effect: it may run again. `suspect`: it may be
  /// what ended the worker.
  virtual void on_script_interrupted(const Error& error, bool suspect) = 0;
  /// The script reads the request's body, or passes it on: nullptr when there is none, or no more.
  virtual http::SharedBody body_for_script() = 0;
  virtual SiteVisit visit() const = 0;
};

/// The front's half of one run of a script for one request: checks that what the worker says fits
/// the run's state, carries out its fetches, feeds it bodies. It outlives the exchange while
/// promises given to waitUntil() are open. Held by shared_ptr: by itself until the worker is done
/// with it, and by the exchange. On the loop's thread.
class ScriptRun final : public supervise::ScriptCall,
                        public std::enable_shared_from_this<ScriptRun>,
                        http::Deadline {
 public:
  struct Services {
    const Config& config;
    Upstreams& upstreams;
    Log& log;
    FailureLog& failures;
    EventLoop& loop;
    http::DeadlineList& wall_deadlines;
    http::DeadlineList& drop_deadlines;
    http::DeadlineList& silence_deadlines;
    supervise::Tally& overdue;  ///< counts runs whose waitUntil() promises passed the limit
    /// Whether scripts of this entry tend to read their requests' bodies: kept by the runs. Of the
    /// app.
    bool& reads_bodies;
    const FrontSites* sites = nullptr;  ///< nullptr: no fetch is of the own site
  };

  /// `request_id`: is copied.
  ScriptRun(const Services& services, supervise::Worker& worker, ScriptRunObserver& observer,
            std::string_view request_id);
  ~ScriptRun() override;

  /// An error: the worker can't take it; the run is over before it began.
  Result<void> start(const ipc::Request& request);

  /// The exchange is over (or has its answer and wants no more): nothing is said to it any more.
  /// `client_gone`: request.signal is aborted.
  void detach(bool client_gone);

  /// For a response of kind kStream: where its chunks go. The sink must live until detach().
  void stream_response_to(http::OutgoingBody& sink);
  /// The body that one of kind kPassThrough names: the request's own, or that of a response to one
  /// of its fetches. nullptr: it is none of these, or was read or passed on before.
  http::SharedBody take_body(ipc::StreamRef source);
  /// The request failed: the script can read no more of its body.
  void stop_reading_request();

 private:
  std::string_view request_id() const override { return request_id_.view(); }
  Claim claim() const override;
  void give_way() override;
  bool on_respond(const ipc::Respond& message) override;
  bool on_next(const ipc::Next& message) override;
  bool on_failed(const Error& error, std::string_view stack, std::uint32_t cpu_us) override;
  bool on_chunk(ipc::StreamRef stream, ipc::ChunkState state, std::string_view bytes) override;
  bool on_body_pull(ipc::StreamRef stream, std::uint32_t max_bytes) override;
  bool on_body_cancel(ipc::StreamRef stream) override;
  bool on_fetch(std::uint32_t fetch, const ipc::Fetch& message) override;
  bool on_fetch_abort(std::uint32_t fetch) override;
  void on_done(const ipc::RequestDone& message) override;
  void on_worker_lost(const Error& error, supervise::Blame blame) override;

  void remember_site();
  bool pull_request_body(std::uint32_t max_bytes);
  void send_no_body(std::string_view error);
  void on_deadline() override;
  void fail_exchange(const Error& error, std::string_view stack = {}, std::uint32_t cpu_us = 0);
  void break_response(const Error& error);
  void log_failure(const Error& error, std::string_view stack);
  bool streams() const { return response_body_ && !response_body_->ended(); }
  void break_stream(const Error& error);
  void drop();
  void release();

  Services services_;
  supervise::Worker* worker_;    // nullptr: the call has ended
  ScriptRunObserver* observer_;  // nullptr: detached
  std::shared_ptr<ScriptRun> self_;
  std::uint32_t id_ = 0;
  const KeptRequestId request_id_;
  bool spoke_ = false;     // the script has said what the answer is
  bool answered_ = false;  // so was the client: by the script, or by an error
  bool body_read_ = false;
  bool may_stream_ = false;               // a kStream response was announced
  std::optional<ErrorCode> failed_with_;  // by which the client was answered
  bool killed_ = false;                   // the worker was told to drop the request
  std::optional<OwnSite> site_;           // once it may be fetched
  Subrequests subrequests_;
  std::unique_ptr<BodyFeed> request_feed_;
  std::unique_ptr<ScriptBody> response_body_;
};

}  // namespace brink::proxy
