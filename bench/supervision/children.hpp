// children.hpp: what it costs to look after many actors, and how soon a crashed one runs again.
#pragma once

#include "support/figures.hpp"

namespace moonwright::bench {

/// `count` children under one supervisor: "children_started_per_s", then all of them killed and
/// back, "children_restarted_per_s"; "supervision_bytes_per_child" is the difference to as many
/// actors that nobody supervises, by the resident size of a process of its own each.
[[nodiscard]] Figures run_children(int count);

/// Microseconds from the message that crashes an actor to the first line of its next life, of
/// `count` crashes: "crash_to_running_us", the median, and "crash_to_running_us_p99".
[[nodiscard]] Figures run_crashes(int count);

}  // namespace moonwright::bench
