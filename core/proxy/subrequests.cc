#include "core/proxy/subrequests.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace brink::proxy {
namespace {

bool refuse(supervise::Worker& worker, std::uint32_t id, ErrorCode code,
            std::string_view why = {}) {
  const ErrorInfo& info = error_info(code);
  worker.send(id, ipc::FetchFailed{info.name, why.empty() ? info.title : why});
  return false;
}

}  // namespace

bool Subrequests::start(supervise::Worker& worker, std::uint32_t id, const ipc::Fetch& fetch,
                        const FetchTargets& targets, http::SharedBody passed_on) {
  if (closed_) return false;
  if (++count_ > limits_.subrequests) return refuse(worker, id, ErrorCode::kSubrequestLimit);
  if (!has_room()) return refuse(worker, id, ErrorCode::kStreamLimit);
  if (fetch.body.kind == ipc::BodyKind::kPassThrough && passed_on == nullptr) {
    return refuse(worker, id, ErrorCode::kFetchBody,
                  "the body to pass on is gone: it was read or passed on before, or its request is "
                  "over");
  }
  SubrequestObserver& observer = *this;
  auto subrequest = std::make_shared<Subrequest>(worker, id, targets, observer);
  Subrequest& added = *subrequest;
  // A body that is passed on does not wait: it may be gone by then. A body has only one taker.
  const bool at_once = passed_on != nullptr;
  if (!added.prepare(fetch, std::move(passed_on))) return false;
  all_.emplace(id, std::move(subrequest));
  if (running_ < limits_.concurrent_subrequests || at_once) {
    run(added);
  } else {
    waiting_.push_back(id);
  }
  return true;
}

// Those that are over are swept only when they are in the way.
bool Subrequests::has_room() {
  if (all_.size() < limits_.streams) return true;
  std::erase_if(all_, [](const auto& each) {
    if (!each.second->over()) return false;
    each.second->detach_worker();
    return true;
  });
  return all_.size() < limits_.streams;
}

void Subrequests::run(Subrequest& subrequest) {
  subrequest.start();
  if (!subrequest.settled()) ++running_;
}

void Subrequests::on_subrequest_settled() {
  --running_;
  run_waiting();
}

void Subrequests::run_waiting() {
  while (running_ < limits_.concurrent_subrequests && !waiting_.empty()) {
    const std::uint32_t id = waiting_.front();
    waiting_.erase(waiting_.begin());
    if (Subrequest* const next = find(id)) run(*next);
  }
}

Subrequest* Subrequests::find(std::uint32_t id) const {
  const auto found = all_.find(id);
  return found == all_.end() ? nullptr : found->second.get();
}

void Subrequests::abort(std::uint32_t id) {
  const auto found = all_.find(id);
  if (found == all_.end()) return;
  const std::shared_ptr<Subrequest> aborted = std::move(found->second);
  all_.erase(found);
  const bool running = std::erase(waiting_, id) == 0 && !aborted->settled();
  aborted->detach_worker();
  if (running) on_subrequest_settled();
}

http::SharedBody Subrequests::take_body(std::uint32_t id) {
  const auto found = all_.find(id);
  return found == all_.end() ? nullptr : found->second->take_body();
}

void Subrequests::detach_worker() {
  waiting_.clear();
  for (auto& [id, subrequest] : all_) subrequest->detach_worker();
}

void Subrequests::close() {
  closed_ = true;
  waiting_.clear();
}

void Subrequests::clear() {
  waiting_.clear();
  for (auto& [id, subrequest] : std::exchange(all_, {})) subrequest->detach_worker();
}

}  // namespace brink::proxy
