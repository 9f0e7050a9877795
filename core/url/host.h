#pragma once

#include <optional>
#include <string>
#include <string_view>

/// The one reading of hosts: what a Host header, an absolute target and the configuration name.
/// Hosts are compared in canonical form only. Pure functions; any thread.
namespace brink::url {

/// The host as http URLs have it (WHATWG "host parsing"): lower case, other scripts as punycode,
/// IPv4 addresses as four decimal numbers, IPv6 in brackets and shortened. A dot at the end stays.
/// `host` is UTF-8, without port; IPv6 in brackets. nullopt: no host, or a name with an empty
/// label, or one that no two readers take for the same.
std::optional<std::string> canonical_host(std::string_view host);

/// The authority "host" or "host:port" of a plain http URL (RFC 9112 section 3.2) with its host
/// canonical and without port 80; nullopt: invalid, or with other bytes than a sent host may have
/// (escapes, other scripts, user information). The result lies in `storage` where it differs from
/// `authority`; one that is canonical already is scanned once, and nothing is allocated for it.
std::optional<std::string_view> canonical_authority(std::string_view authority,
                                                    std::string& storage);

/// Of a canonical host: it is an IPv4 or IPv6 address.
bool is_address(std::string_view host);

/// The port of a canonical authority as it is written; empty: the scheme's own.
std::string_view port_of(std::string_view authority);

/// The host of a canonical authority, without port and without the root zone's dot: what names of
/// the configuration are compared with.
std::string_view host_name(std::string_view authority);

/// Have two canonical authorities one host and one port? The root zone's dot makes no difference.
bool same_authority(std::string_view a, std::string_view b);

}  // namespace brink::url
