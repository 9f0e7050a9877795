#include "sandbox/content_decoder.h"

#include <brotli/decode.h>
#include <v8-isolate.h>
#include <zlib.h>
#define ZSTD_STATIC_LINKING_ONLY  // an allocator of one's own
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>

namespace brink::sandbox {
namespace {

constexpr std::size_t kBetweenStages_bytes = std::size_t{16} * 1024;
// One step looks at no more of these: a stage may make much for the next one that means nothing to
// it (empty members), and only between steps can the turn be ended.
constexpr int kMostBetweenStages = 64;
// RFC 9659: what a decoder of this content coding has to support, and may refuse to pass.
constexpr int kZstdWindowLog = 23;

// The allocator wants the size back that it gave: it is kept before the block.
constexpr std::size_t kHeader_bytes = alignof(std::max_align_t);

void* allocate(void* memory, std::size_t size) {
  if (size > SIZE_MAX - kHeader_bytes) return nullptr;
  size += kHeader_bytes;
  auto& buffers = *static_cast<ArrayBufferAllocator*>(memory);
  void* block = buffers.AllocateUninitialized(size);
  if (block == nullptr) {
    // As V8 does for buffers of its own: what fills the memory may be garbage.
    v8::Isolate* isolate = v8::Isolate::TryGetCurrent();
    if (isolate == nullptr) return nullptr;
    isolate->LowMemoryNotification();
    block = buffers.AllocateUninitialized(size);
  }
  if (block == nullptr) return nullptr;
  std::memcpy(block, &size, sizeof size);
  return static_cast<std::byte*>(block) + kHeader_bytes;
}

void release(void* memory, void* address) {
  if (address == nullptr) return;
  std::byte* block = static_cast<std::byte*>(address) - kHeader_bytes;
  std::size_t size = 0;
  std::memcpy(&size, block, sizeof size);
  static_cast<ArrayBufferAllocator*>(memory)->Free(block, size);
}

void* allocate_items(void* memory, unsigned items, unsigned size) {
  return allocate(memory, std::size_t{items} * size);
}

}  // namespace

class ContentDecoder::Stage {
 public:
  Stage() = default;
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;
  virtual ~Stage() = default;

  void push(std::string_view bytes) {
    input_.erase(0, used_);
    used_ = 0;
    input_.append(bytes);
  }

  Step read(std::span<std::uint8_t> out, std::size_t& written) {
    written = 0;
    if (used_ < input_.size()) began_ = true;
    // A step without output may have ended one of several members.
    while (used_ < input_.size() || holds_output_) {
      const std::size_t before = used_;
      const Step step = decode(out, written);
      if (step != Step::kNeedsInput || written != 0) {
        holds_output_ = written == out.size();
        return written != 0 ? Step::kOutput : step;
      }
      holds_output_ = false;
      if (used_ == before) break;
    }
    return Step::kNeedsInput;
  }

  bool complete() const { return !began_ || ended_; }

 protected:
  /// Moves from input() to `out`; kNeedsInput or kOutput are the same here: `written` tells.
  virtual Step decode(std::span<std::uint8_t> out, std::size_t& written) = 0;

  std::span<const std::uint8_t> input() const {
    return {reinterpret_cast<const std::uint8_t*>(input_.data()) + used_, input_.size() - used_};
  }
  void use(std::size_t count) { used_ += count; }
  void use_all() { used_ = input_.size(); }
  void set_ended(bool ended) { ended_ = ended; }
  bool ended() const { return ended_; }

 private:
  std::string input_;
  std::size_t used_ = 0;
  bool began_ = false;
  bool ended_ = false;
  bool holds_output_ = false;  // the last output filled its place: there may be more
};

namespace {

using Stage = ContentDecoder::Stage;
using Step = ContentDecoder::Step;

/// gzip (RFC 1952, with several members) and deflate (RFC 1950; servers send RFC 1951, too).
class ZlibStage final : public Stage {
 public:
  ZlibStage(bool gzip, ArrayBufferAllocator& memory) : gzip_(gzip) {
    stream_.zalloc = allocate_items;
    stream_.zfree = release;
    stream_.opaque = &memory;
  }
  ~ZlibStage() override {
    if (open_) ::inflateEnd(&stream_);
  }

 protected:
  Step decode(std::span<std::uint8_t> out, std::size_t& written) override {
    if (ended() && !next_member()) {
      use_all();
      return Step::kNeedsInput;
    }
    if (!open_ && !start()) return Step::kNoMemory;
    const std::span<const std::uint8_t> in = input();
    stream_.next_in = const_cast<Bytef*>(in.data());  // zlib does not write there
    stream_.avail_in = static_cast<uInt>(in.size());
    stream_.next_out = out.data();
    stream_.avail_out = static_cast<uInt>(out.size());
    const int result = ::inflate(&stream_, Z_SYNC_FLUSH);
    use(in.size() - stream_.avail_in);
    written = out.size() - stream_.avail_out;
    if (result == Z_STREAM_END) set_ended(true);
    if (result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR) return Step::kNeedsInput;
    return result == Z_MEM_ERROR ? Step::kNoMemory : Step::kMalformed;
  }

 private:
  bool start() {
    constexpr int kGzip = 16 + MAX_WBITS;
    // RFC 1950 2.2: its first byte names the method, 8; RFC 1951 has nothing before its blocks.
    const bool zlib = (input().front() & 0x0FU) == 8;
    open_ = ::inflateInit2(&stream_, gzip_ ? kGzip : zlib ? MAX_WBITS : -MAX_WBITS) == Z_OK;
    return open_;
  }

