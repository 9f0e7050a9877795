#include "core/http/descriptor_budget.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace brink::http {
namespace {

constexpr std::size_t kLeastReserve = 64;
// For a worker's channel, and a log that is opened again.
constexpr std::size_t kOriginReserve = 16;

}  // namespace

DescriptorBudget::DescriptorBudget(EventLoop& loop, std::size_t limit, std::size_t in_use,
                                   std::function<void(Shortage)> tell)
    : loop_(loop),
      available_(limit - std::min(limit, in_use)),
      client_reserve_(std::min(std::max(limit / 4, kLeastReserve), available_ / 2)),
      origin_reserve_(std::min(kOriginReserve, available_ / 4)),
      tell_(std::move(tell)) {}

std::size_t DescriptorBudget::count_open() {
  std::error_code error;
  const std::filesystem::directory_iterator open("/proc/self/fd", error);
  return error ? 0 : static_cast<std::size_t>(std::distance(begin(open), end(open)));
}

bool DescriptorBudget::make_room(std::size_t reserve) {
  while (loop_.open_sockets() + reserve > available_) {
    const bool closed = close_oldest_idle();
    tell_(closed ? Shortage::kIdleClosed : Shortage::kRefused);
    if (!closed) return false;
  }
  return true;
}

bool DescriptorBudget::close_oldest_idle() {
  DeadlineList* oldest = nullptr;
  for (DeadlineList* list : idle_) {
    if (list->empty()) continue;
    if (oldest == nullptr || list->first_set_ms() < oldest->first_set_ms()) oldest = list;
  }
  return oldest != nullptr && oldest->fire_first();
}

}  // namespace brink::http
