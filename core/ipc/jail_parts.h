#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The layers of a worker's jail, known to both sides of the channel: the worker closes them and
/// reports, the front tells people.
namespace brink::ipc {

enum class JailPart : std::uint8_t {
  kNoNewPrivileges,
  kNoCapabilities,
  kUserNamespace,
  kNetworkNamespace,
  kIpcNamespace,
  kUtsNamespace,
  kEmptyRoot,
  kLandlockFiles,
  kLandlockTcp,
  kLandlockScope,
  kDescriptors,
  kResourceLimits,
  kNotDumpable,
  kSystemCalls,
  kCount
};

inline constexpr std::size_t kJailParts = static_cast<std::size_t>(JailPart::kCount);

struct JailPartInfo {
  std::string_view name;
  std::string_view stops;  ///< what code that has taken over a worker cannot do because of it
  std::string_view needs;  ///< what of the system it takes
};

const JailPartInfo& jail_part_info(JailPart part);

/// What is in force in one worker: for each part 0, or the errno that it met. A plain value; as a
/// message it is one byte a part.
class JailReport {
 public:
  /// The report that came in a message; nullopt when it cannot be one (hostile input).
  static std::optional<JailReport> parse(std::string_view bytes);
  std::string_view bytes() const { return {errors_.data(), errors_.size()}; }

  void set(JailPart part, int error) { errors_[static_cast<std::size_t>(part)] = to_byte(error); }
  /// 0: in force.
  int error(JailPart part) const {
    return static_cast<unsigned char>(errors_[static_cast<std::size_t>(part)]);
  }
  bool complete() const;
  /// "empty root (Operation not permitted), ..." of what is not in force; empty when complete().
  std::string missing() const;

 private:
  static char to_byte(int error) { return static_cast<char>(error > 255 ? 255 : error); }

  std::array<char, kJailParts> errors_{};
};

}  // namespace brink::ipc
