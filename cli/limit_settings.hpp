// limit_settings.hpp: what a table of limits in a configuration changes.
#pragma once

#include <functional>
#include <moonwright/limits.hpp>
#include <moonwright/sandbox.hpp>
#include <optional>
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

}  // namespace moonwright::cli
