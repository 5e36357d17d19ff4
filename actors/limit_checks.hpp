// limit_checks.hpp: whether options make sense, and whether a spawner may give them.
#pragma once

#include <optional>

#include "actors/spawn_spec.hpp"
#include "moonwright/options.hpp"

namespace moonwright::actors {

/// What is wrong with a value, with its name and what is allowed; nothing if it is fine.
[[nodiscard]] std::optional<Error> problem_with(const Limits& limits);
[[nodiscard]] std::optional<Error> problem_with(const MailboxLimits& mailbox);
[[nodiscard]] std::optional<Error> problem_with(const SpawnPlan& plan);
/// All but what can only be found out by trying: the log, the script root.
[[nodiscard]] std::optional<Error> problem_with(const RuntimeOptions& options);

/// Lowers what a child gets by default to what its spawner has.
void bound_by(const SpawnPlan& spawner, SpawnPlan& child);
/// What a spawner asked for beyond what it has itself. A mailbox is compared with the larger of its
/// own and the default: the two are not used for the same thing.
[[nodiscard]] std::optional<Error> excess_of(const SpawnPlan& child, const SpawnPlan& spawner);

}  // namespace moonwright::actors
