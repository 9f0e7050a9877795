#pragma once

#include <string>

#include "core/http/body.h"

namespace brink::proxy::testing {

/// An incoming body whose bytes the test sends; obeys pause() as a socket would.
struct FakeBody final : http::IncomingBody {
  explicit FakeBody(http::BodyLength body_length = http::BodyLength::unknown())
      : declared(body_length) {}

  void resume() override { flowing = true; }
  void pause() override { flowing = false; }
  void discard() override {
    take_receiver();
    discarded = true;
  }
  http::BodyLength length() const override { return declared; }

  void data(std::string_view bytes) { receiver()->on_body_data(bytes); }
  void end() { take_receiver()->on_body_end(); }
  void error(const Error& e) { take_receiver()->on_body_error(e); }
  bool has_receiver() const { return receiver() != nullptr; }

  http::BodyLength declared;
  bool flowing = false;
  bool discarded = false;
};

/// Collects a body: bytes, then '$' for the end or '!' for an error.
struct Collector final : http::BodyReceiver {
  std::string got;
  void on_body_data(std::string_view bytes) override { got += bytes; }
  void on_body_end() override { got += '$'; }
  void on_body_error(const Error&) override { got += '!'; }
};

}  // namespace brink::proxy::testing
