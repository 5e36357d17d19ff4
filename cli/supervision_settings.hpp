// supervision_settings.hpp: supervisors as a configuration declares them, before it is known which
// limits hold where it gives none.
#pragma once

#include <functional>
#include <moonwright/result.hpp>
#include <moonwright/supervision.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/limit_settings.hpp"

namespace moonwright::cli {

struct ChildSettings;

/// One [[supervisors]] table.
struct SupervisorSettings {
  SupervisorSpec spec;  ///< `children` stays empty
  std::vector<ChildSettings> children;
};

/// One of its children.
struct ChildSettings {
  ChildSpec spec;       ///< `spawn.limits` and `supervisor` stay empty
  std::string profile;  ///< that its limits begin with; empty: the defaults
  LimitSettings limits;
  std::vector<SupervisorSettings> supervisor;  ///< instead of a script; one or none
};

/// What children get their limits from.
struct LimitSources {
  Limits defaults;
  std::function<std::optional<Limits>(const std::string& profile)> find;
};

/// Errors: invalid_argument (which child, and what is wrong with it).
[[nodiscard]] Result<SupervisorSpec> resolve(const SupervisorSettings& settings,
                                             const LimitSources& sources);

}  // namespace moonwright::cli
