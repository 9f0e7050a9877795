#pragma once

#include <functional>
#include <utility>

#include "core/http/body.h"

namespace brink::proxy {

/// Waits until all of a body has arrived, for one who reads it from a BodyTee later. On the loop's
/// thread.
class BodyArrival final : http::BodyReceiver {
 public:
  /// Called once; `error`: how the body broke off, else nullptr. It may destroy nothing of this.
  using Arrived = std::function<void(const Error* error)>;

  BodyArrival(http::SharedBody body, Arrived arrived)
      : body_(std::move(body)), arrived_(std::move(arrived)) {
    body_->set_receiver(this);
  }
  /// Without a word: before the body goes, which would tell this.
  ~BodyArrival() override {
    if (source() != nullptr) source()->set_receiver(nullptr);
  }
  BodyArrival(const BodyArrival&) = delete;
  BodyArrival& operator=(const BodyArrival&) = delete;

  /// `arrived` may be called before it returns.
  void start() { body_->resume(); }

 private:
  void on_body_data(std::string_view) override {}
  void on_body_end() override { arrived_(nullptr); }
  void on_body_error(const Error& error) override { arrived_(&error); }

  const http::SharedBody body_;
  const Arrived arrived_;
};

}  // namespace brink::proxy
