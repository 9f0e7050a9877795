#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/header_field.h"
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

  /// The request's headers, as received. Copied out of the frame: most scripts read few, late.
  void keep_headers(HeaderSpan headers);
  template <class Visitor>
  void for_each_header(Visitor visit) const {
    const char* at = header_bytes_.data();
    for (const HeaderSizes& sizes : header_sizes_) {
      visit(std::string_view(at, sizes.name), std::string_view(at + sizes.name, sizes.value));
      at += sizes.name + sizes.value;
    }
  }
  std::size_t header_count() const { return header_sizes_.size(); }

 private:
  friend class RequestTable;
  struct HeaderSizes {
    std::uint32_t name;
    std::uint32_t value;
  };
  std::string header_bytes_;
  std::vector<HeaderSizes> header_sizes_;
};

/// A subrequest, until its response body ended or its request is done.
struct FetchState {
  std::uint32_t request = 0;
  bool has_response = false;
  bool body_open = false;
};

/// Requests and fetches by their ids. References stay valid until the entry is erased. Main thread,
/// as long as the worker.
class RequestTable {
 public:
  /// Nullptr: the id is in use already (the front never does that).
  RequestState* add(std::uint32_t id);
  RequestState* find(std::uint32_t id);
  /// Forgets the request and its fetches.
  void erase(std::uint32_t id);
  bool empty() const { return requests_.empty(); }
  template <class Visitor>
  void for_each(Visitor visit) const {
    for (const auto& [id, request] : requests_) visit(*request);
  }

  std::uint32_t add_fetch(RequestState& request);
  FetchState* find_fetch(std::uint32_t id);
  void erase_fetch(std::uint32_t id) { fetches_.erase(id); }

 private:
  std::unordered_map<std::uint32_t, std::unique_ptr<RequestState>> requests_;
  std::vector<std::unique_ptr<RequestState>> spare_;  // their buffers are reused
  std::unordered_map<std::uint32_t, FetchState> fetches_;
  std::uint32_t last_fetch_ = 0;
};

}  // namespace brink::sandbox
