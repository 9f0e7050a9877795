#include "core/ipc/jail_parts.h"

#include <algorithm>
#include <cstring>

namespace brink::ipc {
namespace {

// clang-format off
constexpr std::array<JailPartInfo, kJailParts> kParts = {{
    {"no new privileges", "gain rights from set-user-id programs", "Linux 3.5"},
    {"no capabilities", "use any right of root's", "nothing"},
    {"user namespace", "own anything outside", "user namespaces that brink's user may make"},
    {"network namespace", "see any network interface", "a user namespace, or root"},
    {"IPC namespace", "reach shared memory and queues of others", "a user namespace, or root"},
    {"UTS namespace", "change the host's name", "a user namespace, or root"},
    {"empty root", "name any file, also where Landlock is missing", "a mount namespace and Linux 5.2"},
    {"Landlock: files", "open, make or remove any file", "Linux 5.13 with Landlock"},
    {"Landlock: TCP", "connect or listen", "Linux 6.7 with Landlock"},
    {"Landlock: scope", "signal others, or connect to abstract sockets", "Linux 6.12 with Landlock"},
    {"descriptors", "use anything open but the channel to the front", "Linux 5.9"},
    {"resource limits", "open anything, start processes, write files or core dumps", "nothing"},
    {"not dumpable", "be read by other processes of the same user", "nothing"},
    {"system calls", "make a system call that JavaScript does not need", "Linux 4.14 with seccomp filters"},
}};
// clang-format on

constexpr JailPart part_at(std::size_t index) { return static_cast<JailPart>(index); }

}  // namespace

const JailPartInfo& jail_part_info(JailPart part) {
  return kParts.at(static_cast<std::size_t>(part));
}

std::optional<JailReport> JailReport::parse(std::string_view bytes) {
  if (bytes.size() != kJailParts) return std::nullopt;
  JailReport report;
  std::ranges::copy(bytes, report.errors_.begin());
  return report;
}

bool JailReport::complete() const {
  return std::ranges::all_of(errors_, [](char error) { return error == 0; });
}

std::string JailReport::missing() const {
  std::string text;
  for (std::size_t i = 0; i < kJailParts; ++i) {
    if (errors_[i] == 0) continue;
    if (!text.empty()) text += ", ";
    text.append(kParts[i].name).append(" (").append(std::strerror(error(part_at(i)))).append(")");
  }
  return text;
}

}  // namespace brink::ipc
