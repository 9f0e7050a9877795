#include "sandbox/app_loader.h"

#include <algorithm>
#include <array>
#include <utility>

#include "sandbox/module_hooks.h"
#include "sandbox/worker.h"

namespace brink::sandbox {
namespace {

constexpr std::size_t kLongestText_bytes = 8 * 1024;

bool is_relative(std::string_view specifier) {
  return specifier.starts_with("./") || specifier.starts_with("../") || specifier == "." ||
         specifier == "..";
}

std::string_view builtin_name(std::string_view specifier) {
  if (specifier == "next/server.js") specifier.remove_suffix(3);
  return specifier;
}

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

}  // namespace

// Runs `body` under the start limit; passing it is the end.
template <class Body>
void AppLoader::turn(Body body) {
  switch (worker_.run_turn(budget_, 0, body)) {
    case StopReason::kNone:
      return;
    case StopReason::kCpu:
      fail_app(ErrorCode::kStartLimit,
               {.message = "loading the app took more than " +
                           std::to_string(budget_.limit_ns / 1'000'000) + " ms of CPU time"});
    case StopReason::kMemory:
      fail_app(ErrorCode::kMemoryLimit,
               {.message = "loading the app took more memory than it may use"});
  }
}

// ------------------------------------------------------------------------------------------ graph

void AppLoader::load(const ipc::LoadApp& app) {
  if (state_ != State::kBlank) return;
  state_ = State::kFetching;
  budget_.limit_ns = std::uint64_t{app.start_cpu_limit_ms} * 1'000'000;
  worker_.apply_limits(app);
  std::string_view lines = app.entries;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    if (line.size() < 3) continue;
    const auto kind = line[0] == 'm' ? ipc::EntryKind::kMiddleware : ipc::EntryKind::kHandler;
    entries_.push_back({.kind = kind, .path = std::string(line.substr(2))});
  }
  for (std::size_t i = 0; i < entries_.size(); ++i)
    ask({.specifier = entries_[i].path, .entry = i});
  if (entries_.empty()) link();
}

void AppLoader::ask(Pending pending) {
  const std::uint32_t sequence = ++last_sequence_;
  const std::string_view referrer =
      pending.importer ? std::string_view(graph_.path(*pending.importer)) : std::string_view();
  worker_.outbox().send(sequence,
                        ipc::ModuleNeeded{.specifier = pending.specifier, .referrer = referrer});
  pending_.emplace(sequence, std::move(pending));
}

void AppLoader::on_source(std::uint32_t sequence, const ipc::ModuleSource& message) {
  const auto found = pending_.find(sequence);
  if (found == pending_.end()) return;
  using Part = ipc::ModuleSource::Part;
  switch (message.part) {
    case Part::kSource:
      found->second.source.append(message.bytes);
      return;
    case Part::kCodeCache:
      found->second.cache.append(message.bytes);
      return;
    case Part::kNotFound:
    case Part::kEnd:
    case Part::kCount:
      break;
  }
  const Pending pending = std::move(found->second);
  pending_.erase(found);
  if (message.part == Part::kNotFound) {
    std::string text(message.bytes);
    if (text.empty()) text = "\"" + pending.specifier + "\" does not exist in the app";
    if (pending.importer) fail_import(*pending.importer, pending.place, std::move(text));
    fail_app(ErrorCode::kModuleNotFound, {.message = std::move(text), .path = pending.specifier});
  }
  arrived(pending, message.path);
  if (pending_.empty()) link();
}

void AppLoader::arrived(const Pending& pending, std::string_view path) {
  const ModuleGraph::Index index = graph_.find(path).value_or(graph_.size());
  if (index == graph_.size()) {
    compile(path, pending);
    follow_imports(index);
  }
  if (pending.importer) {
    graph_.resolve(*pending.importer, pending.specifier, index);
  } else {
    entries_[pending.entry].module = index;
  }
}

void AppLoader::compile(std::string_view path, const Pending& pending) {
  std::optional<ScriptError> error;
  turn([&] {
    v8::TryCatch catcher(worker_.isolate());
    if (!graph_.add(path, pending.source, pending.cache) && !catcher.HasTerminated()) {
      error = describe_error(worker_.context(), catcher.Exception(), catcher.Message());
    }
  });
  if (!error) return;
  error->path = path;
  fail_app(ErrorCode::kModuleSyntax, *error);
}

