#include "sandbox/app_start.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "sandbox/module_hooks.h"
#include "sandbox/worker.h"

namespace brink::sandbox {
namespace {

v8::Local<v8::String> text(v8::Isolate* isolate, std::string_view bytes) {
  v8::Local<v8::String> string;
  if (v8::String::NewFromUtf8(isolate, bytes.data(), v8::NewStringType::kNormal,
                              static_cast<int>(bytes.size()))
          .ToLocal(&string)) {
    return string;
  }
  return v8::String::Empty(isolate);
}

std::string property(v8::Local<v8::Context> context, v8::Local<v8::Value> object,
                     const char* name) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  v8::TryCatch guard(isolate);
  v8::Local<v8::Value> value;
  if (!object->IsObject() ||
      !object.As<v8::Object>()->Get(context, text(isolate, name)).ToLocal(&value)) {
    return {};
  }
  return to_utf8(isolate, value);
}

// Of code for CommonJS, which V8's words don't say.
void explain_common_js(std::string& message) {
  constexpr std::array<std::string_view, 5> kNames = {"module", "exports", "require", "__dirname",
                                                      "__filename"};
  for (const std::string_view name : kNames) {
    if (message == "ReferenceError: " + std::string(name) + " is not defined")
      message += ": only ES modules run here; use export and import, or bundle with --format=esm";
  }
}

// Where config names its matcher: the place for what is wrong with it. Good enough for a look.
void place_matcher(std::string_view source, ScriptError& error) {
  const std::size_t config = source.find("config");
  const std::size_t at = config == source.npos ? config : source.find("matcher", config);
  if (at == source.npos) return;
  const std::string_view before = source.substr(0, at);
  error.line = static_cast<std::uint32_t>(1 + std::ranges::count(before, '\n'));
  error.column = static_cast<std::uint32_t>(at - (before.rfind('\n') + 1) + 1);
}

}  // namespace

bool AppStart::fail(ErrorCode code, ScriptError error) {
  failure_ = {.code = code, .error = std::move(error)};
  state_ = State::kFailed;
  return false;
}

/// Runs `body` in the realm. False: it passed a limit, that is the failure.
template <class Body>
bool AppStart::turn(Body body) {
  switch (worker_.run_turn(budget_, &realm_, 0, body)) {
    case StopReason::kNone:
      return true;
    case StopReason::kCpu:
      return fail(ErrorCode::kStartLimit,
                  {.message = "loading the app took more than " +
                              std::to_string(budget_.limit_ns / 1'000'000) + " ms of CPU time"});
    case StopReason::kMemory:
      return fail(ErrorCode::kMemoryLimit,
                  {.message = "loading the app took more memory than it may use"});
  }
  std::unreachable();
}

ModuleGraph::Compiled AppStart::compile(AppModules::Index module, std::string_view cache) {
  auto compiled = ModuleGraph::Compiled::kFailed;
  std::optional<ScriptError> error;
  const bool in_time = turn([&] {
    const v8::TryCatch catcher(worker_.isolate());
    compiled = realm_.modules().compile(module, cache);
    if (compiled == ModuleGraph::Compiled::kFailed && !catcher.HasTerminated()) {
      error = describe_error(realm_.context(), catcher.Exception(), catcher.Message());
    }
  });
  if (in_time && error) {
    error->path = app_.modules.path(module);
    fail(ErrorCode::kModuleSyntax, *std::move(error));
  }
  return state_ == State::kFailed ? ModuleGraph::Compiled::kFailed : compiled;
}

bool AppStart::make_builtin(AppModules::Index module) {
  bool made = false;
  turn([&] {
    v8::Local<v8::Value> name = text(worker_.isolate(), app_.modules.path(module)), exports;
    made = worker_.call(Callback::kBuiltinModule, {&name, 1}).ToLocal(&exports) &&
           exports->IsObject() &&
           realm_.modules().make_builtin(realm_.context(), module, exports.As<v8::Object>());
  });
  return made && state_ != State::kFailed;
}

bool AppStart::compile_all() {
  for (AppModules::Index i = 0; i < app_.modules.size(); ++i) {
    if (app_.modules.is_builtin(i) ? !make_builtin(i)
                                   : compile(i) == ModuleGraph::Compiled::kFailed) {
      return false;
    }
  }
  return true;
}

bool AppStart::link() {
  linked_ = true;
  for (const App::Entry& entry : app_.entries) {
    std::optional<ScriptError> error;
    const bool in_time = turn([&] {
      const v8::TryCatch catcher(worker_.isolate());
      v8::Local<v8::Module> module = realm_.modules().module(entry.module);
      if (module->InstantiateModule(realm_.context(), resolve_import).IsNothing() &&
          !catcher.HasTerminated()) {
        error = describe_error(realm_.context(), catcher.Exception(), catcher.Message());
      }
    });
    if (!in_time) return false;
    if (!error) continue;
    if (error->path.empty()) error->path = entry.path;
    return fail(ErrorCode::kModuleSyntax, *std::move(error));
  }
  return true;
}

