#include "core/http/resolver.h"

#include <netdb.h>
#include <uv.h>

#include <cstring>
#include <utility>

#include "core/loop/turn_task.h"

namespace brink::http {
namespace {

class SystemLookup final : public Resolver::Lookup, private TurnTask {
 public:
  SystemLookup(EventLoop& loop, Resolver::Done done) : TurnTask(loop), done_(std::move(done)) {}

  ~SystemLookup() override {
    if (call_ == nullptr) return;
    call_->lookup = nullptr;
    uv_cancel(reinterpret_cast<uv_req_t*>(&call_->request));
  }

  void start(uv_loop_t* loop, const std::string& host) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    call_ = new Call{.request = {}, .lookup = this};
    call_->request.data = call_;
    failed_ = uv_getaddrinfo(loop, &call_->request, on_answer, host.c_str(), nullptr, &hints);
    if (failed_ == 0) return;
    // A name that is too long or not valid.
    delete std::exchange(call_, nullptr);
    schedule();
  }

 private:
  // libuv needs its request until the callback, which comes after a cancel, too.
  struct Call {
    uv_getaddrinfo_t request;
    SystemLookup* lookup;
  };

  static void on_answer(uv_getaddrinfo_t* request, int status, addrinfo* found) {
    const std::unique_ptr<Call> call(static_cast<Call*>(request->data));
    std::vector<sockaddr_storage> addresses;
    for (const addrinfo* entry = found; status == 0 && entry != nullptr; entry = entry->ai_next)
      std::memcpy(&addresses.emplace_back(), entry->ai_addr, entry->ai_addrlen);
    uv_freeaddrinfo(found);
    if (call->lookup == nullptr) return;
    call->lookup->call_ = nullptr;
    call->lookup->finish(status, std::move(addresses));
  }

  void run_turn_task() override { finish(failed_, {}); }

  void finish(int status, std::vector<sockaddr_storage> addresses) {
    const Resolver::Done done = std::move(done_);  // may destroy this
    done(status, std::move(addresses));
  }

  Resolver::Done done_;
  Call* call_ = nullptr;
  int failed_ = 0;
};

class SystemResolver final : public Resolver {
 public:
  explicit SystemResolver(EventLoop& loop) : loop_(loop) {}

  std::unique_ptr<Lookup> resolve(const std::string& host, Done done) override {
    auto lookup = std::make_unique<SystemLookup>(loop_, std::move(done));
    lookup->start(loop_.raw(), host);
    return lookup;
  }

 private:
  EventLoop& loop_;
};

}  // namespace

std::unique_ptr<Resolver> Resolver::system(EventLoop& loop) {
  return std::make_unique<SystemResolver>(loop);
}

}  // namespace brink::http
