// restart_rule.hpp: which ends of a child lead to a restart.
#pragma once

#include <cstdint>

#include "moonwright/supervision.hpp"

namespace moonwright::lifecycle {

enum class EndKind : std::uint8_t { normal, stopped, failed };

[[nodiscard]] constexpr bool is_restarted(Restart restart, EndKind end) noexcept {
  return restart == Restart::permanent || (restart == Restart::transient && end == EndKind::failed);
}

}  // namespace moonwright::lifecycle
