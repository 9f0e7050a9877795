#include "core/supervise/worker_end.h"

#include <sys/wait.h>

namespace brink::supervise {

void log_worker_end(Log& log, std::string_view what, const Worker& worker, int status) {
  const LogField how = WIFSIGNALED(status) ? LogField("signal", WTERMSIG(status))
                                           : LogField("exit", WEXITSTATUS(status));
  const Error& reason = worker.end_reason();
  log.warn(what, {{"pid", worker.pid()},
                  how,
                  {"error", error_info(reason.code).name},
                  {"reason", reason.message}});
}

}  // namespace brink::supervise
