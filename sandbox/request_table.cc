#include "sandbox/request_table.h"

namespace brink::sandbox {
namespace {
constexpr std::size_t kSpares = 64;
constexpr std::size_t kLargestSpare_bytes = 16 * 1024;
}  // namespace

void RequestState::keep_headers(HeaderSpan headers) {
  for (const HeaderField& field : headers) {
    header_bytes_.append(field.name).append(field.value);
    header_sizes_.push_back({static_cast<std::uint32_t>(field.name.size()),
                             static_cast<std::uint32_t>(field.value.size())});
  }
}

RequestState* RequestTable::add(std::uint32_t id) {
  const auto [place, added] = requests_.try_emplace(id);
  if (!added) return nullptr;
  if (spare_.empty()) {
    place->second = std::make_unique<RequestState>();
  } else {
    place->second = std::move(spare_.back());
    spare_.pop_back();
  }
  place->second->id = id;
  return place->second.get();
}

RequestState* RequestTable::find(std::uint32_t id) {
  const auto found = requests_.find(id);
  return found == requests_.end() ? nullptr : found->second.get();
}

void RequestTable::erase(std::uint32_t id) {
  const auto found = requests_.find(id);
  if (found == requests_.end()) return;
  std::unique_ptr<RequestState> state = std::move(found->second);
  requests_.erase(found);
  for (const std::uint32_t fetch : state->fetches) fetches_.erase(fetch);
  if (spare_.size() >= kSpares || state->header_bytes_.capacity() > kLargestSpare_bytes) return;
  std::string bytes = std::move(state->header_bytes_);
  std::vector<RequestState::HeaderSizes> sizes = std::move(state->header_sizes_);
  bytes.clear();
  sizes.clear();
  *state = RequestState{};
  state->header_bytes_ = std::move(bytes);
  state->header_sizes_ = std::move(sizes);
  spare_.push_back(std::move(state));
}

std::uint32_t RequestTable::add_fetch(RequestState& request) {
  const std::uint32_t id = ++last_fetch_;
  fetches_.emplace(id, FetchState{.request = request.id});
  request.fetches.push_back(id);
  return id;
}

FetchState* RequestTable::find_fetch(std::uint32_t id) {
  const auto found = fetches_.find(id);
  return found == fetches_.end() ? nullptr : &found->second;
}

}  // namespace brink::sandbox
