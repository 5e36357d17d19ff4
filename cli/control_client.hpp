// control_client.hpp: asks a program that runs, at its control socket.
#pragma once

#include <moonwright/result.hpp>
#include <string>

namespace moonwright::cli {

/// Sends one request and answers the line that comes back, without its end. Waits at most 15 s.
/// Errors: invalid_argument (the path), not_found (no such socket), denied, io (nobody listens, or
/// what listens is no runtime), timeout.
[[nodiscard]] Result<std::string> ask_program(const std::string& path, const std::string& request);

}  // namespace moonwright::cli
