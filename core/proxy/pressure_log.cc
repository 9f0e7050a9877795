#include "core/proxy/pressure_log.h"

#include <functional>
#include <string_view>

namespace brink::proxy {
namespace {

constexpr std::uint64_t kEvery_ms = 1'000;
constexpr std::uint64_t kLostLinesEvery_ms = 60'000;

std::function<void(std::uint64_t)> warning(Log& log, std::string_view what, ErrorCode code,
                                           std::string_view of) {
  return [&log, what, code, of](std::uint64_t times) {
    log.warn(what, {{"error", error_info(code).name}, {of, times}});
  };
}

}  // namespace

PressureLog::PressureLog(EventLoop& loop, Log& log)
    : descriptors_idle_(loop, kEvery_ms,
                        warning(log, "few file descriptors are left: idle connections were closed",
                                ErrorCode::kDescriptorLimit, "connections")),
      descriptors_(loop, kEvery_ms,
                   warning(log, "no file descriptor is left: connections were refused",
                           ErrorCode::kDescriptorLimit, "connections")),
      connections_idle_(loop, kEvery_ms,
                        warning(log, "as many connections as allowed: idle ones were closed",
                                ErrorCode::kConnectionLimit, "connections")),
      connections_(loop, kEvery_ms,
                   warning(log, "as many connections as allowed: others were refused",
                           ErrorCode::kConnectionLimit, "connections")),
      accept_(loop, kEvery_ms,
              [this, &log](std::uint64_t times) {
                log.warn(accept_error_,
                         {{"error", error_info(ErrorCode::kSystem).name}, {"connections", times}});
              }),
      overload_(loop, kEvery_ms,
                warning(log, "as many bytes wait as allowed: requests were refused",
                        ErrorCode::kOverloaded, "requests")),
      lost_lines_(
          loop, kLostLinesEvery_ms,
          warning(log, "lines of the access log were lost", ErrorCode::kAccessLogLost, "lines")) {}

void PressureLog::on_descriptors(http::DescriptorBudget::Shortage shortage) {
  (shortage == http::DescriptorBudget::Shortage::kIdleClosed ? descriptors_idle_ : descriptors_)
      .note();
}

void PressureLog::on_connection_refused(const Error& error, bool idle) {
  if (error.code == ErrorCode::kConnectionLimit)
    return (idle ? connections_idle_ : connections_).note();
  accept_error_ = error.message;
  accept_.note();
}

}  // namespace brink::proxy
