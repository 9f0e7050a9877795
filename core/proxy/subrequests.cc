#include "core/proxy/subrequests.h"

#include <algorithm>
#include <utility>

namespace brink::proxy {
namespace {

bool refuse(supervise::Worker& worker, std::uint32_t id, ErrorCode code) {
  worker.send(id, ipc::FetchFailed{error_info(code).name, error_info(code).title});
  return false;
}

}  // namespace

bool Subrequests::start(supervise::Worker& worker, std::uint32_t id, const ipc::Fetch& fetch,
                        http::IncomingBody* client_body) {
  if (closed_) return false;
  if (++count_ > limits_.subrequests) return refuse(worker, id, ErrorCode::kSubrequestLimit);
  if (!has_room()) return refuse(worker, id, ErrorCode::kStreamLimit);
  SubrequestObserver& observer = *this;
  auto subrequest = std::make_unique<Subrequest>(worker, id, upstreams_, observer);
  Subrequest& added = *subrequest;
  if (!added.prepare(fetch, client_body)) return false;
  all_.emplace(id, std::move(subrequest));
  // The client's body does not wait: it may be gone by then. A request has only one.
  if (running_ < limits_.concurrent_subrequests || client_body != nullptr) {
    run(added);
  } else {
    waiting_.push_back(id);
  }
  return true;
}

// Those that are over are swept only when they are in the way.
bool Subrequests::has_room() {
  if (all_.size() < limits_.streams) return true;
  std::erase_if(all_, [](const auto& each) { return each.second->over(); });
  return all_.size() < limits_.streams;
}

void Subrequests::run(Subrequest& subrequest) {
  subrequest.start();
  if (!subrequest.settled()) ++running_;
}

void Subrequests::on_subrequest_settled() {
  --running_;
  while (running_ < limits_.concurrent_subrequests && !waiting_.empty()) {
    const std::uint32_t id = waiting_.front();
    waiting_.erase(waiting_.begin());
    run(*all_.at(id));
  }
}

Subrequest* Subrequests::find(std::uint32_t id) const {
  const auto found = all_.find(id);
  return found == all_.end() ? nullptr : found->second.get();
}

void Subrequests::abort(std::uint32_t id) {
  const auto found = all_.find(id);
  if (found == all_.end()) return;
  const std::unique_ptr<Subrequest> aborted = std::move(found->second);
  all_.erase(found);
  if (std::erase(waiting_, id) == 0 && !aborted->settled()) on_subrequest_settled();
}

std::unique_ptr<Subrequest> Subrequests::take(std::uint32_t id) {
  const auto found = all_.find(id);
  if (found == all_.end() || !found->second->can_pass_through()) return nullptr;
  std::unique_ptr<Subrequest> taken = std::move(found->second);
  all_.erase(found);
  taken->detach_worker();
  return taken;
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
  all_.clear();
}

}  // namespace brink::proxy
