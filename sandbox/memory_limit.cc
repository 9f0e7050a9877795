#include "sandbox/memory_limit.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <new>
#include <string>

#include "sandbox/worker.h"

namespace brink::sandbox {
namespace {

constexpr std::size_t kMiB = 1024 * 1024;
constexpr std::size_t kLargestHeap_bytes = 4096 * kMiB;  // of any app
constexpr std::size_t kYoungGeneration_bytes = 24 * kMiB;
// Lets a terminated turn unwind, and the request be answered, past the limit.
constexpr std::size_t kGrace_bytes = 8 * kMiB;
constexpr int kGraces = 3;
// What V8 needs beside heap and buffers (compiler zones, pooled pages, malloc) is this part of the
// limit. Machine code is not behind the fence, as its range is writable from the start: the heap's
// limit counts it. Both together stay within a quarter.
constexpr std::size_t kFenceSlackPart = 6;
#ifdef __SANITIZE_ADDRESS__
constexpr std::size_t kSanitizer_bytes = 4096 * kMiB;
#else
constexpr std::size_t kSanitizer_bytes = 0;
#endif

// A worker that spends three quarters of a second or longer collecting, with as much of its memory
// in use, is at its end.
constexpr std::uint64_t kWindow_ns = 1'000'000'000;
constexpr double kMostCollecting = 0.75;
constexpr double kNearLimit = 0.75;
// From here on the front is told that there is little left.
constexpr double kFull = 0.875;

/// The young generation shares the limit with the old one, which is what V8 runs out of.
std::size_t young_bytes(std::size_t limit_bytes) {
  return std::min(kYoungGeneration_bytes, limit_bytes / 4);
}

std::uint64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(now.tv_nsec);
}

// The process's only one: V8 and the C++ library say that memory is out on any thread, and hand
// nothing over that would lead to it.
std::atomic<const MemoryLimit*> of_process{nullptr};

// No call of the system could change what the signal does: the jail forbids it.
std::atomic<bool> check_has_failed{false};
static_assert(std::atomic<bool>::is_always_lock_free);

[[noreturn]] void out_of_memory() {
  if (const MemoryLimit* limit = of_process.load()) limit->die();
  ::_exit(kMemoryExitStatus);
}

void heap_out_of_memory(const char* /*location*/, const v8::OOMDetails& /*details*/) {
  out_of_memory();
}

void fatal_error(const char* location, const char* message) {
  const std::string text =
      std::string("V8: ") + (location ? location : "") + ": " + (message ? message : "");
  if (Worker* worker = Worker::current()) worker->die(text);
  std::fprintf(stderr, "brink-worker: %s\n", text.c_str());
  ::_exit(1);
}

// V8 asks for some of its memory with no plan for being refused: it ends with a failed check then.
void check_failed(const char* /*file*/, int /*line*/, const char* /*message*/) {
  const MemoryLimit* limit = of_process.load();
  if (limit != nullptr && limit->at_fence()) out_of_memory();
  check_has_failed = true;  // the trap that follows is not for want of memory
}

// V8 aborts with a trap. Without a failed check before it, that is base::FatalOOM(), which its
// containers outside the heap call, and which has no handler to be set.
void trapped(int /*signal*/) {
  if (!check_has_failed.load()) out_of_memory();
  if (const MemoryLimit* limit = of_process.load()) limit->die_of_engine();
  ::_exit(kEngineExitStatus);
}

/// Private writable memory of this process, as RLIMIT_DATA counts it.
std::size_t data_bytes() {
  std::FILE* status = std::fopen("/proc/self/status", "re");
  if (status == nullptr) return 0;
  char line[256];
  unsigned long kib = 0;
  while (std::fgets(line, sizeof line, status) != nullptr) {
    if (std::sscanf(line, "VmData: %lu kB", &kib) == 1) break;
  }
  std::fclose(status);
  return std::size_t{kib} * 1024;
}

}  // namespace

void MemoryLimit::configure(v8::Isolate::CreateParams& params) {
  params.constraints.set_max_old_generation_size_in_bytes(kLargestHeap_bytes);
  params.constraints.set_max_young_generation_size_in_bytes(kYoungGeneration_bytes);
  params.oom_error_callback = heap_out_of_memory;
  params.fatal_error_callback = fatal_error;
  v8::V8::SetFatalMemoryErrorCallback(heap_out_of_memory);  // on threads without an isolate
  v8::V8::SetFatalErrorHandler(check_failed);
}

