#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/array_buffer_allocator.h"

namespace brink::sandbox {

/// Takes the content codings (RFC 9110 8.4) off a body, a bounded piece at a time, so that a body
/// that grows a thousandfold costs no more at once than any other. What zlib, brotli and zstd
/// allocate counts against the app's memory limit. Main thread; not longer than the allocator.
class ContentDecoder {
 public:
  /// Codings that a body may have one over the other; browsers and Node.js stop there, too.
  static constexpr std::size_t kMaxCodings = 5;
  /// No output is larger.
  static constexpr std::size_t kMaxOutput_bytes = std::size_t{64} * 1024;

  enum class Step : std::uint8_t {
    kOutput,      ///< `written` bytes, or none when a step got long; read() again
    kNeedsInput,  ///< all that was pushed is used up
    kMalformed,   ///< not what its coding says; nothing more can come
    kNoMemory,    ///< the app's memory limit
  };

  /// `codings` in the order they were applied, separated by commas, in lower case: gzip, deflate,
  /// br, zstd. nullptr: another one, more than kMaxCodings, or no memory.
  static std::unique_ptr<ContentDecoder> open(std::string_view codings,
                                              ArrayBufferAllocator& memory);

  ContentDecoder(const ContentDecoder&) = delete;
  ContentDecoder& operator=(const ContentDecoder&) = delete;
  ~ContentDecoder();

  /// Adds a copy of bytes of the body.
  void push(std::string_view bytes);
  /// Fills `out` as far as one step gets.
  Step read(std::span<std::uint8_t> out, std::size_t& written);
  /// Where the input stands now a body may end: each coding is through, or never began.
  bool complete() const;

  /// One coding.
  class Stage;

 private:
  ContentDecoder();

  Step read_stage(std::size_t index, std::span<std::uint8_t> out, std::size_t& written);

  int between_left_ = 0;
  std::vector<std::unique_ptr<Stage>> stages_;  // the one that was applied last comes first
};

}  // namespace brink::sandbox
