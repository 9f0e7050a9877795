#include "core/supervise/cells.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <csignal>

#include "core/loop/timer.h"

namespace brink::supervise {
namespace {

constexpr std::size_t kCells = 2;

/// What master and cells of a test both see.
struct Shared {
  std::atomic<int> starts[kCells];
  std::atomic<int> drained;
  std::atomic<int> reopened;
};

class CellsTest : public ::testing::Test {
 protected:
  CellsTest()
      : shared_(new (::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0)) Shared()) {}
  ~CellsTest() override { ::munmap(shared_, sizeof(Shared)); }

  Result<int> run(std::function<int(Cell&)> cell, std::function<void()> serving) {
    auto sockets = http::bind_sockets("127.0.0.1:0", kCells);
    if (!sockets) return std::unexpected(sockets.error());
    Cells cells({.sockets = *std::move(sockets),
                 .run =
                     [&, cell = std::move(cell)](Cell& self) {
                       ++shared_->starts[self.number() - 1];
                       return cell(self);
                     },
                 .serving = std::move(serving)},
                log_);
    return cells.run();
  }

  // A cell that does what it should.
  int serve(Cell& cell) {
    EventLoop loop;
    Timer late(loop, [] { ::_exit(99); });
    late.start(20'000);
    const auto obeys = cell.obey(loop, {.drain = [&] { ++shared_->drained, loop.stop(); },
                                        .reopen_logs =
                                            [&] {
                                              if (++shared_->reopened == kCells)
                                                ::kill(::getppid(), SIGTERM);
                                            }});
    if (!obeys) return 98;
    cell.listening();
    loop.run();
    return 0;
  }

  Log log_{LogLevel::kError};
  Shared* const shared_;
};

TEST_F(CellsTest, AllServeUntilSigterm) {
  int told = 0;
  const Result<int> code =
      run([this](Cell& cell) { return serve(cell); }, [&] { ++told, std::raise(SIGTERM); });
  ASSERT_TRUE(code) << code.error().message;
  EXPECT_EQ(*code, 0);
  EXPECT_EQ(told, 1);
  EXPECT_EQ(shared_->starts[0], 1);
  EXPECT_EQ(shared_->starts[1], 1);
  EXPECT_EQ(shared_->drained, 2);
}

TEST_F(CellsTest, SighupReachesCellsAsACommand) {
  const Result<int> code =
      run([this](Cell& cell) { return serve(cell); }, [] { std::raise(SIGHUP); });
  ASSERT_TRUE(code) << code.error().message;
  EXPECT_EQ(*code, 0);
  EXPECT_EQ(shared_->reopened, 2);
  EXPECT_EQ(shared_->drained, 2);
}

TEST_F(CellsTest, CellsIgnoreTheSignalsThatAreTheMasters) {
  const Result<int> code = run(
      [this](Cell& cell) {
        for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) std::raise(number);
        return serve(cell);
      },
      [] { std::raise(SIGINT); });
  ASSERT_TRUE(code) << code.error().message;
  EXPECT_EQ(*code, 0);
  EXPECT_EQ(shared_->drained, 2);
}

TEST_F(CellsTest, TheFirstCellsFailureIsTheResultAndStartsNoOther) {
  bool told = false;
  const Result<int> code = run([](Cell&) { return 7; }, [&] { told = true; });
  ASSERT_TRUE(code) << code.error().message;
  EXPECT_EQ(*code, 7);
  EXPECT_FALSE(told);
  EXPECT_EQ(shared_->starts[0], 1);
  EXPECT_EQ(shared_->starts[1], 0);
}

TEST_F(CellsTest, ACellThatDiesIsReplacedAndTheOtherGoesOn) {
  const Result<int> code = run(
      [this](Cell& cell) {
        if (cell.number() == 2 && shared_->starts[1] == 1) {
          cell.listening();
          std::raise(SIGKILL);
        }
        if (cell.number() == 2) ::kill(::getppid(), SIGTERM);
        return serve(cell);
      },
      [] {});
  ASSERT_TRUE(code) << code.error().message;
  EXPECT_EQ(*code, 0);
  EXPECT_EQ(shared_->starts[0], 1);
  EXPECT_EQ(shared_->starts[1], 2);
  EXPECT_EQ(shared_->drained, 2);
}

TEST_F(CellsTest, ACellThatFailsToStartKeepsTheOtherFromNothing) {
  int told = 0;
  const Result<int> code = run(
      [this](Cell& cell) {
        return cell.number() == 2 && shared_->starts[1] == 1 ? 5 : serve(cell);
      },
      [&] { ++told, std::raise(SIGTERM); });
  ASSERT_TRUE(code) << code.error().message;
  EXPECT_EQ(*code, 0);
  EXPECT_EQ(told, 1);
  EXPECT_EQ(shared_->starts[1], 2);
  EXPECT_EQ(shared_->drained, 2);
}

TEST_F(CellsTest, ASecondSignalEndsThemAtOnce) {
  const Result<int> code = run(
      [](Cell& cell) {
        cell.listening();
        for (;;) ::pause();
        return 0;
      },
      [] { std::raise(SIGTERM), std::raise(SIGINT); });
  ASSERT_TRUE(code) << code.error().message;
  EXPECT_EQ(*code, 1);
}

}  // namespace
}  // namespace brink::supervise
