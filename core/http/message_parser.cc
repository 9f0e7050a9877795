#include "core/http/message_parser.h"

#include <algorithm>
#include <utility>

#include "core/http/head.h"

namespace brink::http {
namespace {

constexpr std::size_t kMaxFields = 200;
// Chunk extensions and trailers are dropped, but someone has to read them (CVE-2024-22019).
constexpr std::size_t kMaxFramingBytes = 16 * 1024;
constexpr std::size_t kMaxMethodBytes = 32;

}  // namespace

void RawHead::clear() {
  bytes.clear();
  fields.clear();
  method = target = protocol = reason = {};
  major_version = minor_version = 0;
  status = 0;
}

/// llhttp's callbacks. They only note where things are; nothing of the outside is called but the
/// sink.
struct ParserCallbacks {
  static MessageParser& self(llhttp_t* llhttp) {
    return *static_cast<MessageParser*>(llhttp->data);
  }

  static int stop(MessageParser& parser, MessageParser::Stop why) {
    parser.stop_ = why;
    return HPE_PAUSED;
  }

  template <RawHead::Slice RawHead::* kSlice>
  static int on_part(llhttp_t* llhttp, const char* at, std::size_t size) {
    MessageParser& parser = self(llhttp);
    parser.extend(parser.head_->*kSlice, at, size);
    return 0;
  }

  static int on_field_name(llhttp_t* llhttp, const char* at, std::size_t size) {
    MessageParser& parser = self(llhttp);
    if (parser.in_body_) return on_framing(llhttp, at, size);
    // A name may come in pieces; the value (or its end) starts the next field.
    if (!parser.name_open_) {
      if (parser.head_->fields.size() == kMaxFields) {
        return stop(parser, MessageParser::Stop::kTooManyFields);
      }
      parser.head_->fields.emplace_back();
      parser.name_open_ = true;
    }
    parser.extend(parser.head_->fields.back().name, at, size);
    return 0;
  }

  static int on_field_name_end(llhttp_t* llhttp) {
    MessageParser& parser = self(llhttp);
    parser.name_open_ = false;
    // A trailer has ": " and a line's end, too.
    return parser.in_body_ ? on_framing(llhttp, nullptr, 4) : 0;
  }

  static int on_field_value(llhttp_t* llhttp, const char* at, std::size_t size) {
    MessageParser& parser = self(llhttp);
    if (parser.in_body_) return on_framing(llhttp, at, size);
    parser.extend(parser.head_->fields.back().value, at, size);
    return 0;
  }

  static int on_framing(llhttp_t* llhttp, const char*, std::size_t size) {
    MessageParser& parser = self(llhttp);
    if (parser.count_framing(size)) return 0;
    return stop(parser, MessageParser::Stop::kTooMuchFraming);
  }

  static int on_head_end(llhttp_t* llhttp) {
    MessageParser& parser = self(llhttp);
    parser.head_->major_version = llhttp->http_major;
    parser.head_->minor_version = llhttp->http_minor;
    parser.head_->status = llhttp->status_code;
    parser.in_body_ = true;
    // An Upgrade is not taken, so what follows is HTTP as the framing headers say.
    llhttp->upgrade = 0;
    return stop(parser, MessageParser::Stop::kHead);
  }

  static int on_body(llhttp_t* llhttp, const char* at, std::size_t size) {
    MessageParser& parser = self(llhttp);
    if (size == 0 || parser.sink_.on_body_bytes({at, size})) return 0;
    return stop(parser, MessageParser::Stop::kBody);
  }

  static int on_message_end(llhttp_t* llhttp) {
    return stop(self(llhttp), MessageParser::Stop::kMessageEnd);
  }

