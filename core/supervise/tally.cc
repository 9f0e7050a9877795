#include "core/supervise/tally.h"

#include <utility>

namespace brink::supervise {
namespace {
constexpr std::uint64_t kEvery_ms = 1000;
}  // namespace

Tally::Tally(EventLoop& loop, std::function<void(std::uint64_t)> tell)
    : tell_(std::move(tell)), timer_(loop, [this] { this->tell(); }) {
  timer_.set_background(true);
}

Tally::~Tally() {
  if (count_ != 0) tell();
}

void Tally::add(std::uint64_t count) {
  if (count == 0) return;
  count_ += count;
  if (!timer_.active()) timer_.start(kEvery_ms);
}

void Tally::tell() { tell_(std::exchange(count_, 0)); }

}  // namespace brink::supervise
