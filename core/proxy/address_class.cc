#include "core/proxy/address_class.h"

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <vector>

namespace brink::proxy {
namespace {

// Where an IPv6 address carries an IPv4 address.
enum class Carries : std::uint8_t { kNothing, kAtByte2, kAtByte12, kAtByte12Inverted };

struct Row {
  const char* block;
  Reach reach;
  const char* name;
  Carries carries = Carries::kNothing;
};

// "IANA IPv4 Special-Purpose Address Registry", "IANA IPv4 Multicast Address Space Registry".
// Blocks that the internet reaches, but that serve a protocol of their own, count as special, too.
// The first row that contains the address decides.
constexpr Row kV4Rows[] = {
    {"0.0.0.0/32", Reach::kSpecial, "unspecified (RFC 1122)"},
    {"0.0.0.0/8", Reach::kSpecial, "\"this network\" (RFC 791)"},
    {"10.0.0.0/8", Reach::kPrivate, "private (RFC 1918)"},
    {"100.64.0.0/10", Reach::kPrivate, "shared, for carrier-grade NAT (RFC 6598)"},
    {"127.0.0.0/8", Reach::kPrivate, "loopback (RFC 1122)"},
    {"169.254.0.0/16", Reach::kSpecial, "link-local (RFC 3927)"},
    {"172.16.0.0/12", Reach::kPrivate, "private (RFC 1918)"},
    {"192.0.0.0/24", Reach::kSpecial, "for IETF protocols (RFC 6890)"},
    {"192.0.2.0/24", Reach::kSpecial, "for documentation (RFC 5737)"},
    {"192.31.196.0/24", Reach::kSpecial, "AS112 (RFC 7535)"},
    {"192.52.193.0/24", Reach::kSpecial, "AMT (RFC 7450)"},
    {"192.88.99.0/24", Reach::kSpecial, "6to4 relay (RFC 7526)"},
    {"192.168.0.0/16", Reach::kPrivate, "private (RFC 1918)"},
    {"192.175.48.0/24", Reach::kSpecial, "AS112 (RFC 7534)"},
    {"198.18.0.0/15", Reach::kSpecial, "for benchmarks (RFC 2544)"},
    {"198.51.100.0/24", Reach::kSpecial, "for documentation (RFC 5737)"},
    {"203.0.113.0/24", Reach::kSpecial, "for documentation (RFC 5737)"},
    {"224.0.0.0/4", Reach::kSpecial, "multicast (RFC 5771)"},
    {"255.255.255.255/32", Reach::kSpecial, "broadcast (RFC 919)"},
    {"240.0.0.0/4", Reach::kSpecial, "reserved (RFC 1112)"},
    {"0.0.0.0/0", Reach::kPublic, "public"},
};

// "IANA IPv6 Special-Purpose Address Registry"; "Internet Protocol Version 6 Address Space", which
// leaves all but 2000::/3 unassigned or special.
constexpr Row kV6Rows[] = {
    {"::/128", Reach::kSpecial, "unspecified (RFC 4291)"},
    {"::1/128", Reach::kPrivate, "loopback (RFC 4291)"},
    {"::/96", Reach::kSpecial, "IPv4-compatible (RFC 4291)", Carries::kAtByte12},
    {"::ffff:0:0:0/96", Reach::kSpecial, "IPv4-translated (RFC 2765)", Carries::kAtByte12},
    {"64:ff9b::/96", Reach::kPublic, "NAT64 (RFC 6052)", Carries::kAtByte12},
    {"64:ff9b:1::/48", Reach::kSpecial, "local NAT64 (RFC 8215)", Carries::kAtByte12},
    {"100::/64", Reach::kSpecial, "discard-only (RFC 6666)"},
    {"100:0:0:1::/64", Reach::kSpecial, "dummy (RFC 9780)"},
    {"2001::/32", Reach::kSpecial, "Teredo (RFC 4380)", Carries::kAtByte12Inverted},
    {"2001:2::/48", Reach::kSpecial, "for benchmarks (RFC 5180)"},
    {"2001:10::/28", Reach::kSpecial, "ORCHID (RFC 4843)"},
    {"2001:20::/28", Reach::kSpecial, "ORCHIDv2 (RFC 7343)"},
    {"2001:30::/28", Reach::kSpecial, "for drones' identities (RFC 9374)"},
    {"2001::/23", Reach::kSpecial, "for IETF protocols (RFC 2928)"},
    {"2001:db8::/32", Reach::kSpecial, "for documentation (RFC 3849)"},
    {"2002::/16", Reach::kPublic, "6to4 (RFC 3056)", Carries::kAtByte2},
    {"2620:4f:8000::/48", Reach::kSpecial, "AS112 (RFC 7534)"},
    {"3fff::/20", Reach::kSpecial, "for documentation (RFC 9637)"},
    {"2000::/3", Reach::kPublic, "public"},
    {"5f00::/16", Reach::kSpecial, "segment routing (RFC 9602)"},
    {"fc00::/7", Reach::kPrivate, "unique local (RFC 4193)"},
    {"fe80::/10", Reach::kSpecial, "link-local (RFC 4291)"},
    {"fec0::/10", Reach::kPrivate, "site-local (RFC 3879)"},
    {"ff00::/8", Reach::kSpecial, "multicast (RFC 4291)"},
    {"::/0", Reach::kSpecial, "reserved (RFC 4291)"},
};

struct Entry {
  IpBlock block;
  const Row* row;
};

std::vector<Entry> parse_rows() {
  std::vector<Entry> entries;
  const auto add = [&](const Row& row) {
    const std::optional<IpBlock> block = IpBlock::parse(row.block);
    if (!block) std::abort();  // the table is wrong
    entries.push_back({*block, &row});
  };
  std::ranges::for_each(kV4Rows, add);
  std::ranges::for_each(kV6Rows, add);
  return entries;
}

const Row& find_row(const IpAddress& address) {
  static const std::vector<Entry> entries = parse_rows();
  for (const Entry& entry : entries) {
    if (entry.block.contains(address)) return *entry.row;
  }
  std::unreachable();  // both families end in a block of everything
}

std::optional<IpAddress> embedded_in(const IpAddress& address, Carries carries) {
  switch (carries) {
    case Carries::kNothing:
      break;
    case Carries::kAtByte2:
      return address.v4_at(2);
    case Carries::kAtByte12:
      return address.v4_at(12);
    case Carries::kAtByte12Inverted:
      return address.v4_at(12).inverted();
  }
  return std::nullopt;
}

}  // namespace

AddressClass classify(const IpAddress& address) {
  if (const IpAddress unmapped = address.unmapped(); unmapped != address) {
    const Row& row = find_row(unmapped);
    return {row.reach, row.name, unmapped, "IPv4-mapped (RFC 4291)"};
  }
  const Row& row = find_row(address);
  const std::optional<IpAddress> embedded = embedded_in(address, row.carries);
  if (!embedded) return {row.reach, row.name, {}, {}};
  const Row& inner = find_row(*embedded);
  // A gateway decides where the packets go: no setting for private networks opens that.
  const Reach reach = inner.reach == Reach::kPublic ? row.reach : Reach::kSpecial;
  return {reach, inner.name, embedded, row.name};
}

std::string AddressClass::describe() const {
  if (!embedded) return std::string(name);
  return std::string(carrier) + " of " + embedded->text() + ", " + std::string(name);
}

}  // namespace brink::proxy
