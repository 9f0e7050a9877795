#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

/// Pieces of the front's hot path that are measured by themselves: by time in front_bench.cc, by
/// instructions in count_main.cc.
namespace brink::bench {

/// One piece, with all it needs standing ready as it does in a front that has served requests
/// before. One thread; a process may hold several.
class Path {
 public:
  virtual ~Path() = default;
  /// Once through it, as for one request. Ends the process when the outcome is not the right one.
  virtual void run() = 0;
};

struct PathInfo {
  std::string_view name;  ///< "request-head"
  std::unique_ptr<Path> (*make)();
  int iterations;  ///< that are counted, so that each takes a few seconds under callgrind
};

// By file.
std::span<const PathInfo> head_paths();
std::span<const PathInfo> message_paths();
std::span<const PathInfo> matcher_paths();
std::span<const PathInfo> exchange_paths();

inline std::vector<PathInfo> all_paths() {
  std::vector<PathInfo> all;
  for (const auto paths : {head_paths(), message_paths(), matcher_paths(), exchange_paths()})
    all.insert(all.end(), paths.begin(), paths.end());
  return all;
}

/// Ends the process with the message unless `good`: a path that went wrong has no figure.
void require(bool good, std::string_view what);

/// Makes the compiler believe that the object is looked at here.
template <class T>
void keep(const T& value) {
  asm volatile("" : : "r"(&value) : "memory");
}

}  // namespace brink::bench
