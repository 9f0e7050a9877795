#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace brink {

/// Who made the response.
enum class ResponseSource : std::uint8_t { kNone, kOrigin, kScript, kCache };

/// One request, for its line. Views: they live as long as the call.
struct AccessRecord {
  std::uint64_t time_us =
      0;                    ///< when the request's head was complete: microseconds since 1970, UTC
  std::string_view client;  ///< peer address without port
  std::string_view method;
  std::string_view host;
  std::string_view target;  ///< as on the wire, with the query
  /// What the origin was asked for where that is something else: normalised, or rewritten.
  std::string_view sent_target;
  std::uint16_t status = 0;       ///< 0: no response was sent
  std::uint64_t sent_bytes = 0;   ///< of the response's body
  std::uint64_t duration_us = 0;  ///< head complete to last byte written
  ResponseSource source = ResponseSource::kNone;
  std::optional<std::uint32_t> cpu_us;  ///< of the scripts; nullopt when none ran
  std::optional<ErrorCode> error;
  std::string_view request_id;
  std::string_view app;  ///< its name; empty: it has none
};

/// Writes one JSON object a line for each request:
/// {"time":"2026-01-31T12:00:00.000Z","client":"192.0.2.1","method":"GET","host":"example.com",
/// "path":"/a?b","status":200,"bytes":12,"duration_ms":1.234,"upstream":"origin","cpu_us":85,
/// "error":"BRINK_CPU_LIMIT","id":"...","app":"shop"} (cpu_us, error and app only where there is
/// one; "sent_path" behind "path" only where the origin was asked for another). Bytes that are not
/// printable ASCII are written as \u00XX; over-long values are cut and end in "...".
///
/// Owned by main(); used on the loop's thread. write() formats into one buffer and allocates
/// nothing. A slow reader of standard output never stalls requests: once the buffer is full, lines
/// are dropped and counted, and the next line that fits says how many: {"time":...,"dropped":3}.
class AccessLog {
 public:
  /// How many processes write to the destination. Of several, each gives the system whole lines in
  /// pieces that it never mixes: on a pipe, terminal or socket of 4096 bytes at most, for which the
  /// values of a longer line are cut further.
  enum class Writers : std::uint8_t { kOne, kSeveral };

  /// `destination`: "-" for standard output, "off", or the path of a file that is appended to.
  static Result<std::unique_ptr<AccessLog>> open(std::string_view destination,
                                                 Writers writers = Writers::kOne);
  virtual ~AccessLog() = default;

  /// False: write() does nothing; the caller may save itself the record.
  virtual bool enabled() const = 0;
  /// Adds a line; hands the buffer to the system when 64 KiB are full.
  virtual void write(const AccessRecord& record) = 0;
  /// Hands what is buffered to the system. Call it once a turn or a second, and at the end.
  virtual void flush() = 0;
  /// Opens the file again by its path (after log rotation); the old one stays in use on an error.
  virtual Result<void> reopen() = 0;
  virtual std::uint64_t dropped_lines() const = 0;
};

}  // namespace brink
