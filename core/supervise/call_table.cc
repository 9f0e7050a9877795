#include "core/supervise/call_table.h"

#include <algorithm>
#include <utility>

namespace brink::supervise {
namespace {

/// When memory is short, a part of them goes at a time: the worker has to collect what they leave.
constexpr std::size_t kPartForMemory = 8;
constexpr std::size_t kLeastForMemory = 8;
constexpr std::uint64_t kSpared_ms = 1000;
constexpr std::uint64_t kForMemoryEvery_ms = 200;

}  // namespace

std::uint32_t CallTable::next_id() {
  if (free_.empty()) {
    slots_.push_back({.id = static_cast<std::uint32_t>(slots_.size())});
    free_.push_back(static_cast<std::uint16_t>(slots_.size() - 1));
  }
  Slot& slot = slots_[free_.back()];
  slot.id += kMaxCalls;  // the next generation; wraps after a million uses of one slot
  if (slot.id < kMaxCalls) slot.id += kMaxCalls;
  return slot.id;
}

void CallTable::add(std::uint32_t id, ScriptCall& call, std::uint64_t now_ms) {
  Slot& slot = slots_[id % kMaxCalls];
  free_.pop_back();
  slot.call = &call;
  slot.leaving = false;
  slot.started_ms = now_ms;
  ++size_;
}

void CallTable::remove(std::uint32_t id) {
  Slot& slot = slots_[id % kMaxCalls];
  slot.call = nullptr;
  if (slot.leaving) --leaving_;
  free_.push_back(static_cast<std::uint16_t>(id % kMaxCalls));
  --size_;
}

ScriptCall* CallTable::find(std::uint32_t id) const {
  const std::uint32_t index = id % kMaxCalls;
  if (index >= slots_.size() || slots_[index].id != id) return nullptr;
  return slots_[index].call;
}

void CallTable::clear(const std::function<void(std::uint32_t, ScriptCall&)>& each) {
  leaving_ = 0;
  for (std::size_t i = 0; size_ != 0 && i < slots_.size(); ++i) {
    if (slots_[i].call == nullptr) continue;
    ScriptCall* call = std::exchange(slots_[i].call, nullptr);
    --size_;
    each(slots_[i].id, *call);
  }
}

CallTable::GaveWay CallTable::make_room(std::uint64_t now_ms, bool short_of_memory) {
  GaveWay gave;
  if (staying() > kCrowded) {
    gave.background = drop_oldest(ScriptCall::Claim::kBackground, staying() - kCrowded, now_ms);
  }
  if (staying() > kNearlyFull) {
    gave.silent = drop_oldest(ScriptCall::Claim::kSilent, staying() - kNearlyFull, now_ms);
  }
  if (short_of_memory && size_ != 0 && now_ms >= next_for_memory_ms_ && now_ms > kSpared_ms) {
    next_for_memory_ms_ = now_ms + kForMemoryEvery_ms;
    const std::size_t count = std::max(staying() / kPartForMemory, kLeastForMemory);
    gave.background += drop_oldest(ScriptCall::Claim::kBackground, count, now_ms - kSpared_ms);
  }
  return gave;
}

std::size_t CallTable::drop_oldest(ScriptCall::Claim claim, std::size_t count,
                                   std::uint64_t before_ms) {
  std::vector<Slot*> found;
  for (Slot& slot : slots_) {
    if (slot.call != nullptr && !slot.leaving && slot.started_ms <= before_ms &&
        slot.call->claim() == claim) {
      found.push_back(&slot);
    }
  }
  count = std::min(count, found.size());
  const auto last = found.begin() + static_cast<std::ptrdiff_t>(count);
  if (last != found.end()) std::ranges::nth_element(found, last, {}, &Slot::started_ms);
  for (auto each = found.begin(); each != last; ++each) {
    (*each)->leaving = true;
    ++leaving_;
    (*each)->call->give_way();
  }
  return count;
}

}  // namespace brink::supervise
