#include "core/proxy/request_headers.h"

#include <algorithm>
#include <array>

#include "core/base/eight_bytes.h"
#include "core/http/head.h"

namespace brink::proxy {
namespace {

using http::equals_ignore_case;

enum class FieldKind : std::uint8_t {
  kOrdinary,
  kNever,  ///< never from a client
  kClaim,  ///< what a proxy says of its client
  kForwardedFor,
  kForwardedProto,
  kForwardedHost,
  kForwardedPort,
  kForwarded,
  kCookie,
  kVia,
};

struct KnownName {
  std::string_view name;
  FieldKind kind;
};

constexpr auto kNever = FieldKind::kNever;
constexpr auto kClaim = FieldKind::kClaim;

/// By size, so that a field's name is compared with few of them. docs/headers.md says why each is
/// here.
constexpr auto kKnownNames = [] {
  auto names = std::to_array<KnownName>({
      // Next.js's own, between its router and its server.
      {"next-resume", kNever},
      {"x-matched-path", kNever},
      {"x-next-resume-state-length", kNever},
      {"x-nextjs-data", kNever},
      {"x-nextjs-matched-path", kNever},
      {"x-nextjs-redirect", kNever},
      {"x-nextjs-rewrite", kNever},
      {"x-now-route-matches", kNever},
      // CGI makes HTTP_PROXY of it, which HTTP clients take for their proxy.
      {"proxy", kNever},
      // Who the client is.
      {"cdn-src-ip", kClaim},
      {"cf-connecting-ip", kClaim},
      {"cf-connecting-ipv6", kClaim},
      {"cf-ipcountry", kClaim},
      {"cf-pseudo-ipv4", kClaim},
      {"client-ip", kClaim},
      {"fastly-client-ip", kClaim},
      {"fly-client-ip", kClaim},
      {"forwarded-for", kClaim},
      {"proxy-client-ip", kClaim},
      {"true-client-ip", kClaim},
      {"wl-proxy-client-ip", kClaim},
      {"x-appengine-user-ip", kClaim},
      {"x-azure-clientip", kClaim},
      {"x-azure-socketip", kClaim},
      {"x-client-ip", kClaim},
      {"x-cluster-client-ip", kClaim},
      {"x-envoy-external-address", kClaim},
      {"x-forwarded", kClaim},
      {"x-original-forwarded-for", kClaim},
      {"x-originating-ip", kClaim},
      {"x-proxyuser-ip", kClaim},
      {"x-real-ip", kClaim},
      {"x-real-port", kClaim},
      {"x-remote-addr", kClaim},
      {"x-remote-ip", kClaim},
      {"x-vercel-forwarded-for", kClaim},
      {"x-vercel-proxied-for", kClaim},
      // Whether it came by TLS.
      {"cf-visitor", kClaim},
      {"cloudfront-forwarded-proto", kClaim},
      {"front-end-https", kClaim},
      {"x-arr-ssl", kClaim},
      {"x-scheme", kClaim},
      {"x-url-scheme", kClaim},
      // What it asked for: applications that believe these serve another path than the guarded one.
      {"x-host", kClaim},
      {"x-original-host", kClaim},
      {"x-original-method", kClaim},
      {"x-original-uri", kClaim},
      {"x-original-url", kClaim},
      {"x-rewrite-url", kClaim},

      {"x-forwarded-for", FieldKind::kForwardedFor},
      {"x-forwarded-proto", FieldKind::kForwardedProto},
      {"x-forwarded-host", FieldKind::kForwardedHost},
      {"x-forwarded-port", FieldKind::kForwardedPort},
      {"forwarded", FieldKind::kForwarded},
      {"cookie", FieldKind::kCookie},
      {"via", FieldKind::kVia},
  });
  std::ranges::sort(names, {}, [](const KnownName& known) { return known.name.size(); });
  return names;
}();

constexpr std::size_t kLongestName = kKnownNames.back().name.size();

/// kKnownNames' index of the first name of each size, or longer.
constexpr auto kFirstOfSize = [] {
  std::array<std::uint8_t, kLongestName + 2> first{};
  std::size_t at = 0;
  for (std::size_t size = 0; size < first.size(); ++size) {
    while (at < kKnownNames.size() && kKnownNames[at].name.size() < size) ++at;
    first[size] = static_cast<std::uint8_t>(at);
  }
  return first;
}();

/// Families; all start with "x-".
constexpr std::array<KnownName, 4> kPrefixes = {{{"x-middleware-", kNever},
                                                 {"x-invoke-", kNever},
                                                 {"x-forwarded-", kClaim},
                                                 {"x-vercel-ip-", kClaim}}};

/// A bit for each letter that a known name starts with: few of a browser's fields do.
constexpr std::uint32_t kFirstLetters = [] {
  std::uint32_t letters = 0;
  for (const KnownName& known : kKnownNames) letters |= 1u << (known.name.front() - 'a');
  return letters;
}();

FieldKind kind_of(std::string_view name) {
  const unsigned letter = static_cast<unsigned>(name.front() | 0x20) - 'a';
  if (letter >= 26 || (kFirstLetters >> letter & 1) == 0) return FieldKind::kOrdinary;
  if (name.size() <= kLongestName) {
    for (std::size_t i = kFirstOfSize[name.size()]; i < kFirstOfSize[name.size() + 1]; ++i) {
      if (equals_ignore_case(kKnownNames[i].name, name)) return kKnownNames[i].kind;
    }
  }
  if (name.size() < 3 || name[1] != '-' || (name[0] | 0x20) != 'x') return FieldKind::kOrdinary;
  for (const KnownName& family : kPrefixes) {
    if (equals_ignore_case(name.substr(0, family.name.size()), family.name)) return family.kind;
  }
  return FieldKind::kOrdinary;
}

bool has_underscore(std::string_view name) {
  if (name.size() < 4) return name.contains('_');
  if (name.size() < 8) return any_is(load_four_to_eight(name.data(), name.size()), '_') != 0;
  const char* const last = name.data() + name.size() - 8;
  for (const char* at = name.data(); at < last; at += 8) {
    if (any_is(load_eight(at), '_') != 0) return true;
  }
  return any_is(load_eight(last), '_') != 0;
}

/// CGI, WSGI, Rack and PHP give "x_user" and "x-user" to an application under one name. So a name
/// with underscores is the one with dashes, and may be none that means something to us.
bool may_pass_with_underscores(std::string_view name) {
  std::string dashed(name);
  std::ranges::replace(dashed, '_', '-');
  return kind_of(dashed) == FieldKind::kOrdinary && !http::is_hop_by_hop(dashed) &&
         !equals_ignore_case(dashed, "host") && !equals_ignore_case(dashed, "expect");
}

/// Times that a Via field's list (RFC 9110 section 7.6.3) names brink as the one who received.
unsigned hops_in(std::string_view via) {
  unsigned hops = 0;
  while (!via.empty()) {
    const std::size_t comma = std::min(via.find(','), via.size());
    std::string_view hop = http::trim_whitespace(via.substr(0, comma));
    hop = http::trim_whitespace(hop.substr(std::min(hop.find_first_of(" \t"), hop.size())));
    hop = hop.substr(0, hop.find_first_of(" \t"));
    if (equals_ignore_case(hop, "brink")) ++hops;
    via.remove_prefix(std::min(comma + 1, via.size()));
  }
  return hops;
}

/// RFC 7239 section 6: an IPv6 address is bracketed and quoted; a client on a Unix socket has none.
std::string_view forwarded_node(std::string_view ip, Arena& arena) {
  if (ip.empty()) return "unknown";
  return ip.contains(':') ? arena.concat("\"[", ip, "]\"") : ip;
}

std::string_view appended(std::string_view before, std::string_view value, Arena& arena) {
  if (value.empty()) return before;
  return before.empty() ? value : arena.concat(before, ", ", value);
}

/// As Next.js: https when any proxy on the way was asked by https.
bool names_https(std::string_view protocols) {
  return http::list_contains(protocols, "https") || http::list_contains(protocols, "wss");
}

/// As Next.js: the port that the client named, else the scheme's.
std::string_view port_of(std::string_view host, std::string_view scheme) {
  std::size_t at = host.size();
  while (at > 0 && host[at - 1] >= '0' && host[at - 1] <= '9') --at;
  const bool has_port = at < host.size() && at > 0 && host[at - 1] == ':';
  if (has_port) return host.substr(at);
  return scheme == "https" ? "443" : "80";
}

std::string_view first_item(std::string_view list) {
  return http::trim_whitespace(list.substr(0, list.find(',')));
}

}  // namespace

void FieldLines::add(std::string_view value) {
  if (count_++ == 0) {
    first_ = value;
  } else {
    more_.push_back(value);
  }
}

std::string_view FieldLines::joined(std::string_view separator, Arena& arena) const {
  return more_.empty() ? first_ : arena.join(first_, separator, more_);
}

TakenFields take_client_headers(HeaderSpan received, HeaderTrust trust, Arena& arena,
                                std::vector<HeaderField>& out) {
  TakenFields taken;
  FieldLines cookies;
  const std::size_t begin = out.size();
  http::append_end_to_end(received, out);
  std::size_t kept = begin;
  std::size_t cookie = begin;
  for (std::size_t i = begin; i < out.size(); ++i) {
    const HeaderField& field = out[i];
    if (has_underscore(field.name) &&
        !(trust.underscores && may_pass_with_underscores(field.name))) {
      continue;
    }
    switch (kind_of(field.name)) {
      case FieldKind::kNever:
        continue;
      case FieldKind::kClaim:
        if (!trust.forwarded) continue;
        break;
      case FieldKind::kForwardedFor:
        taken.forwarded_for.add(field.value);
        continue;
      case FieldKind::kForwardedProto:
        taken.forwarded_proto.add(field.value);
        continue;
      case FieldKind::kForwardedHost:
        taken.forwarded_host.add(field.value);
        continue;
      case FieldKind::kForwardedPort:
        taken.forwarded_port.add(field.value);
        continue;
      case FieldKind::kForwarded:
        taken.forwarded.add(field.value);
        continue;
      case FieldKind::kCookie:
        cookies.add(field.value);
        if (cookies.size() > 1) continue;
        cookie = kept;
        break;
      case FieldKind::kVia:
        taken.hops += hops_in(field.value);
        break;
      case FieldKind::kOrdinary:
        break;
    }
    if (kept != i) out[kept] = field;
    ++kept;
  }
  out.resize(kept);
  if (cookies.size() > 1) out[cookie].value = cookies.joined("; ", arena);
  return taken;
}

std::string_view append_forwarding(const http::ServerExchange& client, std::string_view host,
                                   const TakenFields& taken, HeaderTrust trust, Arena& arena,
                                   std::vector<HeaderField>& out) {
  const auto before = [&](const FieldLines& lines) {
    return trust.forwarded ? lines.joined(", ", arena) : std::string_view();
  };
  const std::string_view protocols = before(taken.forwarded_proto);
  const bool secure = protocols.empty() ? client.secure() : names_https(protocols);
  const std::string_view scheme = secure ? "https" : "http";

  const std::string_view ip = client.client_ip();
  const std::string_view addresses = appended(before(taken.forwarded_for), ip, arena);
  if (!addresses.empty()) out.push_back({"x-forwarded-for", addresses});
  out.push_back({"x-forwarded-proto", scheme});
  const std::string_view hosts = before(taken.forwarded_host);
  const std::string_view shown_host = hosts.empty() ? host : hosts;
  if (!shown_host.empty()) {
    const std::string_view ports = before(taken.forwarded_port);
    out.push_back({"x-forwarded-host", shown_host});
    const std::string_view asked = hosts.empty() ? host : first_item(hosts);
    out.push_back({"x-forwarded-port", ports.empty() ? port_of(asked, scheme) : ports});
  }
  const std::string_view node = forwarded_node(ip, arena);
  const std::string_view own =
      host.empty() ? arena.concat("for=", node, ";proto=", scheme)
                   : arena.concat("for=", node, ";host=\"", host, "\";proto=", scheme);
  out.push_back({"forwarded", appended(before(taken.forwarded), own, arena)});
  return scheme;
}

std::string_view find_header(HeaderSpan headers, std::string_view name) {
  for (const HeaderField& field : headers) {
    if (!equals_ignore_case(field.name, name)) continue;
    // Absent is told by null data, so an empty value must have some.
    return field.value.data() == nullptr ? std::string_view("") : field.value;
  }
  return {};
}

}  // namespace brink::proxy
