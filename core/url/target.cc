#include "core/url/target.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/url/percent.h"

namespace brink::url {
namespace {

// An ambiguous path costs some twenty readings of itself, so a long one would cost milliseconds.
constexpr std::size_t kMaxAmbiguous_bytes = 4096;

enum CharKind : std::uint8_t { kOther = 0, kSlash, kDot, kOdd, kQuery };

constexpr std::array<std::uint8_t, 256> kKinds = [] {
  std::array<std::uint8_t, 256> kinds{};
  kinds['/'] = kSlash;
  kinds['.'] = kDot;
  kinds['%'] = kinds['\\'] = kOdd;
  kinds['?'] = kQuery;
  return kinds;
}();

// No escape, backslash or repeated slash in the path, and no segment that starts with a dot.
bool is_clean(std::string_view target) {
  std::uint8_t before = kOther;
  for (const char c : target) {
    const std::uint8_t kind = kKinds[static_cast<unsigned char>(c)];
    if (kind != kOther) {
      if (kind == kQuery) return true;
      if (kind == kOdd || (before == kSlash && kind <= kDot)) return false;
    }
    before = kind;
  }
  return true;
}

bool is_unreserved(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

bool is_control(unsigned char c) { return c < 0x20 || c == 0x7f; }

// Reads a path byte by byte into its normal form, but for dot segments.
class PathReader {
 public:
  explicit PathReader(EscapedSlashes slashes) : slashes_(slashes) {}

  // False: refused.
  bool read(std::string_view path) {
    out_.reserve(path.size());
    for (std::size_t i = 0; i < path.size(); ++i) {
      const std::optional<unsigned char> byte =
          path[i] == '%' ? escaped_byte(path.substr(i)) : std::nullopt;
      if (!byte) {
        if (path[i] == '%') stray_ = out_.size();
        add(path[i]);
        continue;
      }
      if (!take_escape(*byte)) return false;
      i += 2;
    }
    return true;
  }

  const std::string& out() const { return out_; }
  bool redirects() const { return redirects_; }
  std::string_view refusal() const { return refusal_; }

 private:
  bool take_escape(unsigned char byte) {
    if (is_control(byte)) {
      refusal_ = "the path has an escaped control character";
      return false;
    }
    if (byte == '/' || byte == '\\') return take_escaped_slash(byte);
    if (is_unreserved(byte) && !would_join(byte))
      add(static_cast<char>(byte));
    else
      append_escape(byte);
    return true;
  }

  bool take_escaped_slash(unsigned char byte) {
    switch (slashes_) {
      case EscapedSlashes::kKeep:
        append_escape(byte);
        return true;
      case EscapedSlashes::kRedirect:
        redirects_ = true;
        add('/');
        return true;
      case EscapedSlashes::kReject:
        break;
    }
    refusal_ = "the path has an escaped slash or backslash (configuration key escaped_slashes)";
    return false;
  }

  void add(char c) {
    if (c == '\\') {
      c = '/';
      redirects_ = true;
    }
    if (c == '/' && out_.ends_with('/'))
      redirects_ = true;
    else
      out_ += c;
  }

  // "%%361" must not become "%61": an escape that nobody wrote.
  bool would_join(unsigned char byte) const {
    return stray_ != std::string::npos && out_.size() - stray_ <= 2 && is_hex_digit(byte);
  }

  void append_escape(unsigned char byte) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    out_ += '%';
    out_ += kDigits[byte >> 4];
    out_ += kDigits[byte & 15];
  }

  const EscapedSlashes slashes_;
  std::string out_;
  std::size_t stray_ = std::string::npos;  // in out_: the last '%' that begins no escape
  bool redirects_ = false;
  std::string_view refusal_;
};

// RFC 3986 section 5.2.4.
std::string resolve_dots(std::string_view path) {
  std::string out;
  out.reserve(path.size());
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at + 1), path.size());
    const std::string_view segment = path.substr(at + 1, end - at - 1);
    if (segment == "..") out.resize(out.contains('/') ? out.rfind('/') : 0);
    if (segment != ".." && segment != ".")
      out.append(path.substr(at, end - at));
    else if (end == path.size())
      out += '/';
    at = end;
  }
  return out;
}

bool has_dot_segment(std::string_view path) {
  for (std::size_t at = path.find("/."); at != path.npos; at = path.find("/.", at + 1)) {
    const std::string_view rest = path.substr(at + 2);
    const std::string_view after = rest.substr(rest.starts_with('.') ? 1 : 0);
    if (after.empty() || after.starts_with('/')) return true;
  }
  return false;
}

std::string with_single_slashes(std::string_view path) {
  std::string out;
  out.reserve(path.size());
  for (const char c : path) {
    if (c != '/' || !out.ends_with('/')) out += c;
  }
  return out;
}

