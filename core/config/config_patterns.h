#pragma once

#include <string_view>

/// What the values of brink.json look like, as expressions of ECMA-262 for the JSON schema: editors
/// then show most mistakes where they are made. Each takes all that the key's setter takes, and as
/// little more as an expression can say; tests/unit/config/documents.json holds both to that.
namespace brink::patterns {

#define BRINK_PORT \
  "([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
// What has a meaning in a URL, or none in a host.
#define BRINK_NO_HOST "\\u0000-\\u0020/\\\\@:?#*%\\[\\]"

inline constexpr std::string_view kAnyText = "^[^\\u0000]+$";
inline constexpr std::string_view kAppName = "^[a-z0-9-]{1,63}$";
inline constexpr std::string_view kAppHost =
    "^(\\*|\\[[0-9A-Fa-f:.]+\\]|(\\*\\.)?[^." BRINK_NO_HOST "]+(\\.[^." BRINK_NO_HOST "]+)*\\.?)$";
inline constexpr std::string_view kAppPath =
    "^(/|(/(?!\\.{1,2}(/|$))[^/?#%\\\\\\u0000-\\u001f\\u007f]+)+/?)$";
inline constexpr std::string_view kVariable = "^[A-Za-z_][A-Za-z0-9_]*$";
inline constexpr std::string_view kListen =
    "^(unix:[^\\u0000]+|(\\[[^\\u0000]*\\]|[^:\\u0000]*):0*(0|" BRINK_PORT "))$";
inline constexpr std::string_view kOrigin =
    "^(?!.*:0+/?$)[hH][tT][tT][pP]://[^\\u0000-\\u0020/\\\\@?#]+/?$";
inline constexpr std::string_view kEgress =
    "^(\\[[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(/[0-9]{1,3})?\\](:" BRINK_PORT
    ")?"
    "|[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*(/[0-9]{1,3})?"
    "|([0-9.]+/[0-9]{1,2}|(\\*\\.)?[^." BRINK_NO_HOST "]{1,63}(\\.[^." BRINK_NO_HOST
    "]{1,63})*\\.?)(:" BRINK_PORT ")?)$";
inline constexpr std::string_view kPorts = "^" BRINK_PORT "(-" BRINK_PORT ")?$";

#undef BRINK_PORT
#undef BRINK_NO_HOST

}  // namespace brink::patterns