MemoryLimit::MemoryLimit(v8::Isolate* isolate, ArrayBufferAllocator& buffers,
                         ipc::WorkerStatus& status)
    : isolate_(isolate), buffers_(buffers), status_(status), before_app_bytes_(data_bytes()) {
  if (before_app_bytes_ == 0) {
    std::fputs("brink-worker: /proc/self/status has no VmData, so memory can't be fenced\n",
               stderr);
    ::_exit(1);
  }
  of_process = this;
  std::set_new_handler(out_of_memory);
  std::signal(SIGTRAP, trapped);
}

MemoryLimit::~MemoryLimit() {
  std::signal(SIGTRAP, SIG_DFL);
  std::set_new_handler(nullptr);
  of_process = nullptr;
}

void MemoryLimit::apply(std::size_t limit_bytes) {
  limit_bytes = std::clamp(limit_bytes, 8 * kMiB, kLargestHeap_bytes);
  isolate_->AddNearHeapLimitCallback(near_limit, this);
  isolate_->RemoveNearHeapLimitCallback(near_limit, limit_bytes - young_bytes(limit_bytes));
  isolate_->AddNearHeapLimitCallback(near_limit, this);
  buffers_.limit(isolate_, limit_bytes);
  grace_left_ = kGraces;
  limit_bytes_ = limit_bytes;
  window_began_ns_ = now_ns();
  isolate_->AddGCPrologueCallback(
      [](v8::Isolate*, v8::GCType, v8::GCCallbackFlags, void* self) {
        static_cast<MemoryLimit*>(self)->collection_began_ns_ = now_ns();
      },
      this);
  isolate_->AddGCEpilogueCallback(
      [](v8::Isolate*, v8::GCType type, v8::GCCallbackFlags, void* self) {
        static_cast<MemoryLimit*>(self)->collected(type == v8::kGCTypeMarkSweepCompact);
      },
      this);
  fence(limit_bytes);
}

double MemoryLimit::used_share() const {
  if (limit_bytes_ == 0) return 0;
  v8::HeapStatistics heap;
  isolate_->GetHeapStatistics(&heap);
  const auto share = [](std::size_t used, std::size_t of) {
    return static_cast<double>(used) / static_cast<double>(of);
  };
  return std::max(share(heap.used_heap_size(), limit_bytes_ - young_bytes(limit_bytes_)),
                  share(heap.used_heap_size() + buffers_.used_bytes(), limit_bytes_));
}

void MemoryLimit::collected(bool all_of_it) {
  const std::uint64_t ended_ns = now_ns();
  collecting_ns_ += ended_ns - collection_began_ns_;
  if (!all_of_it) return;
  const double used = used_share();
  if (used > kFull)
    status_.short_of_memory.fetch_or(ipc::kHeapIsFull, std::memory_order_relaxed);
  else
    status_.short_of_memory.fetch_and(~std::uint32_t{ipc::kHeapIsFull}, std::memory_order_relaxed);
  const std::uint64_t window_ns = ended_ns - window_began_ns_;
  if (window_ns < kWindow_ns) return;
  const bool stalled =
      static_cast<double>(collecting_ns_) > kMostCollecting * static_cast<double>(window_ns);
  window_began_ns_ = ended_ns;
  collecting_ns_ = 0;
  if (!stalled || used < kNearLimit) return;
  status_.current_request.store(0, std::memory_order_relaxed);  // all of them together did it
  die();
}

void MemoryLimit::fence(std::size_t limit_bytes) {
  const std::size_t bytes =
      before_app_bytes_ + limit_bytes + limit_bytes / kFenceSlackPart + kSanitizer_bytes;
  const rlimit fence{bytes, bytes};
  if (::setrlimit(RLIMIT_DATA, &fence) != 0) Worker::current()->die("RLIMIT_DATA can't be set");
}

std::size_t MemoryLimit::near_limit(void* self, std::size_t current, std::size_t /*initial*/) {
  auto& limit = *static_cast<MemoryLimit*>(self);
  if (limit.grace_left_ == 0) return current;  // V8 goes on to its out-of-memory handler
  --limit.grace_left_;
  limit.reached_ = true;
  limit.isolate_->TerminateExecution();
  return current + kGrace_bytes;
}

bool MemoryLimit::at_fence() const {
  void* room =
      ::mmap(nullptr, kGrace_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED) return true;
  ::munmap(room, kGrace_bytes);
  return false;
}

void MemoryLimit::die_of_engine() const {
  status_.exit_code_name.store(static_cast<std::uint32_t>(ErrorCode::kEngineFault) + 1,
                               std::memory_order_release);
  ::_exit(kEngineExitStatus);
}

void MemoryLimit::die() const {
  status_.exit_code_name.store(static_cast<std::uint32_t>(ErrorCode::kMemoryLimit) + 1,
                               std::memory_order_release);
  ::_exit(kMemoryExitStatus);
}

}  // namespace brink::sandbox