void AppLoader::follow_imports(ModuleGraph::Index module) {
  std::vector<ImportRequest> imports;
  {
    v8::HandleScope scope(worker_.isolate());
    imports = graph_.imports(worker_.context(), module);
  }
  for (ImportRequest& import : imports) {
    if (import.has_attributes) {
      fail_import(module, import, "import attributes (with { ... }) are not supported");
    }
    if (is_relative(import.specifier)) {
      std::string specifier = import.specifier;
      ask({.specifier = std::move(specifier), .importer = module, .place = std::move(import)});
    } else {
      import_builtin(module, import);
    }
  }
}

void AppLoader::import_builtin(ModuleGraph::Index importer, const ImportRequest& import) {
  const std::string_view name = builtin_name(import.specifier);
  std::optional<ModuleGraph::Index> index = graph_.find(name);
  if (!index) {
    turn([&] {
      v8::Local<v8::Value> argument = text(worker_.isolate(), name), exports;
      if (worker_.call(Callback::kBuiltinModule, {&argument, 1}).ToLocal(&exports) &&
          exports->IsObject()) {
        index = graph_.add_builtin(worker_.context(), name, exports.As<v8::Object>());
      }
    });
  }
  if (!index) {
    fail_import(
        importer, import,
        "\"" + import.specifier +
            "\" can't be imported: only relative paths (./ or ../) and \"next/server\" can");
  }
  graph_.resolve(importer, import.specifier, *index);
}

// ------------------------------------------------------------------------------------- evaluation

void AppLoader::link() {
  for (const Entry& entry : entries_) {
    std::optional<ScriptError> error;
    turn([&] {
      v8::TryCatch catcher(worker_.isolate());
      v8::Local<v8::Module> module = graph_.module(entry.module);
      if (module->InstantiateModule(worker_.context(), resolve_import).IsNothing() &&
          !catcher.HasTerminated()) {
        error = describe_error(worker_.context(), catcher.Exception(), catcher.Message());
      }
    });
    if (!error) continue;
    if (error->path.empty()) error->path = entry.path;
    fail_app(ErrorCode::kModuleSyntax, *error);
  }
  state_ = State::kEvaluating;
}

void AppLoader::advance(bool idle) {
  if (state_ == State::kReady && idle && !caches_sent_) send_code_caches();
  if (state_ != State::kEvaluating) return;
  while (settled()) {
    if (next_entry_ == entries_.size()) return register_entries();
    evaluate_next();
  }
  waiting_ = true;
  if (!idle || !worker_.timers().empty()) return;
  fail_app(ErrorCode::kModuleError,
           {.message = "a top-level await never settles", .path = entries_[next_entry_ - 1].path});
}

void AppLoader::evaluate_next() {
  const Entry& entry = entries_[next_entry_++];
  turn([&] {
    v8::TryCatch catcher(worker_.isolate());
    v8::Local<v8::Value> result;
    if (graph_.module(entry.module)->Evaluate(worker_.context()).ToLocal(&result) &&
        result->IsPromise()) {
      result.As<v8::Promise>()->MarkAsHandled();  // settled() looks at it
      evaluation_.Reset(worker_.isolate(), result.As<v8::Promise>());
    }
  });
}

// Is the entry that was evaluated last through? One that failed ends the process.
bool AppLoader::settled() {
  if (evaluation_.IsEmpty()) return true;
  v8::HandleScope scope(worker_.isolate());
  v8::Local<v8::Promise> promise = evaluation_.Get(worker_.isolate());
  if (promise->State() == v8::Promise::kPending) return false;
  if (promise->State() == v8::Promise::kRejected) {
    ScriptError error;
    turn([&] { error = describe_error(worker_.context(), promise->Result(), {}); });
    if (error.path.empty()) error.path = entries_[next_entry_ - 1].path;
    fail_app(ErrorCode::kModuleError, error);
  }
  evaluation_.Reset();
  waiting_ = false;
  return true;
}

