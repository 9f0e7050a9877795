#include "core/supervise/app_source.h"

#include <algorithm>
#include <string_view>

namespace brink::supervise {
namespace {

std::string entry_lines(const AppFiles& app) {
  std::string lines;
  if (app.middleware()) lines += "m " + *app.middleware() + "\n";
  for (const HandlerFile& handler : app.handlers()) lines += "h " + handler.module_path + "\n";
  return lines;
}

std::string variable_lines(const Config& config) {
  std::string lines;
  for (const EnvVariable& variable : config.env)
    lines.append(variable.name).append("=").append(variable.value).append(1, '\0');
  return lines;
}

/// Sends a module's source and code cache in messages, one after the other.
class ModulePieces {
 public:
  explicit ModulePieces(const ModuleStore::Module& module) : module_(module) {}

  /// False: that was the end.
  bool send_next(Worker& worker, std::uint32_t sequence) {
    using Part = ipc::ModuleSource::Part;
    const auto send = [&](Part part, std::string_view bytes) {
      worker.send(sequence, ipc::ModuleSource{part, module_.path, bytes});
    };
    const std::size_t source_bytes = module_.source.size();
    if (sent_bytes_ < source_bytes) {
      send(Part::kSource, take(module_.source, sent_bytes_));
    } else if (sent_bytes_ - source_bytes < module_.code_cache.size()) {
      send(Part::kCodeCache, take(module_.code_cache, sent_bytes_ - source_bytes));
    } else {
      send(Part::kEnd, {});
      return false;
    }
    return true;
  }

 private:
  std::string_view take(std::string_view bytes, std::size_t from) {
    const std::string_view piece = bytes.substr(from, ipc::kMaxChunk_bytes);
    sent_bytes_ += piece.size();
    return piece;
  }

  const ModuleStore::Module& module_;
  std::size_t sent_bytes_ = 0;
};

}  // namespace

AppSource::AppSource(const Config& config, const AppFiles& app)
    : config_(config),
      modules_(app),
      entries_(entry_lines(app)),
      variables_(variable_lines(config)) {}

void AppSource::load_into(Worker& spare, WorkerObserver& owner) const {
  if (!variables_.empty()) spare.send(0, ipc::Environment{variables_});
  ipc::LoadApp message;
  message.cpu_limit_ms = static_cast<std::uint32_t>(config_.limits.cpu_ms);
  message.start_cpu_limit_ms = static_cast<std::uint32_t>(config_.limits.start_cpu_ms);
  message.memory_limit_bytes = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(config_.limits.memory_mb * 1024 * 1024, 0xffffffff));
  message.isolate_requests = config_.isolate_requests;
  message.entries = entries_;
  message.allow_eval = config_.allow_eval;
  message.frozen_clock = config_.frozen_clock;
  message.limits.response_head_bytes =
      static_cast<std::uint32_t>(config_.limits.response_head_bytes);
  message.limits.log_bytes = static_cast<std::uint32_t>(config_.limits.log_bytes);
  message.limits.timers = static_cast<std::uint32_t>(config_.limits.timers);
  spare.load(message, owner);
}

void AppSource::send_module(Worker& worker, std::uint32_t sequence,
                            const ipc::ModuleNeeded& message) {
  using Part = ipc::ModuleSource::Part;
  auto module = modules_.find(message.specifier, message.referrer);
  if (!module) {
    const std::string text =
        std::string(error_info(module.error().code).name) + ": " + module.error().message;
    worker.send(sequence, ipc::ModuleSource{Part::kNotFound, message.specifier, text});
    return;
  }
  // As the worker takes them: an app may have more modules than should wait in memory.
  worker.feed([sequence, pieces = ModulePieces(**module)](Worker& to) mutable {
    return pieces.send_next(to, sequence);
  });
}

}  // namespace brink::supervise
