// preemption.hpp: the ways to interrupt a script, for tests that try all of them.
#pragma once

#include <array>
#include <moonwright/options.hpp>

namespace moonwright::tests {

inline constexpr std::array kPreemptionModes{Preemption::signal, Preemption::count_hook};

}  // namespace moonwright::tests
