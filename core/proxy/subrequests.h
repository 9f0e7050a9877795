#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "core/config/config.h"
#include "core/proxy/subrequest.h"

namespace brink::proxy {

/// The fetch() calls of one script run. Counts them against the request's limits, and lets those
/// beyond limits.concurrent_subrequests wait, in order, until an earlier one has the head of its
/// response. (Not its body: a script that makes many calls before it reads any answer must not wait
/// for itself.) Owned by the run, on the loop's thread.
class Subrequests final : SubrequestObserver {
 public:
  explicit Subrequests(const LimitsConfig& limits) : limits_(limits) {}

  /// One more, as the script asks. `passed_on`: for a body of kind kPassThrough; without one it is
  /// refused. A refusal goes to the worker; false: it was refused, or has failed already.
  bool start(supervise::Worker& worker, std::uint32_t id, const ipc::Fetch& fetch,
             const FetchTargets& targets, http::SharedBody passed_on);
  /// nullptr: there is none (any more).
  Subrequest* find(std::uint32_t id) const;
  void abort(std::uint32_t id);
  /// A response body that goes to the client or to another fetch; nullptr: there is none to give.
  http::SharedBody take_body(std::uint32_t id);
  /// Has any been asked for?
  bool used() const { return count_ > 0; }
  /// The worker is gone: nothing is said to it any more, and what waits never starts.
  void detach_worker();
  /// The request passed a limit: what waits, and what the worker still asks for, never starts.
  void close();
  void clear();

 private:
  bool count_redirect() override { return ++count_ <= limits_.subrequests; }
  void on_subrequest_settled() override;
  bool has_room();
  void run(Subrequest& subrequest);
  void run_waiting();

  const LimitsConfig& limits_;
  std::uint64_t count_ = 0;    // so far, redirects included
  std::uint64_t running_ = 0;  // started, and without a head yet
  std::map<std::uint32_t, std::shared_ptr<Subrequest>> all_;
  std::vector<std::uint32_t> waiting_;  // few, first come first
  bool closed_ = false;
};

}  // namespace brink::proxy
