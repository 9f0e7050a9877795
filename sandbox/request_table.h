#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/header_field.h"
#include "core/ipc/messages.h"
#include "sandbox/content_decoder.h"
#include "sandbox/cpu_limit.h"
#include "sandbox/realm.h"

namespace brink::sandbox {

/// What the worker knows of a request between its Request message and RequestDone.
struct RequestState {
  std::uint32_t id = 0;
  Realm* realm = nullptr;            ///< where its code runs
  std::unique_ptr<Realm> own_realm;  ///< the same, when it is for this request alone
  CpuBudget cpu;
  bool answered = false;            ///< Respond, Next or RequestFailed was sent
  bool done = false;                ///< JavaScript is through with it
  bool body_open = false;           ///< more of its body may come
  std::uint64_t refusals = 0;       ///< refused array buffers before it began
  int open_streams = 0;             ///< outgoing bodies that are not ended
  std::uint32_t log_bytes = 0;      ///< console output so far
  std::uint32_t lines_dropped = 0;  ///< of console output, over the limit
  std::vector<std::uint32_t> fetches;

  /// What came with the request: views into its frame until keep() copies them, at the end of its
  /// first turn. Most requests have ended by then.
  HeaderSpan headers;
  std::string_view client_ip;
  std::string_view whole_body;  ///< while has_whole_body
  bool has_whole_body = false;  ///< the body came along, and nobody has taken it
  void keep();

 private:
  friend class RequestTable;
  std::string bytes_;
  std::vector<HeaderField> fields_;
};

/// A subrequest, until its response body ended or its request is done.
struct FetchState {
  std::uint32_t request = 0;
  bool has_response = false;
  bool body_open = false;
  std::unique_ptr<ContentDecoder> decoder;  ///< while its body is being decoded
};

/// Requests and fetches by their ids. References stay valid until the entry is erased. Main thread,
/// as long as the worker.
class RequestTable {
 public:
  /// Nullptr: the id, or its slot (ipc::kRequestSlots), is in use already (the front never does
  /// that).
  RequestState* add(std::uint32_t id);
  RequestState* find(std::uint32_t id) {
    const std::uint32_t slot = id % ipc::kRequestSlots;
    if (slot >= slots_.size() || slots_[slot] == nullptr || slots_[slot]->id != id) return nullptr;
    return slots_[slot].get();
  }
  /// Forgets the request and its fetches.
  void erase(std::uint32_t id);
  bool empty() const { return count_ == 0; }
  std::size_t size() const { return count_; }
  template <class Visitor>
  void for_each(Visitor visit) const {
    for (const auto& request : slots_) {
      if (request != nullptr) visit(*request);
    }
  }

  std::uint32_t add_fetch(RequestState& request);
  FetchState* find_fetch(std::uint32_t id);
  void erase_fetch(std::uint32_t id) { fetches_.erase(id); }

 private:
  std::vector<std::unique_ptr<RequestState>> slots_;
  std::size_t count_ = 0;
  std::vector<std::unique_ptr<RequestState>> spare_;  // their buffers are reused
  std::unordered_map<std::uint32_t, FetchState> fetches_;
  std::uint32_t last_fetch_ = 0;
};

}  // namespace brink::sandbox
