#include "core/proxy/request_id.h"

#include "core/http/head.h"

namespace brink::proxy {
namespace {

bool is_request_id(const HeaderField& field) {
  return http::equals_ignore_case(field.name, kRequestIdHeader);
}

bool is_usable(std::string_view id) {
  const auto allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("-_.:+=/@").contains(c);
  };
  return !id.empty() && id.size() <= kMaxRequestId_bytes && std::ranges::all_of(id, allowed);
}

}  // namespace

std::string_view settle_request_id(bool keep, std::string_view own,
                                   std::vector<HeaderField>& headers, Arena& arena) {
  std::string_view id = own;
  const auto sent = std::ranges::find_if(headers, is_request_id);
  if (sent != headers.end()) {
    const bool alone = std::ranges::count_if(headers, is_request_id) == 1;
    if (keep && alone && is_usable(sent->value)) id = arena.copy(sent->value);
    std::erase_if(headers, is_request_id);
  }
  headers.push_back({kRequestIdHeader, id});
  return id;
}

void drop_request_id(std::vector<HeaderField>& headers) { std::erase_if(headers, is_request_id); }

}  // namespace brink::proxy
