#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/base/arena.h"
#include "core/base/header_field.h"

namespace brink::proxy {

inline constexpr std::string_view kRequestIdHeader = "x-request-id";
inline constexpr std::size_t kMaxRequestId_bytes = 128;

/// Sets the field x-request-id of a request (for origin and scripts) or of a response, and returns
/// its value: `own`, or in the arena. `keep`: one that is there stays, if it is an id: 1 to 128
/// letters, digits and "-_.:+=/@". Else it is replaced by `own`.
std::string_view settle_request_id(bool keep, std::string_view own,
                                   std::vector<HeaderField>& headers, Arena& arena);

void drop_request_id(std::vector<HeaderField>& headers);

/// An id that outlives the request's arena, without an allocation.
class KeptRequestId {
 public:
  explicit KeptRequestId(std::string_view id)
      : size_(static_cast<std::uint8_t>(std::min(id.size(), kMaxRequestId_bytes))) {
    id.copy(bytes_.data(), size_);
  }
  std::string_view view() const { return {bytes_.data(), size_}; }

 private:
  std::array<char, kMaxRequestId_bytes> bytes_;  // the first size_
  std::uint8_t size_;
};

}  // namespace brink::proxy