  static const llhttp_settings_t* settings() {
    static const llhttp_settings_t kSettings = [] {
      llhttp_settings_t settings;
      llhttp_settings_init(&settings);
      settings.on_protocol = on_part<&RawHead::protocol>;
      settings.on_method = on_part<&RawHead::method>;
      settings.on_url = on_part<&RawHead::target>;
      settings.on_status = on_part<&RawHead::reason>;
      settings.on_header_field = on_field_name;
      settings.on_header_field_complete = on_field_name_end;
      settings.on_header_value = on_field_value;
      settings.on_headers_complete = on_head_end;
      settings.on_body = on_body;
      settings.on_chunk_extension_name = on_framing;
      settings.on_chunk_extension_value = on_framing;
      settings.on_message_complete = on_message_end;
      return settings;
    }();
    return &kSettings;
  }
};

MessageParser::MessageParser(Kind kind, std::size_t max_head_bytes, BodySink& sink)
    : kind_(kind), max_head_bytes_(max_head_bytes), sink_(sink) {}

void MessageParser::start(RawHead& head) {
  llhttp_init(&llhttp_, kind_ == Kind::kRequest ? HTTP_REQUEST : HTTP_RESPONSE,
              ParserCallbacks::settings());
  llhttp_.data = this;
  head_ = &head;
  head.clear();
  in_body_ = false;
  name_open_ = false;
  paused_ = false;
  framing_bytes_ = 0;
}

MessageParser::Step MessageParser::parse(std::string_view bytes) {
  if (paused_) llhttp_resume(&llhttp_);
  paused_ = false;
  stop_ = Stop::kNone;
  const bool in_head = !in_body_;
  if (in_head) bytes = bytes.substr(0, max_head_bytes_ - head_->bytes.size());
  base_ = bytes.data();
  const llhttp_errno_t code = llhttp_execute(&llhttp_, bytes.data(), bytes.size());
  const std::size_t consumed =
      code == HPE_OK ? bytes.size()
                     : static_cast<std::size_t>(llhttp_get_error_pos(&llhttp_) - bytes.data());
  if (code == HPE_OK) {
    if (!in_head) return {Status::kNeedMore, consumed};
    head_->bytes.append(bytes);
    if (head_->bytes.size() < max_head_bytes_) return {Status::kNeedMore, consumed};
    return fail_with(ErrorCode::kHeadTooLarge,
                     "the head exceeds " + std::to_string(max_head_bytes_) + " bytes");
  }
  if (code != HPE_PAUSED) return explain(code, bytes);
  paused_ = true;
  switch (stop_) {
    case Stop::kHead:
      head_->bytes.append(bytes.substr(0, consumed));
      return {Status::kHead, consumed};
    case Stop::kMessageEnd:
      return {Status::kMessageEnd, consumed};
    case Stop::kBody:
      return {Status::kPaused, consumed};
    case Stop::kTooManyFields:
      return fail_with(ErrorCode::kHeadTooLarge,
                       "the head has more than " + std::to_string(kMaxFields) + " fields");
    case Stop::kTooMuchFraming:
      return fail_with(ErrorCode::kBadRequest, "the chunk extensions and trailers exceed " +
                                                   std::to_string(kMaxFramingBytes) + " bytes");
    case Stop::kNone:
      break;
  }
  return explain(code, bytes);
}

void MessageParser::extend(RawHead::Slice& slice, const char* at, std::size_t size) const {
  if (slice.size == 0) {
    slice.offset =
        static_cast<std::uint32_t>(head_->bytes.size()) + static_cast<std::uint32_t>(at - base_);
  }
  slice.size += static_cast<std::uint32_t>(size);
}

bool MessageParser::count_framing(std::size_t bytes) {
  framing_bytes_ += bytes;
  return framing_bytes_ <= kMaxFramingBytes;
}

MessageParser::Step MessageParser::fail_with(ErrorCode code, std::string message) {
  error_.code = kind_ == Kind::kResponse ? ErrorCode::kOriginBadResponse : code;
  error_.message = std::move(message);
  return {Status::kError, 0};
}

MessageParser::Step MessageParser::explain(llhttp_errno_t code, std::string_view bytes) {
  const char* reason = llhttp_get_error_reason(&llhttp_);
  std::string message = reason != nullptr && *reason != '\0' ? reason : llhttp_errno_name(code);
  return fail_with(code_for(code, bytes), std::move(message));
}

// llhttp knows the registered methods only; another one that is well-formed is not an error of the
// client (RFC 9110 section 9.1).
ErrorCode MessageParser::code_for(llhttp_errno_t code, std::string_view bytes) const {
  switch (code) {
    case HPE_INVALID_METHOD: {
      std::string start = head_->bytes;
      start.append(bytes.substr(0, kMaxMethodBytes + 1));
      const std::string_view method = std::string_view(start).substr(0, start.find(' '));
      const bool plausible = method.size() <= kMaxMethodBytes && valid_field_name(method);
      return plausible ? ErrorCode::kNotImplemented : ErrorCode::kBadRequest;
    }
    case HPE_INVALID_VERSION:
    case HPE_PAUSED_H2_UPGRADE:
      return ErrorCode::kHttpVersion;
    default:
      return ErrorCode::kBadRequest;
  }
}

}  // namespace brink::http
