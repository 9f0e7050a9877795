#include "core/http/name_service.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/loop/timer.h"
#include "tests/unit/http/test_peer.h"

namespace brink::http::test {
namespace {

using Use = NameService::Use;

/// Answers when the test says so.
class SlowResolver final : public Resolver {
 public:
  struct Question final : Lookup {
    Question(SlowResolver& slow, std::string name, Done answer)
        : resolver(slow), host(std::move(name)), done(std::move(answer)) {
      resolver.open.push_back(this);
    }
    ~Question() override { std::erase(resolver.open, this); }
    SlowResolver& resolver;
    const std::string host;
    Done done;
  };

  std::unique_ptr<Lookup> resolve(const std::string& host, Done done) override {
    asked.push_back(host);
    return std::make_unique<Question>(*this, host, std::move(done));
  }
  /// The first that is open, with one address or a failure.
  void answer(int status = 0) { answer(*open.front(), status); }
  static void answer(Question& question, int status) {
    const Done done = std::move(question.done);
    std::vector<sockaddr_storage> addresses(status == 0 ? 1 : 0);
    done(status, std::move(addresses));  // destroys the question
  }

  std::vector<Question*> open;
  std::vector<std::string> asked;
};

class NameServiceTest : public ::testing::Test {
 protected:
  std::unique_ptr<Resolver::Lookup> ask(Resolver& app, const std::string& host) {
    return app.resolve(host, [this, host](int status, const std::vector<sockaddr_storage>& found) {
      answers[host].push_back(found.empty() && status == 0 ? -1 : status);
    });
  }

  EventLoop loop;
  SlowResolver* const slow = new SlowResolver;
  NameService names{loop, std::unique_ptr<Resolver>(slow)};
  std::unique_ptr<Resolver> origins = names.resolver(Use::kOrigin);
  std::unique_ptr<Resolver> first = names.resolver(Use::kScripts);
  std::unique_ptr<Resolver> second = names.resolver(Use::kScripts);
  std::map<std::string, std::vector<int>> answers;
  std::vector<std::unique_ptr<Resolver::Lookup>> lookups;
};

TEST_F(NameServiceTest, AsksOnceHoweverManyWaitAndRemembersTheAnswer) {
  for (int i = 0; i < 3; ++i) lookups.push_back(ask(*first, "a.test"));
  lookups.push_back(ask(*second, "a.test"));
  EXPECT_EQ(slow->asked.size(), 1u);
  slow->answer();
  ASSERT_TRUE(run_until(loop, [&] { return answers["a.test"].size() == 4; }));
  lookups.push_back(ask(*first, "a.test"));
  EXPECT_EQ(answers["a.test"].size(), 4u) << "never before resolve() returns";
  ASSERT_TRUE(run_until(loop, [&] { return answers["a.test"].size() == 5; }));
  EXPECT_EQ(slow->asked.size(), 1u);
  first->forget("a.test");
  lookups.push_back(ask(*first, "a.test"));
  EXPECT_EQ(slow->asked.size(), 2u);
}

TEST_F(NameServiceTest, AFailureIsRememberedForLess) {
  lookups.push_back(ask(*first, "none.test"));
  slow->answer(UV_EAI_NONAME);
  ASSERT_TRUE(run_until(loop, [&] { return answers["none.test"].size() == 1; }));
  lookups.push_back(ask(*first, "none.test"));
  EXPECT_EQ(slow->asked.size(), 1u);
  bool later = false;
  Timer timer(loop, [&] { later = true; });
  timer.start(NameService::kKeepFailed_ms + 50);
  ASSERT_TRUE(run_until(loop, [&] { return later; }));
  EXPECT_EQ(answers["none.test"], (std::vector<int>{UV_EAI_NONAME, UV_EAI_NONAME}));
  lookups.push_back(ask(*first, "none.test"));
  EXPECT_EQ(slow->asked.size(), 2u);
}

TEST_F(NameServiceTest, SlowNamesOfScriptsDoNotKeepAnOriginWaiting) {
  for (int i = 0; i < 50; ++i) {
    lookups.push_back(ask(*first, "slow" + std::to_string(i)));
    lookups.push_back(ask(*second, "slower" + std::to_string(i)));
  }
  EXPECT_EQ(slow->open.size(), NameService::kRunningForScripts);
  lookups.push_back(ask(*origins, "origin.test"));
  ASSERT_EQ(slow->open.size(), NameService::kRunning);
  EXPECT_EQ(slow->asked.back(), "origin.test");
  // One that waits in a script's queue overtakes it, too.
  SlowResolver::answer(*slow->open.back(), 0);
  lookups.push_back(ask(*origins, "slow49"));
  EXPECT_EQ(slow->asked.back(), "slow49");
}

TEST_F(NameServiceTest, AnAppHasItsShareOnly) {
  for (int i = 0; i < 10; ++i) lookups.push_back(ask(*first, "a" + std::to_string(i)));
  EXPECT_EQ(slow->open.size(), NameService::kRunningForApp);
  lookups.push_back(ask(*second, "b"));
  EXPECT_EQ(slow->asked.back(), "b");
  for (std::size_t i = 10; i < 2 * NameService::kWaitingForApp; ++i)
    lookups.push_back(ask(*first, "a" + std::to_string(i)));
  run_turns(loop);
  EXPECT_EQ(answers["a511"], std::vector<int>{UV_EAI_AGAIN});
  EXPECT_TRUE(answers["a9"].empty());
}

TEST_F(NameServiceTest, NamesThatNobodyWaitsForAnyMoreAreNotAskedFor) {
  for (int i = 0; i < 5; ++i) lookups.push_back(ask(*first, "a" + std::to_string(i)));
  lookups.resize(2);
  lookups.push_back(ask(*first, "last"));
  slow->answer();
  EXPECT_EQ(slow->asked.back(), "last");
  EXPECT_EQ(slow->asked.size(), 3u);
}

}  // namespace
}  // namespace brink::http::test
