// brink-worker: the zygote that the front starts, with its control socket as descriptor 3, and the
// workers it forks.
#include <fcntl.h>

#include <cstdio>
#include <memory>
#include <utility>

#include "bindings/bindings.h"
#include "sandbox/child_setup.h"
#include "sandbox/jail.h"
#include "sandbox/rehearsal.h"
#include "sandbox/worker.h"
#include "sandbox/zygote.h"

extern "C" const char brink_snapshot_begin[];
extern "C" const char brink_snapshot_end[];

namespace {

constexpr int kControl = 3;

using namespace brink;

int run_worker(sandbox::V8Start& v8, const std::vector<sandbox::Binding>& bindings,
               sandbox::Jail& jail, sandbox::WorkerDescriptors descriptors) {
  sandbox::keep_only(descriptors, jail.empty_root());
  Result<ipc::ChannelMemory> memory = ipc::ChannelMemory::map(descriptors.channel.get());
  if (!memory) {
    std::fprintf(stderr, "brink-worker: %s\n", memory.error().message.c_str());
    return 1;
  }
  descriptors.channel.reset();
  if (!sandbox::is_waited_for(descriptors.to_worker.get())) sandbox::rehearse(v8, bindings);
  sandbox::Worker worker(std::move(descriptors), std::move(*memory), v8, bindings, &jail);
  const int status = worker.run();
  worker.exit_now(status);  // the kernel takes V8 apart faster than V8 does
}

}  // namespace

int main() {
  if (::fcntl(kControl, F_SETFD, FD_CLOEXEC) != 0) {
    std::fputs("brink-worker is started by brink, with a control socket as descriptor 3\n", stderr);
    return 2;
  }
  sandbox::Jail jail = sandbox::Jail::prepare();
  const v8::StartupData snapshot{brink_snapshot_begin,
                                 static_cast<int>(brink_snapshot_end - brink_snapshot_begin)};
  const std::vector<sandbox::Binding> bindings = bindings::all_bindings();
  // Leaked: the kernel takes V8 apart faster than V8 does.
  auto& v8 = *new sandbox::V8Start(snapshot, bindings);
  sandbox::V8Start::allow_fork();
  return sandbox::run_zygote(ipc::Fd(kControl), [&](sandbox::WorkerDescriptors descriptors) {
    return run_worker(v8, bindings, jail, std::move(descriptors));
  });
}
