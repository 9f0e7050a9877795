#include "sandbox/memory_limit.h"

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <new>

#include "core/base/errors.h"
#include "sandbox/engine.h"

// V8's own ways to end a process, which its headers don't declare; libnode exports them.
namespace v8::base {
enum class OOMType { kJavaScript, kProcess };
[[noreturn]] void FatalOOM(OOMType type, const char* message);
}  // namespace v8::base
[[noreturn]] void V8_Fatal(const char* format, ...);

namespace brink::sandbox {
namespace {

struct Process {
  Process() {
    v8::Isolate::CreateParams params;
    MemoryLimit::configure(params);
  }
  Engine engine;
  ArrayBufferAllocator buffers;
  ipc::WorkerStatus status{};
  MemoryLimit limit{nullptr, buffers, status};
};

TEST(MemoryLimit, NamesWhatV8HasNoHandlerFor) {
  EXPECT_EXIT(
      {
        Process process;
        v8::base::FatalOOM(v8::base::OOMType::kProcess, "a container");
      },
      ::testing::ExitedWithCode(kMemoryExitStatus), "");
}

TEST(MemoryLimit, AFailedCheckIsNoWantOfMemory) {
  EXPECT_EXIT(
      {
        Process process;
        V8_Fatal("a check");
      },
      ::testing::ExitedWithCode(kEngineExitStatus), "a check");
}

void refuse_to_change_signals() {
  sock_filter refuses[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigaction, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{4, refuses};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    std::abort();
  }
}

// As in the jail, where no call can change what a signal does.
TEST(MemoryLimit, AFailedCheckIsToldWhereSignalsCanNotBeChanged) {
  void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* status = new (page) ipc::WorkerStatus{};
  const auto fail_a_check = [status] {
    Engine engine;
    v8::Isolate::CreateParams params;
    MemoryLimit::configure(params);
    ArrayBufferAllocator buffers;
    const MemoryLimit limit(nullptr, buffers, *status);
    refuse_to_change_signals();
    V8_Fatal("a check");
  };
  EXPECT_EXIT(fail_a_check(), ::testing::ExitedWithCode(kEngineExitStatus), "a check");
  EXPECT_EQ(status->exit_code_name.load(), static_cast<std::uint32_t>(ErrorCode::kEngineFault) + 1);
  ::munmap(page, 4096);
}

}  // namespace
}  // namespace brink::sandbox
