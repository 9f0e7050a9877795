#pragma once

#include <llhttp.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace brink::load {

/// Finds where one answer after the other ends, with llhttp in strict mode. Unlike
/// http::MessageParser it keeps no heads: of an answer only the status and the framing matter here,
/// and what it costs is taken from the server under test. Owned by a connection; one thread.
class ResponseReader {
 public:
  enum class Status : std::uint8_t { kNeedMore, kDone, kError };

  ResponseReader();
  ResponseReader(const ResponseReader&) = delete;
  ResponseReader& operator=(const ResponseReader&) = delete;

  /// Begins an answer.
  void start(bool to_head_request);
  /// Reads on; `consumed` is how many of the bytes were part of the answer. Interim answers (1xx)
  /// are read over.
  Status read(std::string_view bytes, std::size_t& consumed);
  /// The connection ended: kDone for an answer that this ends, else kError.
  Status end();

  /// Some bytes of the answer have come.
  bool begun() const { return begun_; }
  /// After kDone.
  std::uint16_t status() const { return status_; }
  bool keep_alive() const { return keep_alive_; }
  /// After kError: what is wrong.
  std::string error() const;

 private:
  friend struct ResponseCallbacks;

  llhttp_t llhttp_;
  std::uint16_t status_ = 0;
  bool to_head_request_ = false;
  bool begun_ = false;
  bool done_ = false;
  bool keep_alive_ = false;
};

}  // namespace brink::load