// Each segment up to its first ';' (RFC 3986 section 3.3 mentions them; servlets drop them).
std::string without_parameters(std::string_view path) {
  std::string out;
  out.reserve(path.size());
  bool dropping = false;
  for (const char c : path) {
    if (c == '/') dropping = false;
    if (c == ';') dropping = true;
    if (!dropping) out += c;
  }
  return out;
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  for (std::size_t at = 0;;) {
    const std::size_t found = std::min(text.find(from, at), text.size());
    out.append(text.substr(at, found - at));
    if (found == text.size()) return out;
    out.append(to);
    at = found + from.size();
  }
}

// The page whose props Next.js's router asks for: "/a/b" for "/_next/data/BUILD/a/b.json".
std::optional<std::string> data_page(std::string_view path) {
  constexpr std::string_view kData = "/_next/data/";
  constexpr std::string_view kJson = ".json";
  if (!path.starts_with(kData) || !path.ends_with(kJson)) return std::nullopt;
  path.remove_suffix(kJson.size());
  const std::size_t page = path.find('/', kData.size());
  if (page == path.npos) return std::nullopt;
  path.remove_prefix(page);
  return path == "/index" ? "/" : std::string(path);
}

// Of one path, each reading once.
class ReadingList {
 public:
  explicit ReadingList(std::string_view path) : path_(path) {}

  // What an origin may take a path for that it has decoded as far as it does.
  void add_decoded(const std::string& decoded) {
    add(decoded);
    add_slashes(decoded);
    if (!decoded.contains('\\')) return;
    std::string slashes = decoded;
    std::ranges::replace(slashes, '\\', '/');
    add_slashes(slashes);
  }

  std::vector<std::string> take() { return std::move(readings_); }

 private:
  void add_slashes(const std::string& path) {
    add_resolved(path);
    if (path.contains(';')) add_resolved(without_parameters(path));
  }

  void add_resolved(const std::string& path) {
    add(has_dot_segment(path) ? resolve_dots(path) : path);
    if (path.contains("//")) add(resolve_dots(with_single_slashes(path)));
  }

  void add(std::string reading) {
    reading = as_utf8(std::move(reading));
    add_new(page_path(reading));
    if (const auto page = data_page(reading)) add_new(*page);
    add_new(reading);
  }

  void add_new(std::string_view reading) {
    if (reading != path_ && !std::ranges::contains(readings_, reading))
      readings_.emplace_back(reading);
  }

  const std::string_view path_;
  std::vector<std::string> readings_;
};

bool is_ambiguous(std::string_view path) {
  return path.contains(';') || path.contains("%2F") || path.contains("%5C") ||
         path.contains("%25") || path.contains("%3B");
}

}  // namespace

Target normalize(std::string_view target, EscapedSlashes slashes, std::string& storage) {
  if (!target.starts_with('/') || is_clean(target)) return {Target::Form::kNormal, target};
  const std::string_view path = path_of(target);
  PathReader reader(slashes);
  if (!reader.read(path)) return {Target::Form::kRefused, reader.refusal()};
  std::string text = resolve_dots(reader.out());
  const auto form = reader.redirects() ? Target::Form::kRedirect : Target::Form::kNormal;
  if (text == path) return {form, target};
  text.append(target.substr(path.size()));
  storage = std::move(text);
  return {form, storage};
}

std::string_view page_path(std::string_view path) {
  constexpr std::string_view kData = ".rsc";
  constexpr std::string_view kSegment = ".segment.rsc";
  constexpr std::string_view kSegments = ".segments/";
  if (!path.ends_with(kData)) return path;
  const std::size_t segments = path.find(kSegments);
  const bool of_segment = path.ends_with(kSegment) && segments != path.npos &&
                          segments + kSegments.size() < path.size() - kSegment.size();
  return path.substr(0, of_segment ? segments : path.size() - kData.size());
}

std::string literal_reading(std::string_view path) {
  std::string out;
  out.reserve(path.size());
  for (std::size_t i = 0; i < path.size(); ++i) {
    const std::optional<unsigned char> byte = escaped_byte(path.substr(i));
    const bool letter = byte && !std::string_view("/\\%;").contains(static_cast<char>(*byte));
    out += letter ? static_cast<char>(*byte) : path[i];
    if (letter) i += 2;
  }
  return out;
}

std::optional<std::vector<std::string>> other_readings(std::string_view path) {
  const bool plain = !path.contains('%') && !path.contains(';');
  if (plain && page_path(path) == path && !data_page(path)) return std::vector<std::string>();
  ReadingList list(path);
  const std::string decoded = percent_decode_lenient(path);
  const bool ambiguous = !plain && is_ambiguous(path);
  if (!ambiguous) {
    list.add_decoded(decoded);
    return list.take();
  }
  if (path.size() > kMaxAmbiguous_bytes) return std::nullopt;
  list.add_decoded(literal_reading(path));
  list.add_decoded(decoded);
  if (path.contains(';')) list.add_decoded(percent_decode_lenient(without_parameters(path)));
  if (path.contains("%5C") && path.contains("%2F"))
    list.add_decoded(percent_decode_lenient(replaced(path, "%2F", "%252F")));
  if (decoded.contains('%')) list.add_decoded(percent_decode_lenient(decoded));
  return list.take();
}

}  // namespace brink::url