void AppLoader::register_entries() {
  for (std::size_t i = 0; i < entries_.size(); ++i) register_entry(i);
  std::vector<HeaderField> fields;
  for (const Matcher& matcher : matchers_) fields.push_back({matcher.source, matcher.regexp});
  if (!worker_.outbox().try_send(
          0, ipc::AppReady{.matchers = fields, .matches_every_path = matches_every_path_})) {
    fail_app(ErrorCode::kMatcherInvalid, {.message = "config.matcher is too large"});
  }
  state_ = State::kReady;
}

void AppLoader::register_entry(std::size_t number) {
  const Entry& entry = entries_[number];
  ErrorCode code = ErrorCode::kModuleExports;
  std::optional<ScriptError> error;
  turn([&] {
    v8::Isolate* isolate = worker_.isolate();
    v8::TryCatch catcher(isolate);
    const char* kind = entry.kind == ipc::EntryKind::kMiddleware ? "middleware" : "handler";
    std::array<v8::Local<v8::Value>, 4> arguments{
        v8::Integer::NewFromUnsigned(isolate, static_cast<std::uint32_t>(number)),
        text(isolate, kind), text(isolate, entry.path),
        graph_.module(entry.module)->GetModuleNamespace()};
    v8::Local<v8::Value> result;
    if (worker_.call_raw(Callback::kRegisterEntry, arguments).ToLocal(&result)) {
      if (entry.kind == ipc::EntryKind::kMiddleware && !read_matchers(result)) {
        code = ErrorCode::kInternal;
        error = {.message = "registerEntry() returned something unusable"};
      }
    } else if (!catcher.HasTerminated()) {
      error = describe_error(worker_.context(), catcher.Exception(), catcher.Message());
      code = error_by_name(property(worker_.context(), catcher.Exception(), "code")).value_or(code);
    }
  });
  if (!error) return;
  error->path = entry.path;  // the message's own place is inside js-stdlib
  error->line = error->column = 0;
  fail_app(code, *error);
}

bool AppLoader::read_matchers(v8::Local<v8::Value> result) {
  if (result->IsNullOrUndefined()) return true;
  if (!result->IsArray()) return false;
  v8::Local<v8::Array> list = result.As<v8::Array>();
  for (std::uint32_t i = 0; i < list->Length(); ++i) {
    v8::Local<v8::Value> each;
    if (!list->Get(worker_.context(), i).ToLocal(&each)) return false;
    matchers_.push_back(
        {property(worker_.context(), each, "source"), property(worker_.context(), each, "regexp")});
  }
  matches_every_path_ = matchers_.empty();
  return true;
}

void AppLoader::send_code_caches() {
  caches_sent_ = true;
  for (ModuleGraph::Index i = 0; i < graph_.size(); ++i) {
    const auto cache = graph_.take_code_cache(i);
    if (cache == nullptr || cache->length <= 0) continue;
    std::string_view rest(reinterpret_cast<const char*>(cache->data),
                          static_cast<std::size_t>(cache->length));
    while (!rest.empty()) {
      const std::string_view piece = rest.substr(0, ipc::kMaxChunk_bytes);
      rest.remove_prefix(piece.size());
      worker_.outbox().send(
          0, ipc::CodeCache{.last = rest.empty(), .path = graph_.path(i), .bytes = piece});
    }
  }
  worker_.outbox().wake();
}

// ---------------------------------------------------------------------------------------- failure

void AppLoader::fail_import(ModuleGraph::Index importer, const ImportRequest& import,
                            std::string message) {
  fail_app(ErrorCode::kModuleNotFound, {.message = std::move(message),
                                        .path = graph_.path(importer),
                                        .line = import.line,
                                        .column = import.column});
}

void AppLoader::fail_app(ErrorCode code, const ScriptError& error) {
  worker_.outbox().send(
      0, ipc::AppFailed{.code = error_info(code).name,
                        .message = std::string_view(error.message).substr(0, kLongestText_bytes),
                        .path = std::string_view(error.path).substr(0, kLongestText_bytes),
                        .line = error.line,
                        .column = error.column,
                        .stack = std::string_view(error.stack).substr(0, kLongestText_bytes)});
  worker_.exit_now(0);
}

}  // namespace brink::sandbox
