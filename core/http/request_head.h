#pragma once

#include <string>

#include "core/base/result.h"
#include "core/http/head.h"
#include "core/http/message_parser.h"

namespace brink::http {

/// Judges a parsed head by RFC 9112 sections 2, 3, 5 and 6 where llhttp does not, and fills `out`
/// with views into `raw`. `target_storage` keeps a target that had to be put together. Error: the
/// code that the client gets.
Result<void> read_request_head(const RawHead& raw, std::string& target_storage, RequestHead& out);

/// True for host, host:port, [v6] and [v6]:port of bytes that a host may have.
bool valid_host(std::string_view host);

}  // namespace brink::http
