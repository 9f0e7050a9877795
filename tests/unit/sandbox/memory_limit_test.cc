#include "sandbox/memory_limit.h"

#include <gtest/gtest.h>

#include <csignal>

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

TEST(MemoryLimit, AFailedCheckStaysACrash) {
  const auto crashed = [](int status) {
    return WIFSIGNALED(status) && (WTERMSIG(status) == SIGTRAP || WTERMSIG(status) == SIGILL ||
                                   WTERMSIG(status) == SIGABRT);
  };
  EXPECT_EXIT(
      {
        Process process;
        V8_Fatal("a check");
      },
      crashed, "a check");
}

}  // namespace
}  // namespace brink::sandbox
