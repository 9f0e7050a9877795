#include "sandbox/app_loader.h"

#include <algorithm>
#include <utility>

#include "sandbox/dynamic_imports.h"
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

bool is_builtin(std::string_view specifier) { return builtin_name(specifier) == "next/server"; }

}  // namespace

// ------------------------------------------------------------------------------------------ graph

void AppLoader::load(const ipc::LoadApp& message) {
  if (state_ != State::kBlank) return;
  state_ = State::kFetching;
  app_.start_limit_ns = std::uint64_t{message.start_cpu_limit_ms} * 1'000'000;
  app_.isolate_requests = message.isolate_requests;
  budget_.limit_ns = app_.start_limit_ns;
  worker_.apply_rules(message);
  start_ = std::make_unique<AppStart>(worker_, app_, *worker_.realm(), budget_,
                                      AppStart::Matchers::kRead);
  std::string_view lines = message.entries;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    if (line.size() < 3) continue;
    const auto kind = line[0] == 'm' ? ipc::EntryKind::kMiddleware : ipc::EntryKind::kHandler;
    app_.entries.push_back({.kind = kind, .path = std::string(line.substr(2))});
  }
  for (std::size_t i = 0; i < app_.entries.size(); ++i)
    ask({.specifier = app_.entries[i].path, .entry = i});
  if (app_.entries.empty()) state_ = State::kStarting;
}

void AppLoader::ask(Pending pending) {
  const std::uint32_t sequence = ++last_sequence_;
  const std::string_view referrer = pending.importer
                                        ? std::string_view(app_.modules.path(*pending.importer))
                                        : std::string_view();
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
  if (message.part == Part::kNotFound && pending.place.lazy) {
    if (pending_.empty()) state_ = State::kStarting;
    return;
  }
  if (message.part == Part::kNotFound) {
    fail_missing(pending, message.bytes);
  }
  arrived(pending, message.path);
  if (pending_.empty()) state_ = State::kStarting;
}

void AppLoader::arrived(const Pending& pending, std::string_view path) {
  const std::optional<AppModules::Index> known = app_.modules.find(path);
  const AppModules::Index index = known ? *known : compile(path, pending);
  if (!known) follow_imports(index, pending.source);
  if (pending.importer) {
    app_.modules.resolve(*pending.importer, pending.specifier, index);
  } else {
    app_.entries[pending.entry].module = index;
  }
}

AppModules::Index AppLoader::compile(std::string_view path, const Pending& pending) {
  v8::Isolate* isolate = worker_.isolate();
  const v8::HandleScope scope(isolate);
  const v8::Context::Scope entered(worker_.realm()->context());
  const v8::TryCatch catcher(isolate);
  const std::optional<AppModules::Index> index = app_.modules.add(path, pending.source);
  if (!index) {
    fail_app(ErrorCode::kModuleSyntax,
             {.message = "the module is larger than a string can be", .path = std::string(path)});
  }
  const ModuleGraph::Compiled compiled = start_->compile(*index, pending.cache);
  if (compiled == ModuleGraph::Compiled::kFailed) {
    fail_app(start_->failure().code, start_->failure().error);
  }
  if (compiled == ModuleGraph::Compiled::kFromSource) {
    app_.modules.keep_script(*index,
                             worker_.realm()->modules().module(*index)->GetUnboundModuleScript());
  }
  return *index;
}

void AppLoader::follow_imports(AppModules::Index module, std::string_view source) {
  std::vector<ImportRequest> imports;
  {
    const v8::HandleScope scope(worker_.isolate());
    imports = worker_.realm()->modules().imports(worker_.realm()->context(), module);
  }
  // All code is loaded before the first request, what import() names included: it runs when called.
  for (ImportRequest& lazy : dynamic_imports(source)) {
    if (!std::ranges::contains(imports, lazy.specifier, &ImportRequest::specifier))
      imports.push_back(std::move(lazy));
  }
  for (ImportRequest& import : imports) {
    if (import.has_attributes) {
      fail_import(ErrorCode::kModuleSyntax, module, import,
                  "import attributes (with { ... }) are not supported, JSON modules neither: write "
                  "it as a module (export default { ... }), or bundle it");
    }
    if (is_relative(import.specifier)) {
      std::string specifier = import.specifier;
      ask({.specifier = std::move(specifier), .importer = module, .place = std::move(import)});
    } else if (!import.lazy || is_builtin(import.specifier)) {
      import_builtin(module, import);
    }
  }
}

