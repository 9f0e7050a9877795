// brink-worker: the zygote that the front starts, with its control socket as descriptor 3, and the
// workers it forks.
#include <fcntl.h>

#include <cstdio>
#include <memory>
#include <utility>

#include "bindings/bindings.h"
#include "sandbox/child_setup.h"
#include "sandbox/jail.h"
#include "sandbox/worker.h"
#include "sandbox/zygote.h"

extern "C" const char brink_snapshot_begin[];
extern "C" const char brink_snapshot_end[];

namespace {

constexpr int kControl = 3;

int run_worker(brink::sandbox::Jail& jail, brink::sandbox::WorkerDescriptors descriptors) {
  using namespace brink;
  sandbox::keep_only(descriptors, jail.empty_root());
  Result<ipc::ChannelMemory> memory = ipc::ChannelMemory::map(descriptors.channel.get());
  if (!memory) {
    std::fprintf(stderr, "brink-worker: %s\n", memory.error().message.c_str());
    return 1;
  }
  descriptors.channel.reset();
  const v8::StartupData snapshot{brink_snapshot_begin,
                                 static_cast<int>(brink_snapshot_end - brink_snapshot_begin)};
  const std::vector<sandbox::Binding> bindings = bindings::all_bindings();
  sandbox::Worker worker(std::move(descriptors), std::move(*memory), snapshot, bindings, &jail);
  const int status = worker.run();
  worker.exit_now(status);  // the kernel takes V8 apart faster than V8 does
}

}  // namespace

int main() {
  if (::fcntl(kControl, F_SETFD, FD_CLOEXEC) != 0) {
    std::fputs("brink-worker is started by brink, with a control socket as descriptor 3\n", stderr);
    return 2;
  }
  brink::sandbox::Jail jail = brink::sandbox::Jail::prepare();
  return brink::sandbox::run_zygote(brink::ipc::Fd(kControl),
                                    [&jail](brink::sandbox::WorkerDescriptors descriptors) {
                                      return run_worker(jail, std::move(descriptors));
                                    });
}
