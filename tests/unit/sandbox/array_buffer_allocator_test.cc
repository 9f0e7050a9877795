#include "sandbox/array_buffer_allocator.h"

#include <gtest/gtest.h>

namespace brink::sandbox {
namespace {

TEST(ArrayBufferAllocator, CountsAndRefuses) {
  ArrayBufferAllocator buffers;
  buffers.limit(nullptr, 1000);
  void* first = buffers.Allocate(600);
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(static_cast<char*>(first)[599], 0);
  EXPECT_EQ(buffers.Allocate(401), nullptr);
  EXPECT_EQ(buffers.AllocateUninitialized(SIZE_MAX), nullptr);
  EXPECT_EQ(buffers.refusals(), 2U);
  void* second = buffers.AllocateUninitialized(400);
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(buffers.used_bytes(), 1000U);
  buffers.Free(first, 600);
  buffers.Free(second, 400);
  EXPECT_EQ(buffers.used_bytes(), 0U);
}

}  // namespace
}  // namespace brink::sandbox
