#include "core/base/ip_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <span>

namespace brink {
namespace {

constexpr unsigned kMappedPrefixBits = 96;

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string terminated(text);
  if (terminated.contains('\0')) return std::nullopt;
  IpAddress address;
  if (inet_pton(AF_INET, terminated.c_str(), address.bytes_.data()) == 1) return address;
  address.bits_ = kV6Bits;
  if (inet_pton(AF_INET6, terminated.c_str(), address.bytes_.data()) == 1) return address;
  return std::nullopt;
}

std::optional<IpAddress> IpAddress::from_sockaddr(const sockaddr_storage& address) {
  IpAddress result;
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address).sin_addr;
    std::memcpy(result.bytes_.data(), &v4, sizeof v4);
    return result;
  }
  if (address.ss_family != AF_INET6) return std::nullopt;
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  result.bits_ = kV6Bits;
  std::memcpy(result.bytes_.data(), &v6, sizeof v6);
  return result;
}

IpAddress IpAddress::v4_at(std::size_t offset) const {
  IpAddress inner;
  std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), 4, inner.bytes_.begin());
  return inner;
}

bool IpAddress::is_mapped() const {
  constexpr std::array<std::uint8_t, kMappedPrefixBits / 8> kPrefix = {0, 0, 0, 0, 0,    0,
                                                                       0, 0, 0, 0, 0xff, 0xff};
  return !is_v4() && std::ranges::equal(kPrefix, std::span(bytes_).first<kPrefix.size()>());
}

IpAddress IpAddress::unmapped() const { return is_mapped() ? v4_at(kMappedPrefixBits / 8) : *this; }

IpAddress IpAddress::inverted() const {
  IpAddress result = *this;
  for (std::size_t i = 0; i < bits_ / 8; ++i)
    result.bytes_[i] = static_cast<std::uint8_t>(~bytes_[i]);
  return result;
}

IpAddress IpAddress::network(unsigned prefix_bits) const {
  IpAddress result = *this;
  for (unsigned bit = prefix_bits; bit < bits_; ++bit)
    result.bytes_[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> (bit % 8)));
  return result;
}

bool IpAddress::shares_prefix(const IpAddress& other, unsigned prefix_bits) const {
  if (bits_ != other.bits_ || prefix_bits > bits_) return false;
  const std::size_t whole = prefix_bits / 8;
  if (!std::equal(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(whole),
                  other.bytes_.begin())) {
    return false;
  }
  const unsigned rest = prefix_bits % 8;
  return rest == 0 || (bytes_[whole] ^ other.bytes_[whole]) >> (8 - rest) == 0;
}

std::string IpAddress::text() const {
  char buffer[INET6_ADDRSTRLEN];
  return inet_ntop(is_v4() ? AF_INET : AF_INET6, bytes_.data(), buffer, sizeof buffer);
}

std::optional<IpBlock> IpBlock::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto base = IpAddress::parse(text.substr(0, slash));
  if (!base) return std::nullopt;
  unsigned prefix_bits = base->bits();
  if (slash != text.npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), prefix_bits);
    const bool whole = error == std::errc{} && end == digits.data() + digits.size();
    if (!whole || prefix_bits > base->bits()) return std::nullopt;
  }
  if (base->network(prefix_bits) != *base) return std::nullopt;
  if (base->is_mapped() && prefix_bits >= kMappedPrefixBits)
    return IpBlock{base->unmapped(), prefix_bits - kMappedPrefixBits};
  return IpBlock{*base, prefix_bits};
}

}  // namespace brink
