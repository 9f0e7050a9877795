#include "sandbox/array_buffer_allocator.h"

#include <v8-isolate.h>
#include <v8-statistics.h>

#include <cstdlib>

namespace brink::sandbox {
namespace {
// Small buffers are admitted on an old figure of the heap: asking for it costs about a microsecond.
constexpr std::size_t kCheckEvery_bytes = 256 * 1024;
}  // namespace

void ArrayBufferAllocator::limit(v8::Isolate* isolate, std::size_t limit_bytes) {
  isolate_ = isolate;
  limit_bytes_ = limit_bytes;
}

bool ArrayBufferAllocator::admit(std::size_t length) {
  if (length > limit_bytes_ || used_bytes_ > limit_bytes_ - length) {
    ++refusals_;
    return false;
  }
  unchecked_bytes_ += length;
  if (isolate_ != nullptr && unchecked_bytes_ > kCheckEvery_bytes) {
    unchecked_bytes_ = 0;
    v8::HeapStatistics heap;
    isolate_->GetHeapStatistics(&heap);
    heap_bytes_ = heap.used_heap_size();
  }
  if (heap_bytes_ > limit_bytes_ - length - used_bytes_) {
    ++refusals_;
    return false;
  }
  return true;
}

void* ArrayBufferAllocator::Allocate(std::size_t length) {
  if (!admit(length)) return nullptr;
  void* data = std::calloc(length, 1);
  if (data != nullptr) {
    used_bytes_ += length;
  } else {
    ++refusals_;
  }
  return data;
}

void* ArrayBufferAllocator::AllocateUninitialized(std::size_t length) {
  if (!admit(length)) return nullptr;
  void* data = std::malloc(length);
  if (data != nullptr) {
    used_bytes_ += length;
  } else {
    ++refusals_;
  }
  return data;
}

void ArrayBufferAllocator::Free(void* data, std::size_t length) {
  used_bytes_ -= length;
  std::free(data);
}

}  // namespace brink::sandbox
