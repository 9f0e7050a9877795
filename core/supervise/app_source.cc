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
  const auto send_in_pieces = [&](Part part, std::string_view bytes) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), ipc::kMaxChunk_bytes))) {
      worker.send(sequence,
                  ipc::ModuleSource{part, (*module)->path, bytes.substr(0, ipc::kMaxChunk_bytes)});
    }
  };
  send_in_pieces(Part::kSource, (*module)->source);
  send_in_pieces(Part::kCodeCache, (*module)->code_cache);
  worker.send(sequence, ipc::ModuleSource{Part::kEnd, (*module)->path, {}});
}

}  // namespace brink::supervise