  // What follows a member and is no member is padding, as gunzip takes it.
  bool next_member() {
    if (!gzip_ || input().empty() || input().front() != 0x1F) return false;
    set_ended(false);
    return ::inflateReset(&stream_) == Z_OK;
  }

  z_stream stream_{};
  bool gzip_;
  bool open_ = false;
};

/// RFC 7932.
class BrotliStage final : public Stage {
 public:
  explicit BrotliStage(ArrayBufferAllocator& memory)
      : state_(::BrotliDecoderCreateInstance(allocate, release, &memory)) {}
  ~BrotliStage() override {
    if (state_ != nullptr) ::BrotliDecoderDestroyInstance(state_);
  }

 protected:
  Step decode(std::span<std::uint8_t> out, std::size_t& written) override {
    if (state_ == nullptr) return Step::kNoMemory;
    if (ended()) {
      use_all();
      return Step::kNeedsInput;
    }
    const std::span<const std::uint8_t> in = input();
    std::size_t in_left = in.size(), out_left = out.size();
    const std::uint8_t* next_in = in.data();
    std::uint8_t* next_out = out.data();
    const BrotliDecoderResult result =
        ::BrotliDecoderDecompressStream(state_, &in_left, &next_in, &out_left, &next_out, nullptr);
    use(in.size() - in_left);
    written = out.size() - out_left;
    if (result == BROTLI_DECODER_RESULT_SUCCESS) set_ended(true);
    if (result != BROTLI_DECODER_RESULT_ERROR) return Step::kNeedsInput;
    const int code = ::BrotliDecoderGetErrorCode(state_);
    return code <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES &&
                   code >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES
               ? Step::kNoMemory
               : Step::kMalformed;
  }

 private:
  BrotliDecoderState* state_;
};

/// RFC 8878, with several frames.
class ZstdStage final : public Stage {
 public:
  explicit ZstdStage(ArrayBufferAllocator& memory)
      : context_(::ZSTD_createDCtx_advanced({allocate, release, &memory})) {
    if (context_ != nullptr)
      ::ZSTD_DCtx_setParameter(context_, ZSTD_d_windowLogMax, kZstdWindowLog);
  }
  ~ZstdStage() override { ::ZSTD_freeDCtx(context_); }

 protected:
  Step decode(std::span<std::uint8_t> out, std::size_t& written) override {
    if (context_ == nullptr) return Step::kNoMemory;
    const std::span<const std::uint8_t> in = input();
    if (in.empty() && ended()) return Step::kNeedsInput;  // it would begin another frame
    ZSTD_inBuffer source{in.data(), in.size(), 0};
    ZSTD_outBuffer target{out.data(), out.size(), 0};
    const std::size_t result = ::ZSTD_decompressStream(context_, &target, &source);
    use(source.pos);
    written = target.pos;
    if (::ZSTD_isError(result) != 0) {
      return ::ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation ? Step::kNoMemory
                                                                         : Step::kMalformed;
    }
    set_ended(result == 0);
    return Step::kNeedsInput;
  }

 private:
  ZSTD_DCtx* context_;
};

std::unique_ptr<Stage> make_stage(std::string_view coding, ArrayBufferAllocator& memory) {
  if (coding == "gzip") return std::make_unique<ZlibStage>(true, memory);
  if (coding == "deflate") return std::make_unique<ZlibStage>(false, memory);
  if (coding == "br") return std::make_unique<BrotliStage>(memory);
  if (coding == "zstd") return std::make_unique<ZstdStage>(memory);
  return nullptr;
}

}  // namespace

ContentDecoder::ContentDecoder() = default;
ContentDecoder::~ContentDecoder() = default;

std::unique_ptr<ContentDecoder> ContentDecoder::open(std::string_view codings,
                                                     ArrayBufferAllocator& memory) {
  std::unique_ptr<ContentDecoder> decoder(new ContentDecoder);
  while (!codings.empty()) {
    const std::size_t end = std::min(codings.find(','), codings.size());
    std::unique_ptr<Stage> stage = make_stage(codings.substr(0, end), memory);
    if (stage == nullptr || decoder->stages_.size() == kMaxCodings) return nullptr;
    decoder->stages_.insert(decoder->stages_.begin(), std::move(stage));
    codings.remove_prefix(std::min(end + 1, codings.size()));
  }
  return decoder->stages_.empty() ? nullptr : std::move(decoder);
}

void ContentDecoder::push(std::string_view bytes) { stages_.front()->push(bytes); }

ContentDecoder::Step ContentDecoder::read(std::span<std::uint8_t> out, std::size_t& written) {
  between_left_ = kMostBetweenStages;
  return read_stage(stages_.size() - 1, out, written);
}

ContentDecoder::Step ContentDecoder::read_stage(std::size_t index, std::span<std::uint8_t> out,
                                                std::size_t& written) {
  for (;;) {
    const Step step = stages_[index]->read(out, written);
    if (step != Step::kNeedsInput || index == 0) return step;
    if (between_left_-- <= 0) return Step::kOutput;
    std::array<std::uint8_t, kBetweenStages_bytes> between;
    std::size_t count = 0;
    const Step before = read_stage(index - 1, between, count);
    if (before != Step::kOutput || count == 0) return before;
    stages_[index]->push({reinterpret_cast<const char*>(between.data()), count});
  }
}

bool ContentDecoder::complete() const {
  return std::ranges::all_of(stages_, [](const auto& stage) { return stage->complete(); });
}

}  // namespace brink::sandbox
