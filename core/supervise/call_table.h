#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "core/ipc/messages.h"
#include "core/supervise/script_call.h"

namespace brink::supervise {

/// The calls that run in one worker, by the ids that it knows them by, and which of them give way
/// when there are too many. Ids are a slot and a generation: the same id comes again only after a
/// million calls in its slot. Part of a Worker, on the loop's thread.
class CallTable {
 public:
  static constexpr std::size_t kMaxCalls = ipc::kRequestSlots;
  /// From so many on, calls that nobody waits for give way.
  static constexpr std::size_t kCrowded = kMaxCalls * 3 / 4;
  /// And from so many on, answers that have fallen silent.
  static constexpr std::size_t kNearlyFull = kMaxCalls * 15 / 16;

  std::size_t size() const { return size_; }
  bool full() const { return size_ == kMaxCalls; }
  bool crowded() const { return size_ > kCrowded; }

  /// The id of the next call. Not when full().
  std::uint32_t next_id();
  /// Takes the call under the id that next_id() has just given.
  void add(std::uint32_t id, ScriptCall& call, std::uint64_t now_ms);
  void remove(std::uint32_t id);
  /// nullptr: none of this table has this id.
  ScriptCall* find(std::uint32_t id) const;
  /// Takes each call out and hands it over.
  void clear(const std::function<void(std::uint32_t id, ScriptCall& call)>& each);

  struct GaveWay {
    std::size_t background = 0;
    std::size_t silent = 0;
  };
  /// Drops the oldest of those calls that others have a better claim than, as far as there are too
  /// many. `short_of_memory`: also when there are not, but only what has run for a second.
  GaveWay make_room(std::uint64_t now_ms, bool short_of_memory);

 private:
  struct Slot {
    std::uint32_t id = 0;
    bool leaving = false;  // it was told to give way
    ScriptCall* call = nullptr;
    std::uint64_t started_ms = 0;
  };
  std::size_t drop_oldest(ScriptCall::Claim claim, std::size_t count, std::uint64_t before_ms);
  std::size_t staying() const { return size_ - leaving_; }

  std::vector<Slot> slots_;
  std::vector<std::uint16_t> free_;
  std::size_t size_ = 0;
  std::size_t leaving_ = 0;
  std::uint64_t next_for_memory_ms_ = 0;
};

}  // namespace brink::supervise
