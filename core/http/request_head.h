#pragma once

#include <string>

#include "core/base/result.h"
#include "core/http/head.h"
#include "core/http/message_parser.h"
#include "core/url/target.h"

namespace brink::http {

/// Keeps those parts of a head that are not as the client wrote them.
struct HeadStorage {
  std::string target;
  std::string normal_target;
  std::string host;
  std::string known_host;  ///< of a request before: canonical as it was sent
};

/// Judges a parsed head by RFC 9112 sections 2, 3, 5 and 6 where llhttp does not, reads target and
/// host into the form that everybody uses, and fills `out` with views into `raw` and `storage`.
/// Error: the code that the client gets.
Result<void> read_request_head(const RawHead& raw, url::EscapedSlashes slashes,
                               HeadStorage& storage, RequestHead& out);

}  // namespace brink::http
