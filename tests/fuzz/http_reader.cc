#include "tests/fuzz/http_reader.h"

#include <algorithm>

#include "core/http/head.h"
#include "tests/fuzz/target.h"

namespace brink::fuzz {

using Status = http::MessageParser::Status;

std::string HttpReader::read(std::string_view bytes, std::size_t first, std::size_t step,
                             unsigned pause_every) {
  text_.clear();
  in_body_ = false;
  pause_every_ = pause_every;
  body_pieces_ = 0;
  parser_.start(raw_);
  std::size_t size = first;
  while (!bytes.empty()) {
    const ExactCopy piece(bytes.substr(0, std::max<std::size_t>(size, 1)));
    bytes.remove_prefix(piece.view().size());
    if (!feed(piece.view())) break;
    size = step;
  }
  return std::move(text_);
}

// False: the connection is at its end.
bool HttpReader::feed(std::string_view piece) {
  bool due = false;  // the parser may have something to say without new bytes
  while (!piece.empty() || due) {
    const http::MessageParser::Step step = parser_.parse(piece);
    FUZZ_CHECK(step.consumed <= piece.size());
    piece.remove_prefix(step.consumed);
    due = step.status == Status::kPaused;
    switch (step.status) {
      case Status::kNeedMore:
        FUZZ_CHECK(piece.empty());
        break;
      case Status::kPaused:
        break;
      case Status::kHead: {
        const Result<bool> has_body = read_head_(raw_, text_);
        if (!has_body) {
          fail_with(has_body.error());
          return false;
        }
        in_body_ = *has_body;
        due = in_body_;
        if (!in_body_) parser_.start(raw_);
        break;
      }
      case Status::kMessageEnd:
        text_ += "\nend\n";
        in_body_ = false;
        parser_.start(raw_);
        break;
      case Status::kError: {
        Error error = parser_.error();
        // Which one it is may depend on how much of the method was there.
        if (error.code == ErrorCode::kNotImplemented) error.code = ErrorCode::kBadRequest;
        fail_with(error);
        return false;
      }
    }
  }
  return true;
}

bool HttpReader::on_body_bytes(std::string_view bytes) {
  FUZZ_CHECK(in_body_ && !bytes.empty());
  text_ += bytes;
  return pause_every_ == 0 || ++body_pieces_ % pause_every_ != 0;
}

void HttpReader::fail_with(const Error& error) {
  FUZZ_CHECK(!error.message.empty());
  text_ += '\n';
  text_ += error_info(error.code).name;
}

void check_clean(std::string_view text) {
  FUZZ_CHECK(text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
}

void note_fields(HeaderSpan fields, std::string& text) {
  for (const HeaderField& field : fields) {
    FUZZ_CHECK(http::valid_field_name(field.name) && http::valid_field_value(field.value));
    text.append(field.name).append(": ").append(field.value).append("\n");
  }
}

bool same_fields(HeaderSpan a, HeaderSpan b) {
  return std::ranges::equal(a, b, [](const HeaderField& x, const HeaderField& y) {
    return x.name == y.name && x.value == y.value;
  });
}

}  // namespace brink::fuzz
