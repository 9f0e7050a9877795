#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "bench/load/request_file.h"

namespace brink::load {

/// A request as it goes over the wire, made once and sent again and again.
struct PreparedRequest {
  std::string bytes;
  bool is_head = false;               ///< its answer has no body
  std::uint16_t expected_status = 0;  ///< 0: any below 400
};

/// What the command line says for all requests.
struct RequestDefaults {
  std::string host_header;
  std::string path;
  std::string method;  ///< empty: POST with a body, else GET
  std::vector<RequestHeader> headers;
  std::string body;
  bool has_body = false;
  bool keep_alive = true;
  std::uint16_t expected_status = 0;
};

/// The requests of a run and how often each is sent. Each loop has a copy; one thread.
class RequestMix {
 public:
  /// At least one spec. The same seed picks the same requests.
  RequestMix(const std::vector<RequestSpec>& specs, const RequestDefaults& defaults,
             std::uint64_t seed);

  /// Points into the mix, which must not be moved from then on.
  const PreparedRequest& next();

  const std::vector<PreparedRequest>& requests() const { return requests_; }

 private:
  std::vector<PreparedRequest> requests_;
  std::vector<double> cumulative_weights_;
  std::mt19937_64 random_;
};

/// The bytes of one request. A header of the request stands for all defaults of that name.
PreparedRequest prepare(const RequestSpec& spec, const RequestDefaults& defaults);

}  // namespace brink::load
