#include "sandbox/content_decoder.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <string>
#include <vector>

namespace brink::sandbox {
namespace {

std::string deflated(const std::string& text, int window_bits) {
  z_stream stream{};
  EXPECT_EQ(::deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 9, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(::deflateBound(&stream, text.size()) + 64, '\0');
  std::string in = text;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(::deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  ::deflateEnd(&stream);
  return out;
}

std::string zstd(const std::string& text) {
  std::string out(::ZSTD_compressBound(text.size()), '\0');
  out.resize(::ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

std::string gzip(const std::string& text) { return deflated(text, 16 + MAX_WBITS); }

struct Decoded {
  std::string text;
  ContentDecoder::Step last = ContentDecoder::Step::kNeedsInput;
  bool complete = false;
  std::size_t largest = 0;
};

/// Pushes `encoded` in pieces of `piece` bytes.
Decoded decode(const std::string& codings, const std::string& encoded, std::size_t piece,
               ArrayBufferAllocator& memory) {
  Decoded decoded;
  const auto decoder = ContentDecoder::open(codings, memory);
  EXPECT_NE(decoder, nullptr);
  std::vector<std::uint8_t> out(ContentDecoder::kMaxOutput_bytes);
  for (std::size_t at = 0; at < encoded.size(); at += piece) {
    decoder->push(std::string_view(encoded).substr(at, piece));
    std::size_t written = 0;
    while ((decoded.last = decoder->read(out, written)) == ContentDecoder::Step::kOutput) {
      decoded.text.append(reinterpret_cast<const char*>(out.data()), written);
      decoded.largest = std::max(decoded.largest, written);
    }
    if (decoded.last != ContentDecoder::Step::kNeedsInput) return decoded;
  }
  decoded.complete = decoder->complete();
  return decoded;
}

TEST(ContentDecoder, TakesOffOneCodingInPiecesOfAnySize) {
  ArrayBufferAllocator memory;
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i * 7919) + ' ';
  for (const std::size_t piece : {std::size_t{1}, std::size_t{777}, std::size_t{1} << 20U}) {
    for (const auto& [codings, bits] :
         {std::pair{"gzip", 16 + MAX_WBITS}, std::pair{"deflate", MAX_WBITS},
          std::pair{"deflate", -MAX_WBITS}}) {
      const Decoded decoded = decode(codings, deflated(text, bits), piece, memory);
      EXPECT_EQ(decoded.text, text) << codings << ' ' << bits << ' ' << piece;
      EXPECT_TRUE(decoded.complete);
    }
  }
  EXPECT_EQ(memory.used_bytes(), 0U);
}

TEST(ContentDecoder, TakesOffSeveralCodingsInTheirOrder) {
  ArrayBufferAllocator memory;
  const Decoded decoded =
      decode("deflate,gzip", gzip(deflated("two of them", MAX_WBITS)), 3, memory);
  EXPECT_EQ(decoded.text, "two of them");
  EXPECT_TRUE(decoded.complete);
  EXPECT_EQ(ContentDecoder::open("gzip,gzip,gzip,gzip,gzip,gzip", memory), nullptr);
  EXPECT_NE(ContentDecoder::open("gzip,gzip,gzip,gzip,gzip", memory), nullptr);
  EXPECT_EQ(ContentDecoder::open("compress", memory), nullptr);
  EXPECT_EQ(ContentDecoder::open("", memory), nullptr);
}

TEST(ContentDecoder, TakesSeveralMembersAndPaddingBehindThem) {
  ArrayBufferAllocator memory;
  const std::string two = gzip("one ") + gzip("two");
  EXPECT_EQ(decode("gzip", two, 5, memory).text, "one two");
  EXPECT_EQ(decode("zstd", zstd("one ") + zstd("two"), 5, memory).text, "one two");
  EXPECT_EQ(decode("gzip", two + std::string(20, '\0'), 5, memory).text, "one two");
}

TEST(ContentDecoder, TellsTruncatedAndMalformedBodies) {
  ArrayBufferAllocator memory;
  const std::string whole = gzip(std::string(1000, 'x') + "end");
  for (std::size_t size = 1; size < whole.size(); ++size)
    EXPECT_FALSE(decode("gzip", whole.substr(0, size), 7, memory).complete) << size;
  for (const char* coding : {"gzip", "deflate", "br", "zstd"}) {
    EXPECT_EQ(decode(coding, "\xFFthis is no such thing, as anybody can see", 64, memory).last,
              ContentDecoder::Step::kMalformed)
        << coding;
  }
  std::string damaged = whole;
  damaged[damaged.size() - 6] ^= 1;  // its checksum
  EXPECT_EQ(decode("gzip", damaged, 64, memory).last, ContentDecoder::Step::kMalformed);
  EXPECT_EQ(memory.used_bytes(), 0U);
}

TEST(ContentDecoder, ABombComesOutInBoundedPieces) {
  ArrayBufferAllocator memory;
  // The end of it fills the last piece, too.
  const std::string zeros(std::size_t{64} << 20U, '\0');
  for (const auto& [coding, bomb] :
       {std::pair{"gzip", gzip(zeros)}, std::pair{"zstd", zstd(zeros)}}) {
    const Decoded decoded = decode(coding, bomb, 65'536, memory);
    EXPECT_EQ(decoded.text.size(), zeros.size()) << coding;
    EXPECT_LE(decoded.largest, ContentDecoder::kMaxOutput_bytes) << coding;
    EXPECT_TRUE(decoded.complete) << coding;
  }
}

// Each member is empty: a second decoder would read without end before it has a byte to give.
TEST(ContentDecoder, ABombOfNothingComesInBoundedSteps) {
  ArrayBufferAllocator memory;
  std::string members;
  const std::string empty = gzip("");
  while (members.size() < (std::size_t{8} << 20U)) members += empty;
  const auto decoder = ContentDecoder::open("gzip,gzip", memory);
  decoder->push(gzip(members));
  std::vector<std::uint8_t> out(ContentDecoder::kMaxOutput_bytes);
  std::size_t written = 0;
  int steps = 0;
  while (decoder->read(out, written) == ContentDecoder::Step::kOutput) {
    EXPECT_EQ(written, 0U);
    ++steps;
  }
  EXPECT_GE(steps, 4);
  EXPECT_TRUE(decoder->complete());
}

TEST(ContentDecoder, MemoryBeyondTheLimitIsRefused) {
  for (const char* coding : {"gzip", "br", "zstd"}) {
    ArrayBufferAllocator memory;
    memory.limit(nullptr, 1024);
    const std::string body = std::string_view(coding) == "gzip" ? gzip("x") : std::string(64, 'x');
    EXPECT_EQ(decode(coding, body, 64, memory).last, ContentDecoder::Step::kNoMemory) << coding;
    EXPECT_EQ(memory.used_bytes(), 0U) << coding;
  }
}

}  // namespace
}  // namespace brink::sandbox
