#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/http/deadline_list.h"
#include "core/http/resolver.h"
#include "core/loop/event_loop.h"

namespace brink::http {

/// The names that one front looks up, for all of its apps. It remembers answers for a few seconds,
/// asks for a name once however many wait for it, and shares out the few threads that ask: scripts
/// name hosts whose servers are slow or never answer, and the connections to origins must not wait
/// for those. Owned by the edge, on the loop's thread; outlives the resolvers it makes.
class NameService {
 public:
  /// Names of origins are few and come from brink.json; scripts name what they like.
  enum class Use : std::uint8_t { kOrigin, kScripts };

  /// Look-ups that run at a time; of these for scripts; and for scripts of one app.
  static constexpr std::size_t kRunning = 4;
  static constexpr std::size_t kRunningForScripts = 3;
  static constexpr std::size_t kRunningForApp = 2;
  /// Names of one app that wait for their turn; more fail at once (UV_EAI_AGAIN).
  static constexpr std::size_t kWaitingForApp = 256;
  static constexpr std::uint64_t kKeepFound_ms = 5'000;
  static constexpr std::uint64_t kKeepFailed_ms = 1'000;
  /// Whoever waits longer for an answer gets UV_ETIMEDOUT.
  static constexpr std::uint64_t kTimeout_ms = 10'000;
  /// The size of libuv's pool (UV_THREADPOOL_SIZE) with which kRunning look-ups do run: libuv gives
  /// them half of it.
  static constexpr const char* kThreads = "8";

  NameService(EventLoop& loop, std::unique_ptr<Resolver> system);
  ~NameService();
  NameService(const NameService&) = delete;
  NameService& operator=(const NameService&) = delete;

  /// For one app.
  std::unique_ptr<Resolver> resolver(Use use);

 private:
  class Asker;
  class Ticket;
  struct Name;

  std::unique_ptr<Resolver::Lookup> resolve(Asker& asker, const std::string& host,
                                            Resolver::Done done);
  void forget(const std::string& host);
  Name& find_or_make(const std::string& host);
  void enqueue(Asker& asker, Name& name);
  void run_next();
  Asker* next_asker();
  void ask(Asker& asker, Name& name);
  void answered(Name& name, int status, std::vector<sockaddr_storage> addresses);
  void leave(Asker& asker);

  EventLoop& loop_;
  const std::unique_ptr<Resolver> system_;
  DeadlineList deadlines_;
  std::unordered_map<std::string, Name> names_;
  std::list<Asker*> askers_;  // whose turn it is comes first
  std::size_t running_ = 0;
  std::size_t running_for_scripts_ = 0;
};

}  // namespace brink::http
