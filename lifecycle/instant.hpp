// instant.hpp: points in time, which come from whoever asks for a decision.
#pragma once

#include <chrono>

namespace moonwright::lifecycle {

using Instant = std::chrono::steady_clock::time_point;
inline constexpr Instant kNever = Instant::max();

}  // namespace moonwright::lifecycle