AppStart::State AppStart::advance(bool idle) {
  if (state_ == State::kReady || state_ == State::kFailed) return state_;
  if (!linked_ && !link()) return state_;
  while (settled()) {
    if (next_entry_ == app_.entries.size()) {
      for (std::size_t i = 0; i < app_.entries.size(); ++i) {
        if (!register_entry(i)) return state_;
      }
      return state_ = State::kReady;
    }
    evaluate_next();
    idle = false;  // its tasks have not run yet
  }
  if (state_ == State::kFailed) return state_;
  if (idle && realm_.timers().empty()) {
    fail(ErrorCode::kModuleError, {.message = "a top-level await never settles",
                                   .path = app_.entries[next_entry_ - 1].path});
    return state_;
  }
  return state_ = idle ? State::kWaits : State::kGoesOn;
}

bool AppStart::fire_timers() {
  if (realm_.timers().empty()) return false;
  const std::optional<TimerQueue::Timer> timer = realm_.timers().take_due(worker_.clock().now_ms());
  if (!timer) return false;
  turn([&] {
    v8::Local<v8::Value> argument = v8::Integer::NewFromUnsigned(worker_.isolate(), timer->id);
    worker_.call(Callback::kOnTimer, {&argument, 1});
  });
  return true;
}

void AppStart::evaluate_next() {
  const App::Entry& entry = app_.entries[next_entry_++];
  turn([&] {
    const v8::TryCatch catcher(worker_.isolate());
    v8::Local<v8::Value> result;
    if (realm_.modules().module(entry.module)->Evaluate(realm_.context()).ToLocal(&result) &&
        result->IsPromise()) {
      result.As<v8::Promise>()->MarkAsHandled();  // settled() looks at it
      evaluation_.Reset(worker_.isolate(), result.As<v8::Promise>());
    }
  });
}

std::string AppStart::waits_in() const {
  v8::Isolate* isolate = worker_.isolate();
  const v8::HandleScope scope(isolate);
  const v8::Context::Scope entered(realm_.context());
  const App::Entry& entry = app_.entries[next_entry_ - 1];
  const auto stalled =
      realm_.modules().module(entry.module)->GetStalledTopLevelAwaitMessages(isolate).second;
  if (stalled.empty()) return entry.path;
  v8::Local<v8::Message> message = stalled.front();
  return to_utf8(isolate, message->GetScriptResourceName()) + ":" +
         std::to_string(message->GetLineNumber(realm_.context()).FromMaybe(0)) + ":" +
         std::to_string(message->GetStartColumn() + 1);
}

// Is the entry that was evaluated last through?
bool AppStart::settled() {
  if (state_ == State::kFailed) return false;
  if (evaluation_.IsEmpty()) return true;
  const v8::HandleScope scope(worker_.isolate());
  v8::Local<v8::Promise> promise = evaluation_.Get(worker_.isolate());
  if (promise->State() == v8::Promise::kPending) return false;
  if (promise->State() == v8::Promise::kRejected) {
    ScriptError error;
    if (!turn([&] { error = describe_error(realm_.context(), promise->Result(), {}); }))
      return false;
    if (error.path.empty()) error.path = app_.entries[next_entry_ - 1].path;
    explain_common_js(error.message);
    return fail(ErrorCode::kModuleError, std::move(error));
  }
  evaluation_.Reset();
  return true;
}

bool AppStart::register_entry(std::size_t number) {
  const App::Entry& entry = app_.entries[number];
  const bool is_middleware = entry.kind == ipc::EntryKind::kMiddleware;
  ErrorCode code = ErrorCode::kModuleExports;
  std::optional<ScriptError> error;
  const bool in_time = turn([&] {
    v8::Isolate* isolate = worker_.isolate();
    const v8::TryCatch catcher(isolate);
    std::array<v8::Local<v8::Value>, 5> arguments{
        v8::Integer::NewFromUnsigned(isolate, static_cast<std::uint32_t>(number)),
        text(isolate, is_middleware ? "middleware" : "handler"), text(isolate, entry.path),
        realm_.modules().module(entry.module)->GetModuleNamespace(),
        v8::Boolean::New(isolate, reads_matchers_)};
    v8::Local<v8::Value> result;
    if (worker_.call_raw(Callback::kRegisterEntry, arguments).ToLocal(&result)) {
      if (is_middleware && !read_matchers(result)) {
        code = ErrorCode::kInternal;
        error = {.message = "registerEntry() returned something unusable"};
      }
    } else if (!catcher.HasTerminated()) {
      error = describe_error(realm_.context(), catcher.Exception(), catcher.Message());
      code = error_by_name(property(realm_.context(), catcher.Exception(), "code")).value_or(code);
    }
  });
  if (!in_time) return false;
  if (!error) return true;
  error->path = entry.path;  // the message's own place is inside js-stdlib
  error->line = error->column = 0;
  if (error->message.starts_with("Error: ")) error->message.erase(0, 7);
  if (code == ErrorCode::kMatcherInvalid) {
    const v8::HandleScope scope(worker_.isolate());
    place_matcher(to_utf8(worker_.isolate(), app_.modules.source(entry.module)), *error);
  }
  return fail(code, *std::move(error));
}

bool AppStart::read_matchers(v8::Local<v8::Value> result) {
  if (result->IsNullOrUndefined()) return true;
  if (!result->IsArray()) return false;
  v8::Local<v8::Array> list = result.As<v8::Array>();
  for (std::uint32_t i = 0; i < list->Length(); ++i) {
    v8::Local<v8::Value> each;
    if (!list->Get(realm_.context(), i).ToLocal(&each)) return false;
    matchers_.push_back(
        {property(realm_.context(), each, "source"), property(realm_.context(), each, "regexp")});
  }
  return true;
}

}  // namespace brink::sandbox
