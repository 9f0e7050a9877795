// Heads: received, changed, sent on.
#include <string>
#include <vector>

#include "bench/micro/fake_client.h"
#include "bench/micro/path.h"
#include "bench/micro/samples.h"
#include "core/http/head_writer.h"
#include "core/http/message_parser.h"
#include "core/http/request_head.h"
#include "core/http/response_head.h"
#include "core/proxy/middleware_headers.h"
#include "core/proxy/request_view.h"

namespace brink::bench {
namespace {

using Parser = http::MessageParser;

struct NoBody final : http::BodySink {
  bool on_body_bytes(std::string_view) override { return true; }
};

/// A request's head: llhttp, then RFC 9112's rules.
class RequestHeadPath final : public Path {
 public:
  void run() override {
    parser_.start(raw_);
    const Parser::Step step = parser_.parse(bytes_);
    require(step.status == Parser::Status::kHead && step.consumed == bytes_.size(), "a head");
    require(http::read_request_head(raw_, url::EscapedSlashes::kKeep, storage_, head_).has_value(),
            "a sound request");
    keep(head_);
  }

 private:
  const std::string bytes_{kBrowserRequest};
  NoBody sink_;
  Parser parser_{Parser::Kind::kRequest, 32 * 1024, sink_};
  http::RawHead raw_;
  http::HeadStorage storage_;
  http::RequestHead head_;
};

/// A client's request made into the origin's.
class UpstreamRequestHeadPath final : public Path {
 public:
  void run() override {
    Arena arena;
    proxy::RequestView view;
    proxy::view_client_request(client_, {}, arena, view);
    std::string text;
    http::append_request_head({view.method, view.target, view.headers, client_.request().body},
                              text);
    require(text.size() > kBrowserRequest.size(), "a head for the origin");
    keep(text);
  }

 private:
  FakeClient client_;
};

/// An origin's answer made into the client's.
class ResponseHeadPath final : public Path {
 public:
  void run() override {
    parser_.start(raw_);
    const Parser::Step step = parser_.parse(bytes_);
    require(step.status == Parser::Status::kHead, "a head");
    require(http::read_response_head(raw_, false, head_).has_value(), "a sound response");
    std::vector<HeaderField> headers;
    http::append_end_to_end(head_.headers, headers);
    const http::ResponsePlan plan = http::plan_response(head_.status, head_.body, false, 1, true);
    text_.clear();
    http::append_response_head({head_.status, head_.reason, headers, head_.body}, plan, 1, date_,
                               text_);
    require(plan.bytes == 1024 && text_.ends_with("\r\n\r\n"), "a head for the client");
    keep(text_);
  }

 private:
  const std::string bytes_{kOriginHead};
  NoBody sink_;
  Parser parser_{Parser::Kind::kResponse, 32 * 1024, sink_};
  http::RawHead raw_;
  http::ResponseHead head_;
  http::DateCache date_;
  std::string text_;
};

/// What a middleware's Next does to the headers both ways.
class MiddlewareHeadersPath final : public Path {
 public:
  MiddlewareHeadersPath() {
    Arena arena;
    proxy::RequestView view;
    proxy::view_client_request(client_, {}, arena, view);
    for (const HeaderField& field : view.headers) {
      changed_.push_back({own_.copy(field.name), own_.copy(field.value)});
    }
    changed_.push_back({"x-user", "1"});
  }

  void run() override {
    Arena arena;
    proxy::RequestView view;
    view.headers.assign(changed_.begin(), changed_.end() - 1);
    proxy::override_headers(changed_, arena, view.headers);
    std::vector<HeaderField> merged;
    proxy::merge_response_headers(added_, received_, arena, merged);
    require(view.headers.size() == changed_.size() && merged.size() == received_.size() + 2,
            "merged headers");
    keep(merged);
  }

 private:
  FakeClient client_;
  Arena own_;
  std::vector<HeaderField> changed_;
  const std::vector<HeaderField> added_ = {{"x-edge", "1"}, {"set-cookie", "seen=1; path=/"}};
  const std::vector<HeaderField> received_ = {
      {"Server", "nginx/1.26.3"},    {"Date", "Sat, 31 Jan 2026 12:00:00 GMT"},
      {"Content-Type", "text/html"}, {"Last-Modified", "Sat, 31 Jan 2026 11:00:00 GMT"},
      {"ETag", "\"6b06ab1a-400\""},  {"Cache-Control", "public, max-age=60"},
      {"Accept-Ranges", "bytes"}};
};

template <class T>
std::unique_ptr<Path> make() {
  return std::make_unique<T>();
}

}  // namespace

std::span<const PathInfo> head_paths() {
  static constexpr PathInfo kPaths[] = {
      {"request-head", make<RequestHeadPath>, 2000},
      {"upstream-request-head", make<UpstreamRequestHeadPath>, 2000},
      {"response-head", make<ResponseHeadPath>, 2000},
      {"middleware-headers", make<MiddlewareHeadersPath>, 2000},
  };
  return kPaths;
}

}  // namespace brink::bench
