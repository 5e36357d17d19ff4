// exit_codes.hpp: what the command tells its caller with a number.
#pragma once

namespace moonwright::cli {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;  ///< the script failed, or its output could not be written
inline constexpr int kExitUsage = 2;   ///< wrong command line, or no such file
inline constexpr int kExitLimit = 3;   ///< a limit stopped the script

/// What a shell reports for a program that this signal ended: 130 for SIGINT, 143 for SIGTERM.
[[nodiscard]] constexpr int exit_code_of_signal(int number) noexcept { return 128 + number; }

}  // namespace moonwright::cli
