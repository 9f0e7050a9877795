#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/result.h"
#include "core/observe/log.h"

namespace brink::proxy {

/// Which request a line of the log is about. Views: they live as long as the call.
struct RequestLabel {
  std::string_view id;
  std::string_view method;  ///< empty: nobody knows any more, as it was answered
  std::string_view host;
  std::string_view target;
};

/// Says in brink's log which requests failed, and why: what the client is not told. Of an app, no
/// more than so many bytes within a second, as whoever makes requests fail may do so at will. Owned
/// by the app, on the loop's thread.
class FailureLog {
 public:
  FailureLog(Log& log, std::uint64_t bytes_per_second)
      : log_(log), limit_bytes_(bytes_per_second) {}
  ~FailureLog() { tell_dropped(); }
  FailureLog(const FailureLog&) = delete;
  FailureLog& operator=(const FailureLog&) = delete;

  /// A failure of the server's side (5xx), of the egress policy, or of a script; what is the
  /// client's own is in the access log only. `event`: "script failed". `stack` may be empty.
  void write(std::uint64_t now_ms, std::string_view event, const RequestLabel& request,
             const Error& error, std::string_view stack = {});

 private:
  void tell_dropped();

  Log& log_;
  const std::uint64_t limit_bytes_;
  std::uint64_t second_began_ms_ = 0;
  std::uint64_t written_bytes_ = 0;  // since then
  std::uint64_t lines_dropped_ = 0;  // and not told yet
};

}  // namespace brink::proxy
