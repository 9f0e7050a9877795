#include "sandbox/request_table.h"

namespace brink::sandbox {
namespace {
constexpr std::size_t kSpares = 64;
constexpr std::size_t kLargestSpare_bytes = 16 * 1024;
}  // namespace

void RequestState::keep() {
  std::size_t size = client_ip.size() + whole_body.size();
  for (const HeaderField& field : headers) size += field.name.size() + field.value.size();
  bytes_.clear();
  bytes_.reserve(size);  // nothing moves from here on
  const auto copy = [this](std::string_view text) {
    const std::size_t begin = bytes_.size();
    bytes_.append(text);
    return std::string_view(bytes_).substr(begin);
  };
  fields_.clear();
  fields_.reserve(headers.size());
  for (const HeaderField& field : headers) fields_.push_back({copy(field.name), copy(field.value)});
  headers = fields_;
  client_ip = copy(client_ip);
  whole_body = copy(whole_body);
}

RequestState* RequestTable::add(std::uint32_t id) {
  const std::uint32_t slot = id % ipc::kRequestSlots;
  if (slot >= slots_.size()) slots_.resize(slot + 1);
  std::unique_ptr<RequestState>& place = slots_[slot];
  if (place != nullptr) return nullptr;
  if (spare_.empty()) {
    place = std::make_unique<RequestState>();
  } else {
    place = std::move(spare_.back());
    spare_.pop_back();
  }
  place->id = id;
  ++count_;
  return place.get();
}

void RequestTable::erase(std::uint32_t id) {
  if (find(id) == nullptr) return;
  std::unique_ptr<RequestState> state = std::move(slots_[id % ipc::kRequestSlots]);
  --count_;
  for (const std::uint32_t fetch : state->fetches) fetches_.erase(fetch);
  if (spare_.size() >= kSpares || state->bytes_.capacity() > kLargestSpare_bytes) return;
  std::string bytes = std::move(state->bytes_);
  std::vector<HeaderField> fields = std::move(state->fields_);
  *state = RequestState{};
  state->bytes_ = std::move(bytes);
  state->fields_ = std::move(fields);
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
