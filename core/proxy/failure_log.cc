#include "core/proxy/failure_log.h"

#include <utility>

namespace brink::proxy {
namespace {

constexpr std::size_t kMaxMethod_bytes = 32;
constexpr std::size_t kMaxHost_bytes = 255;
constexpr std::size_t kMaxTarget_bytes = 512;
constexpr std::size_t kMaxMessage_bytes = 8 * 1024;
constexpr std::size_t kMaxStack_bytes = 16 * 1024;
constexpr std::size_t kLine_bytes = 128;  // names of fields, time, code

// What the client did wrong is not the server's failure; a target that policy forbids is one of
// the app.
bool is_worth_a_line(ErrorCode code) {
  return error_info(code).status >= 500 || code == ErrorCode::kFetchForbidden ||
         code == ErrorCode::kBodyTooLarge;
}

}  // namespace

void FailureLog::write(std::uint64_t now_ms, std::string_view event, const RequestLabel& request,
                       const Error& error, std::string_view stack) {
  if (!is_worth_a_line(error.code) || !log_.enabled(LogLevel::kError)) return;
  if (now_ms - second_began_ms_ >= 1000) {
    second_began_ms_ = now_ms;
    written_bytes_ = 0;
    tell_dropped();
  }
  const std::string_view method = request.method.substr(0, kMaxMethod_bytes);
  const std::string_view host = request.host.substr(0, kMaxHost_bytes);
  const std::string_view target = request.target.substr(0, kMaxTarget_bytes);
  const std::string_view message = std::string_view(error.message).substr(0, kMaxMessage_bytes);
  stack = stack.substr(0, kMaxStack_bytes);
  const std::size_t size =
      kLine_bytes + host.size() + target.size() + message.size() + stack.size();
  if (written_bytes_ + size > limit_bytes_) {
    written_bytes_ = limit_bytes_;
    ++lines_dropped_;
    return;
  }
  written_bytes_ += size;
  const std::string_view code = error_info(error.code).name;
  if (method.empty()) {
    log_.write(LogLevel::kError, event,
               {{"request", request.id}, {"error", code}, {"message", message}}, stack);
  } else {
    log_.write(LogLevel::kError, event,
               {{"request", request.id},
                {"method", method},
                {"host", host},
                {"path", target},
                {"error", code},
                {"message", message}},
               stack);
  }
}

void FailureLog::tell_dropped() {
  if (lines_dropped_ == 0) return;
  log_.warn(
      "lines about failed requests were dropped",
      {{"lines", std::exchange(lines_dropped_, 0)}, {"limit_bytes_per_second", limit_bytes_}});
}

}  // namespace brink::proxy
