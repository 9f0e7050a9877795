#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace brink::load {

struct RequestHeader {
  std::string name;
  std::string value;
};

/// One kind of request of a mix. What is empty comes from the command line.
struct RequestSpec {
  std::string method;
  std::string path;
  std::vector<RequestHeader> headers;
  std::string body;
  bool has_body = false;
  double weight = 1;                  ///< its share is this over the sum of all
  std::uint16_t expected_status = 0;  ///< 0: any below 400
};

/// Reads a mix: a JSON array of objects, or one object a line (JSON Lines; empty lines are
/// skipped). Keys: method, path, headers (an object; a value may be an array), body (text, or any
/// other JSON, sent as it is written), weight, expect. Error: kUsage, "file:line: what".
Result<std::vector<RequestSpec>> parse_requests(std::string_view text, std::string_view file_name);

/// "Name: value" of the command line. Error: kUsage.
Result<RequestHeader> parse_header(std::string_view line);

/// Why the request cannot be sent; empty: it can.
std::string objection_to(const RequestSpec& request);

}  // namespace brink::load