void AppLoader::import_builtin(AppModules::Index importer, const ImportRequest& import) {
  const std::string_view name = builtin_name(import.specifier);
  std::optional<AppModules::Index> index = app_.modules.find(name);
  if (!index) {
    index = app_.modules.add_builtin(name);
    if (!start_->make_builtin(*index)) {
      if (start_->state() == AppStart::State::kFailed)
        fail_app(start_->failure().code, start_->failure().error);
      fail_import(ErrorCode::kModuleNotFound, importer, import,
                  "\"" + import.specifier +
                      "\" can't be imported: only relative paths (./ or ../) and \"next/server\" "
                      "can. Bundle packages into the file: npx esbuild FILE --bundle --format=esm "
                      "--external:next/server --outfile=" +
                      app_.modules.path(importer));
    }
  }
  app_.modules.resolve(importer, import.specifier, *index);
}

// ------------------------------------------------------------------------------------------ start

void AppLoader::advance(bool idle) {
  if (state_ == State::kReady && idle && !caches_sent_) send_code_caches();
  if (state_ != State::kStarting) return;
  const AppStart::State state = start_->advance(idle);
  if (state == AppStart::State::kFailed) {
    fail_app(start_->failure().code, start_->failure().error);
  }
  if (state == AppStart::State::kWaits && !std::exchange(told_of_wait_, true))
    worker_.outbox().send(0, ipc::AppWaits{.place = start_->waits_in()});
  if (state == AppStart::State::kReady) tell_ready();
}

void AppLoader::tell_ready() {
  std::vector<HeaderField> matchers;
  for (const AppStart::Matcher& matcher : start_->matchers())
    matchers.push_back({matcher.source, matcher.regexp});
  if (!worker_.outbox().try_send(
          0, ipc::AppReady{.matchers = matchers, .matches_every_path = matchers.empty()})) {
    fail_app(ErrorCode::kMatcherInvalid, {.message = "config.matcher is too large"});
  }
  state_ = State::kReady;
  start_.reset();
  if (app_.isolate_requests) worker_.isolate_requests();
}

void AppLoader::send_code_caches() {
  caches_sent_ = true;
  for (AppModules::Index i = 0; i < app_.modules.size(); ++i) {
    const auto cache = app_.modules.code_cache(i);
    if (cache == nullptr || cache->length <= 0) continue;
    std::string_view rest(reinterpret_cast<const char*>(cache->data),
                          static_cast<std::size_t>(cache->length));
    for (std::uint32_t offset = 0; !rest.empty();) {
      const std::string_view piece = rest.substr(0, ipc::kMaxChunk_bytes);
      rest.remove_prefix(piece.size());
      worker_.outbox().send(0, ipc::CodeCache{.last = rest.empty(),
                                              .offset = offset,
                                              .path = app_.modules.path(i),
                                              .bytes = piece});
      offset += static_cast<std::uint32_t>(piece.size());
    }
  }
  // A realm that is made later is compiled from V8's own cache, as long as it has this.
  if (!app_.isolate_requests) app_.modules.drop_scripts();
  worker_.outbox().wake();
}

// ---------------------------------------------------------------------------------------- failure

// The front's text begins with its code, and may name a place in the file itself.
void AppLoader::fail_missing(const Pending& pending, std::string_view text) {
  const std::size_t colon = text.find(": ");
  const auto code = error_by_name(text.substr(0, colon));
  if (code) text.remove_prefix(colon + 2);
  const std::string message =
      text.empty() ? "\"" + pending.specifier + "\" does not exist in the app" : std::string(text);
  const ErrorCode known = code.value_or(ErrorCode::kModuleNotFound);
  if (known != ErrorCode::kModuleNotFound) fail_app(known, {.message = message});
  if (pending.importer) fail_import(known, *pending.importer, pending.place, message);
  fail_app(known, {.message = message, .path = pending.specifier});
}

void AppLoader::fail_import(ErrorCode code, AppModules::Index importer, const ImportRequest& import,
                            std::string message) {
  fail_app(code, {.message = std::move(message),
                  .path = app_.modules.path(importer),
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
