#pragma once

#include <linux/filter.h>

#include <vector>

#include "core/ipc/descriptors.h"
#include "core/ipc/jail_parts.h"

namespace brink::sandbox {

/// What keeps native code that took over a worker from reaching anything but the channel to the
/// front. Three steps, so that each is as early, and as cheap for a worker's start, as it can be:
///
/// 1. prepare(), once, in the zygote: what its workers inherit, and the filter's program.
/// 2. confine(), in a worker whose isolate is up and that has one thread: files, network, rights.
///    Threads made from then on inherit it.
/// 3. close(), when the last thread is made and before any byte of an app is there: descriptors,
///    limits and, for all threads, the system calls.
///
/// What the kernel refuses is left out and reported: the front decides whether to go on. Main
/// thread; belongs to main().
class Jail {
 public:
  static Jail prepare();
  Jail& confine();
  void close();

  /// What confine() makes the root; the worker keeps it open until then. Empty: there is none.
  ipc::Fd& empty_root() { return empty_root_; }
  /// Complete after close().
  const ipc::JailReport& report() const { return report_; }

 private:
  Jail() = default;
  void enter_namespaces();
  void make_empty_root();
  void compile_filter();

  ipc::JailReport report_;
  ipc::Fd empty_root_;
  std::vector<sock_filter> filter_;
};

}  // namespace brink::sandbox
