// config.hpp: the file of --config, as what it changes.
#pragma once

#include <functional>
#include <map>
#include <moonwright/options.hpp>
#include <moonwright/result.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/limit_settings.hpp"
#include "cli/supervision_settings.hpp"

namespace moonwright::cli {

/// The whole file.
struct Config {
  std::vector<std::function<void(RuntimeOptions&)>> runtime;
  std::optional<SandboxOptions> sandbox;  ///< of [runtime] or [defaults]
  LimitSettings defaults;
  std::map<std::string, LimitSettings> profiles;
  std::vector<SupervisorSettings> supervisors;

  /// The limits of a profile: what the file says about it, on top of a built-in one of that name,
  /// or else of the defaults. Nothing if neither has it.
  [[nodiscard]] std::optional<Limits> limits_of(const std::string& profile) const;
};

/// Reads a file of docs/configuration.md.
/// Errors: not_found, io, invalid_argument; the message begins with the file, and the line where
/// there is one.
[[nodiscard]] Result<Config> read_config(const std::string& path);

}  // namespace moonwright::cli
