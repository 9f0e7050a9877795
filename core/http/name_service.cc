#include "core/http/name_service.h"

#include <algorithm>
#include <utility>

#include "core/loop/turn_task.h"

namespace brink::http {
namespace {
constexpr std::size_t kMaxNames = 1'024;
}  // namespace

/// What is known of a name, or who waits for it.
struct NameService::Name final : Deadline {
  Name(NameService& names, std::string text) : service(names), host(std::move(text)) {}

  bool known(std::uint64_t now_ms) const { return answer_ms != 0 && now_ms < answer_ms + keep_ms; }
  /// Nobody asks for it and nobody waits.
  bool at_rest() const { return lookup == nullptr && queue == nullptr && waiting.empty(); }
  void tell(int with_status);
  void on_deadline() override { tell(UV_ETIMEDOUT); }

  NameService& service;
  const std::string host;
  std::vector<Ticket*> waiting;
  Asker* queue = nullptr;  // it waits for its turn there
  std::unique_ptr<Resolver::Lookup> lookup;
  int status = 0;
  std::vector<sockaddr_storage> addresses;
  std::uint64_t answer_ms = 0;  // 0: none yet
  std::uint64_t keep_ms = 0;
};

/// One app's share, for one use.
class NameService::Asker final : public Resolver {
 public:
  Asker(NameService& service, Use asked_for) : service_(service), use(asked_for) {}
  ~Asker() override { service_.leave(*this); }

  std::unique_ptr<Lookup> resolve(const std::string& host, Done done) override {
    return service_.resolve(*this, host, std::move(done));
  }
  void forget(const std::string& host) override { service_.forget(host); }

 private:
  NameService& service_;

 public:
  const Use use;
  std::deque<Name*> waiting;
  std::size_t running = 0;
};

/// One who waits.
class NameService::Ticket final : public Resolver::Lookup, private TurnTask {
 public:
  Ticket(EventLoop& loop, Name* name, Resolver::Done done)
      : TurnTask(loop), name_(name), done_(std::move(done)) {}
  ~Ticket() override {
    if (name_ != nullptr) std::erase(name_->waiting, this);
  }

  /// The answer is there: tells it in the turn's deferred work.
  void settle(int status, const std::vector<sockaddr_storage>& addresses) {
    name_ = nullptr;
    status_ = status;
    addresses_ = addresses;
    schedule();
  }

 private:
  void run_turn_task() override {
    const Resolver::Done done = std::move(done_);  // may destroy this
    done(status_, std::move(addresses_));
  }

  Name* name_;  // nullptr: the answer is there
  Resolver::Done done_;
  int status_ = 0;
  std::vector<sockaddr_storage> addresses_;
};

void NameService::Name::tell(int with_status) {
  for (Ticket* ticket : std::exchange(waiting, {})) ticket->settle(with_status, addresses);
}

NameService::NameService(EventLoop& loop, std::unique_ptr<Resolver> system)
    : loop_(loop), system_(std::move(system)), deadlines_(loop, kTimeout_ms) {}

NameService::~NameService() = default;

std::unique_ptr<Resolver> NameService::resolver(Use use) {
  auto asker = std::make_unique<Asker>(*this, use);
  askers_.push_back(asker.get());
  return asker;
}

std::unique_ptr<Resolver::Lookup> NameService::resolve(Asker& asker, const std::string& host,
                                                       Resolver::Done done) {
  Name& name = find_or_make(host);
  auto ticket = std::make_unique<Ticket>(loop_, &name, std::move(done));
  if (name.known(loop_.now_ms())) {
    ticket->settle(name.status, name.addresses);
    return ticket;
  }
  // An origin's name does not stand in a queue of scripts.
  const bool overtakes = name.queue != nullptr && asker.use == Use::kOrigin;
  if (overtakes) std::erase(std::exchange(name.queue, nullptr)->waiting, &name);
  const bool is_new = name.lookup == nullptr && name.queue == nullptr;
  if (is_new && asker.waiting.size() >= kWaitingForApp) {
    ticket->settle(UV_EAI_AGAIN, {});
    return ticket;
  }
  name.waiting.push_back(ticket.get());
  if (!name.has_deadline_in(deadlines_)) name.set_deadline(deadlines_);
  if (is_new) enqueue(asker, name);
  return ticket;
}

void NameService::forget(const std::string& host) {
  const auto found = names_.find(host);
  if (found != names_.end()) found->second.answer_ms = 0;
}

NameService::Name& NameService::find_or_make(const std::string& host) {
  if (names_.size() >= kMaxNames && !names_.contains(host))
    std::erase_if(names_, [](const auto& each) { return each.second.at_rest(); });
  return names_.try_emplace(host, *this, host).first->second;
}

void NameService::enqueue(Asker& asker, Name& name) {
  name.queue = &asker;
  name.answer_ms = 0;
  name.addresses.clear();
  asker.waiting.push_back(&name);
  run_next();
}

void NameService::run_next() {
  while (Asker* asker = next_asker()) {
    Name& name = *asker->waiting.front();
    asker->waiting.pop_front();
    name.queue = nullptr;
    if (!name.waiting.empty()) ask(*asker, name);  // else those who wanted it have given up
  }
}

// Origins first; of the others those who have waited longest.
NameService::Asker* NameService::next_asker() {
  if (running_ >= kRunning) return nullptr;
  const auto may_ask = [this](const Asker* asker) {
    if (asker->waiting.empty()) return false;
    return asker->use == Use::kOrigin ||
           (running_for_scripts_ < kRunningForScripts && asker->running < kRunningForApp);
  };
  auto found = std::ranges::find_if(
      askers_, [&](const Asker* asker) { return asker->use == Use::kOrigin && may_ask(asker); });
  if (found == askers_.end()) found = std::ranges::find_if(askers_, may_ask);
  if (found == askers_.end()) return nullptr;
  askers_.splice(askers_.end(), askers_, found);
  return askers_.back();
}

void NameService::ask(Asker& asker, Name& name) {
  ++running_;
  ++asker.running;
  const bool for_scripts = asker.use == Use::kScripts;
  if (for_scripts) ++running_for_scripts_;
  name.lookup = system_->resolve(
      name.host,
      [this, &asker, &name, for_scripts](int status, std::vector<sockaddr_storage> addresses) {
        --running_;
        if (for_scripts) --running_for_scripts_;
        if (std::ranges::find(askers_, &asker) != askers_.end()) --asker.running;
        answered(name, status, std::move(addresses));
        run_next();
      });
}

void NameService::answered(Name& name, int status, std::vector<sockaddr_storage> addresses) {
  name.lookup.reset();
  name.clear_deadline();
  name.status = status;
  name.addresses = std::move(addresses);
  name.answer_ms = loop_.now_ms();
  name.keep_ms = status == 0 && !name.addresses.empty() ? kKeepFound_ms : kKeepFailed_ms;
  name.tell(status);
}

// Its look-ups that run go on: their answers are remembered.
void NameService::leave(Asker& asker) {
  for (Name* name : asker.waiting) {
    name->queue = nullptr;
    name->tell(UV_ECANCELED);
  }
  askers_.remove(&asker);
}

}  // namespace brink::http
