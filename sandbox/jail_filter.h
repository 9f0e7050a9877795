#pragma once

#include <linux/filter.h>

#include <expected>
#include <span>
#include <string_view>
#include <vector>

/// Which system calls a jailed worker may make. docs/security.md explains the choices.
namespace brink::sandbox {

/// A worker's descriptors have these numbers, so that the filter can name them.
inline constexpr int kToWorkerFd = 3;  ///< eventfd that wakes this worker: read and polled
inline constexpr int kToFrontFd = 4;   ///< eventfd that wakes the front: written

#ifdef __SANITIZE_ADDRESS__
/// The sanitizers report on standard error, and start a program that finds names for addresses:
/// their builds leave the first open and refuse the second instead of ending the process.
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

/// The filter as a BPF program; an errno when libseccomp cannot make one. A system call that is on
/// no list fails with EPERM: V8, ICU and libc cope with that wherever they try one.
///
/// Takes some milliseconds: made once, in the zygote.
std::expected<std::vector<sock_filter>, int> make_jail_filter();

/// Names of the calls that end the process at once: no part of a worker makes them, so whoever does
/// has taken it over.
std::span<const std::string_view> deadly_calls();

}  // namespace brink::sandbox
