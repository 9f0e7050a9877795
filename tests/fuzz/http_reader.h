#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/header_field.h"
#include "core/base/result.h"
#include "core/http/message_parser.h"

namespace brink::fuzz {

/// Reads messages one after the other as a connection does, and writes down all that happened: two
/// ways to cut the same bytes must give the same text.
class HttpReader : http::BodySink {
 public:
  /// Judges a head and adds what it says to the text; true: a body follows.
  using HeadReader = std::function<Result<bool>(const http::RawHead& raw, std::string& text)>;

  HttpReader(http::MessageParser::Kind kind, std::size_t max_head_bytes, HeadReader read_head)
      : parser_(kind, max_head_bytes, *this), read_head_(std::move(read_head)) {}

  /// The bytes cut into pieces: at `first`, and from there on every `step` bytes. `pause_every`:
  /// the body's reader pauses after so many pieces of it; 0: never.
  std::string read(std::string_view bytes, std::size_t first, std::size_t step,
                   unsigned pause_every);

 private:
  bool on_body_bytes(std::string_view bytes) override;
  bool feed(std::string_view piece);
  void fail_with(const Error& error);

  http::MessageParser parser_;
  HeadReader read_head_;
  http::RawHead raw_;
  std::string text_;
  bool in_body_ = false;
  unsigned pause_every_ = 0;
  unsigned body_pieces_ = 0;
};

/// No CR, LF or NUL.
void check_clean(std::string_view text);
/// Every field is one that may be written, and says so in the text.
void note_fields(HeaderSpan fields, std::string& text);
bool same_fields(HeaderSpan a, HeaderSpan b);

}  // namespace brink::fuzz
