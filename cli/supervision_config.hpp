// supervision_config.hpp: the keys of [[supervisors]] in a configuration file.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/config_values.hpp"
#include "cli/supervision_settings.hpp"

namespace moonwright::cli {

/// What reading supervisors needs of whoever reads the rest of the file.
struct ConfigContext {
  /// An error with the file and the line.
  std::function<tl::unexpected<Error>(const toml::source_region& where, const std::string& text)>
      refuse;
  /// A table of limits under its full name.
  std::function<Result<LimitSettings>(const std::string& title, const toml::key& where,
                                      const toml::node& node)>
      read_limits;
};

/// Reads the value of `supervisors`. Errors: those that `context` makes.
[[nodiscard]] Result<std::vector<SupervisorSettings>> read_supervisors(
    const toml::key& where, const toml::node& node, const ConfigContext& context);

}  // namespace moonwright::cli
