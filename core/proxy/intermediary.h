#pragma once

#include <cstdint>
#include <string>

#include "core/base/arena.h"
#include "core/http/head.h"
#include "core/proxy/request_view.h"

/// What one who passes requests on owes to the others on the way (RFC 9110 section 7.6).
namespace brink::proxy {

/// Did the request come through brink more often than any chain of proxies is long? An origin, a
/// rewrite or a fetch() leads back to it.
bool is_loop(const RequestView& view);

enum class Onward : std::uint8_t {
  kForward,     ///< the view is as the next hop is to get it
  kAnswerHere,  ///< Max-Forwards is 0: see own_answer()
};

/// Makes `view` ready for the next hop: Via is added, Max-Forwards of TRACE and OPTIONS counted
/// down, and a TRACE, whose answer is the request itself, has no credentials for a script in a
/// browser to read. `minor_version` is that of the client's HTTP/1.
Onward prepare_onward(RequestView& view, std::uint8_t minor_version, Arena& arena);

/// The answer to a TRACE or OPTIONS whose last recipient is brink.
struct OwnAnswer {
  std::uint16_t status = 204;
  HeaderField header;
  std::string body;
};
/// TRACE: the request's head as it came, without fields that may hold a secret (RFC 9110 section
/// 9.3.8).
OwnAnswer own_answer(const http::RequestHead& request);

}  // namespace brink::proxy
