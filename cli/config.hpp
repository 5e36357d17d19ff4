// config.hpp: the file of --config, as what it changes.
#pragma once

#include <functional>
#include <map>
#include <moonwright/options.hpp>
#include <moonwright/result.hpp>
#include <optional>
#include <string>
#include <vector>

namespace moonwright::cli {

/// What a table of limits says; the rest stays as it is.
struct LimitSettings {
  std::vector<std::function<void(Limits&)>> changes;
  std::optional<bool> profile_memory;  ///< see ExecuteOptions
  std::optional<SandboxOptions> sandbox;

  void apply_to(Limits& limits) const {
    for (const auto& change : changes) change(limits);
  }
};

/// The whole file.
struct Config {
  std::vector<std::function<void(RuntimeOptions&)>> runtime;
  std::optional<SandboxOptions> sandbox;  ///< of [runtime] or [defaults]
  LimitSettings defaults;
  std::map<std::string, LimitSettings> profiles;

  /// The limits of a profile: what the file says about it, on top of a built-in one of that name,
  /// or else of the defaults. Nothing if neither has it.
  [[nodiscard]] std::optional<Limits> limits_of(const std::string& profile) const;
};

/// Reads a file of docs/configuration.md.
/// Errors: not_found, io, invalid_argument; the message begins with the file, and the line where
/// there is one.
[[nodiscard]] Result<Config> read_config(const std::string& path);

}  // namespace moonwright::cli
