#include "bench/load/response_reader.h"

namespace brink::load {

struct ResponseCallbacks {
  static ResponseReader& self(llhttp_t* llhttp) {
    return *static_cast<ResponseReader*>(llhttp->data);
  }

  static int on_head_end(llhttp_t* llhttp) {
    llhttp->upgrade = 0;  // none was asked for
    return self(llhttp).to_head_request_ ? 1 : 0;
  }

  static int on_message_end(llhttp_t* llhttp) {
    if (llhttp->status_code / 100 == 1 && llhttp->status_code != 101) return 0;
    ResponseReader& reader = self(llhttp);
    reader.done_ = true;
    reader.status_ = llhttp->status_code;
    reader.keep_alive_ = llhttp_should_keep_alive(llhttp) != 0;
    return HPE_PAUSED;
  }

  static const llhttp_settings_t* settings() {
    static const llhttp_settings_t kSettings = [] {
      llhttp_settings_t settings;
      llhttp_settings_init(&settings);
      settings.on_headers_complete = on_head_end;
      settings.on_message_complete = on_message_end;
      return settings;
    }();
    return &kSettings;
  }
};

ResponseReader::ResponseReader() {
  llhttp_init(&llhttp_, HTTP_RESPONSE, ResponseCallbacks::settings());
  llhttp_.data = this;
}

void ResponseReader::start(bool to_head_request) {
  llhttp_reset(&llhttp_);
  to_head_request_ = to_head_request;
  begun_ = false;
  done_ = false;
}

ResponseReader::Status ResponseReader::read(std::string_view bytes, std::size_t& consumed) {
  begun_ = true;
  const llhttp_errno_t code = llhttp_execute(&llhttp_, bytes.data(), bytes.size());
  consumed = bytes.size();
  if (code == HPE_OK) return Status::kNeedMore;
  if (!done_ || code != HPE_PAUSED) return Status::kError;
  consumed = static_cast<std::size_t>(llhttp_get_error_pos(&llhttp_) - bytes.data());
  return Status::kDone;
}

ResponseReader::Status ResponseReader::end() {
  llhttp_finish(&llhttp_);
  return done_ ? Status::kDone : Status::kError;
}

std::string ResponseReader::error() const {
  const char* reason = llhttp_get_error_reason(&llhttp_);
  return reason != nullptr && *reason != '\0' ? reason
                                              : llhttp_errno_name(llhttp_get_errno(&llhttp_));
}

}  // namespace brink::load
