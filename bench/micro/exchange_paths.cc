// Whole exchanges: a client's bytes in, the answer's bytes out, with sockets, the loop, the
// worker's channel and the access log in between. Origin and worker are other processes, so that
// only what the front does is counted.
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "bench/micro/path.h"
#include "bench/micro/samples.h"
#include "core/proxy/edge.h"

namespace brink::bench {
namespace {

constexpr std::size_t kBody_bytes = 1024;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

/// A process that gives every request the same answer, one connection after the other. Ends with
/// this one.
class Origin {
 public:
  Origin() {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    require(::bind(listener, generic, size) == 0 && ::listen(listener, 4) == 0 &&
                ::getsockname(listener, generic, &size) == 0,
            "a port for the origin");
    port_ = ntohs(address.sin_port);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      for (;;) serve(::accept(listener, nullptr, nullptr));
    }
    require(pid_ > 0, "a process for the origin");
    ::close(listener);
  }
  ~Origin() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Origin(const Origin&) = delete;
  Origin& operator=(const Origin&) = delete;

  std::uint16_t port() const { return port_; }

 private:
  static void serve(int connection) {
    const std::string answer = std::string(kOriginHead) + std::string(kBody_bytes, 'x');
    std::string received;
    char bytes[16 * 1024];
    for (;;) {
      const ssize_t got = ::recv(connection, bytes, sizeof bytes, 0);
      if (got <= 0) break;
      received.append(bytes, static_cast<std::size_t>(got));
      if (!received.ends_with("\r\n\r\n")) continue;
      received.clear();
      if (::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) break;
    }
    ::close(connection);
  }

  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
};

/// A folder with a middleware, for the front to find; scripted_worker.cc never reads it.
class AppFolder {
 public:
  AppFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "brink-micro-XXXXXX").string();
    require(::mkdtemp(name.data()) != nullptr, "a folder for the app");
    path_ = name;
    std::ofstream(path_ + "/middleware.js") << "export function middleware() {}\n";
  }
  ~AppFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  AppFolder(const AppFolder&) = delete;
  AppFolder& operator=(const AppFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// The front as `brink serve` makes it, with its origin and, when it has scripts, one worker.
class RunningEdge {
 public:
  explicit RunningEdge(bool with_scripts) : log_(LogLevel::kError) {
    Config config;
    config.listen = "127.0.0.1:0";
    config.origin = {.host = "127.0.0.1",
                     .port = origin_.port(),
                     .authority = "127.0.0.1:" + std::to_string(origin_.port())};
    config.min_workers = 1;
    config.name = "shop";
    proxy::EdgeOptions options{.front = config, .apps = {}, .worker_executable = {}};
    AppFiles files;
    if (with_scripts) {
      auto found = scan_app(folder_.path());
      require(found.has_value(), "the app's folder");
      files = std::move(*found);
      options.worker_executable = BRINK_SCRIPTED_WORKER;
    }
    options.apps.push_back({.config = config, .files = std::move(files)});
    auto access_log = AccessLog::open("/dev/null");
    require(access_log.has_value(), "the access log");
    access_log_ = std::move(*access_log);
    auto edge = proxy::Edge::create(loop_, std::move(options), log_, *access_log_);
    require(edge.has_value(), "an edge");
    edge_ = std::move(*edge);
    bool loaded = false;
    edge_->load([&loaded](const Result<proxy::LoadedApp>& app) {
      require(app.has_value(), app ? "" : app.error().message);
      loaded = true;
    });
    while (!loaded) loop_.run_once();
    require(edge_->listen().has_value(), "a port to listen on");
  }
  ~RunningEdge() {
    bool drained = false;
    edge_->drain([&drained] { drained = true; });
    while (!drained) loop_.run_once();
  }
  RunningEdge(const RunningEdge&) = delete;
  RunningEdge& operator=(const RunningEdge&) = delete;

  EventLoop& loop() { return loop_; }
  std::uint16_t port() const {
    const std::string address = edge_->address();
    std::uint16_t port = 0;
    std::from_chars(address.data() + address.rfind(':') + 1, address.data() + address.size(), port);
    return port;
  }

 private:
  Origin origin_;
  AppFolder folder_;
  Log log_;
  EventLoop loop_;
  std::unique_ptr<AccessLog> access_log_;
  std::unique_ptr<proxy::Edge> edge_;
};

class ExchangePath : public Path {
 public:
  ~ExchangePath() override { ::close(client_); }

  void run() final {
    require(::send(client_, request_.data(), request_.size(), MSG_NOSIGNAL) ==
                static_cast<ssize_t>(request_.size()),
            "a client that can send");
    std::size_t received = 0;
    char bytes[16 * 1024];
    // As the front answers in one piece, each turn of its loop may be the one that did.
    for (;;) {
      edge_.loop().run_once();
      const ssize_t got = ::recv(client_, bytes + received, sizeof bytes - received, MSG_DONTWAIT);
      if (got < 0 && errno == EAGAIN) continue;
      require(got > 0, "an open connection");
      received += static_cast<std::size_t>(got);
      if (std::string_view(bytes, received).ends_with(answer_end_)) break;
    }
    require(std::string_view(bytes, received).starts_with("HTTP/1.1 200"), "status 200");
  }

 protected:
  /// `path` says what scripted_worker.cc answers; `answer_end` is how the client knows the last
  /// byte.
  ExchangePath(bool with_scripts, std::string_view path, std::string answer_end)
      : edge_(with_scripts), request_(kBrowserRequest), answer_end_(std::move(answer_end)) {
    const std::size_t target = request_.find(' ') + 1;
    request_.replace(target, request_.find(' ', target) - target, path);
    client_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(edge_.port());
    require(::connect(client_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
            "a client's connection");
  }

 private:
  RunningEdge edge_;
  std::string request_;
  const std::string answer_end_;
  int client_ = -1;
};

/// No matcher: to the origin and back.
struct ProxyPath final : ExchangePath {
  ProxyPath() : ExchangePath(false, "/page.html", std::string(kBody_bytes, 'x')) {}
};
/// The script answers.
struct RespondPath final : ExchangePath {
  RespondPath() : ExchangePath(true, "/respond", R"("path":"/api/hello"})") {}
};
/// The script says "go on", with other headers both ways.
struct NextPath final : ExchangePath {
  NextPath() : ExchangePath(true, "/next", std::string(kBody_bytes, 'x')) {}
};

template <class T>
std::unique_ptr<Path> make() {
  return std::make_unique<T>();
}

}  // namespace

std::span<const PathInfo> exchange_paths() {
  static constexpr PathInfo kPaths[] = {
      {"exchange-proxy", make<ProxyPath>, 500},
      {"exchange-respond", make<RespondPath>, 500},
      {"exchange-next", make<NextPath>, 500},
  };
  return kPaths;
}

}  // namespace brink::bench
