// eventually.hpp: waiting for what has to come true, without knowing when.
#pragma once

#include <chrono>
#include <thread>

namespace moonwright::tests {

/// After this time something counts as hung. No passing test waits that long.
inline constexpr std::chrono::seconds kPatience{60};

/// Waits until `condition()` holds; answers false if that takes longer than anybody would wait.
template <class Condition>
[[nodiscard]] bool eventually(Condition condition) {
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
  return true;
}

}  // namespace moonwright::tests
