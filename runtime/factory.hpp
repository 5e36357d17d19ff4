// factory.hpp: what the state of a pool runs, besides its script, before it is ready.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "moonwright/pool.hpp"
#include "runtime/code.hpp"

namespace moonwright::runtime {

/// A state with a factory is kept although its script returns no behaviour: it waits for something
/// to execute. Shared by all states that are made alike; const.
struct Factory {
  std::shared_ptr<const Code> preload;  ///< requires modules; null: there are none
  std::shared_ptr<const Code> warm_up;  ///< after the script; null: there is none
  std::uint32_t repeat = 1;             ///< of `warm_up`
  bool collect = false;                 ///< all garbage, when everything has run
  PoolReuse reuse{};
};

/// Where a state is on its way. An error there says so.
enum class FactoryPhase : std::uint8_t { preload, script, warm_up, ready };

/// "preload", "script", "warm_up", "".
[[nodiscard]] constexpr std::string_view to_string(FactoryPhase phase) noexcept {
  constexpr std::string_view kNames[] = {"preload", "script", "warm_up", ""};
  return kNames[static_cast<std::size_t>(phase)];
}

}  // namespace moonwright::runtime
