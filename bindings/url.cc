// The URL standard's parser and setters, on ada.
#include <ada.h>

#include "bindings/arguments.h"
#include "bindings/bindings.h"

namespace brink::bindings {
namespace {

constexpr std::size_t kComponents = 9;

/// Fills `out` with the components and returns the href.
void give(const Info& info, const ada::url_aggregator& url, v8::Local<v8::Value> out) {
  v8::Isolate* isolate = info.GetIsolate();
  if (!out->IsUint32Array() || out.As<v8::Uint32Array>()->Length() < kComponents) {
    return throw_type_error(isolate, "components are written to a Uint32Array of 9");
  }
  const ada::url_components& parts = url.get_components();
  const std::array<std::uint32_t, kComponents> values{
      parts.protocol_end, parts.username_end, parts.host_start,
      parts.host_end,     parts.port,         parts.pathname_start,
      parts.search_start, parts.hash_start,   static_cast<std::uint32_t>(url.type)};
  v8::Local<v8::Uint32Array> target = out.As<v8::Uint32Array>();
  auto* bytes = static_cast<std::byte*>(target->Buffer()->Data()) + target->ByteOffset();
  std::memcpy(bytes, values.data(), sizeof values);
  v8::Local<v8::String> href;
  if (latin1_string(isolate, url.get_href()).ToLocal(&href)) info.GetReturnValue().Set(href);
}

void url_parse(const Info& info) {
  v8::Isolate* isolate = info.GetIsolate();
  Scratch scratch;
  ada::result<ada::url_aggregator> base;
  const ada::url_aggregator* base_url = nullptr;
  if (info[1]->IsString()) {
    base = ada::parse<ada::url_aggregator>(scratch.utf8(isolate, info[1]));
    if (!base) return;
    base_url = &*base;
  }
  const auto url = ada::parse<ada::url_aggregator>(scratch.utf8(isolate, info[0]), base_url);
  if (url) give(info, *url, info[2]);
}

void url_set(const Info& info) {
  v8::Isolate* isolate = info.GetIsolate();
  Scratch scratch;
  auto url = ada::parse<ada::url_aggregator>(scratch.utf8(isolate, info[0]));
  if (!url) return;
  const std::string_view part = scratch.utf8(isolate, info[1]);
  const std::string_view value = scratch.utf8(isolate, info[2]);
  // A value that does not fit leaves the URL as it is (URL standard, API setters).
  if (part == "protocol") {
    url->set_protocol(value);
  } else if (part == "username") {
    url->set_username(value);
  } else if (part == "password") {
    url->set_password(value);
  } else if (part == "host") {
    url->set_host(value);
  } else if (part == "hostname") {
    url->set_hostname(value);
  } else if (part == "port") {
    url->set_port(value);
  } else if (part == "pathname") {
    url->set_pathname(value);
  } else if (part == "search") {
    url->set_search(value);
  } else if (part == "hash") {
    url->set_hash(value);
  } else {
    return throw_type_error(isolate, "unknown part of a URL");
  }
  give(info, *url, info[3]);
}

constexpr sandbox::NativeFunction kFunctions[] = {
    {"urlParse", url_parse},
    {"urlSet", url_set},
};

}  // namespace

sandbox::Binding url_binding() { return {kFunctions}; }

}  // namespace brink::bindings
