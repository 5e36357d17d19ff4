// meter.hpp: what the running work of a state has used, and what makes it stop.
#pragma once

#include <cstddef>
#include <cstdint>

struct lua_State;

namespace moonwright::runtime {

/// One per State.
///
/// Thread: confined to the state's.
class Meter {
 public:
  /// Pays for `steps` of work inside a library function, a step being about what one VM instruction
  /// does: a comparison, a byte looked at by a pattern, 16 bytes copied. Every loop of a library
  /// function that a script can make long pays here, a part at a time, so that no call runs longer
  /// than kFuel steps without meeting a checkpoint.
  /// Raises: whatever ends the work. Never call it with a C++ object alive that has a destructor.
  void spend(lua_State* L, std::size_t steps) {
    fuel_ -= static_cast<std::int64_t>(steps);
    if (fuel_ < 0) checkpoint(L);
  }

  static constexpr std::int64_t kFuel = 10'000;

  /// All steps that were ever paid for.
  [[nodiscard]] std::uint64_t paid() const noexcept {
    return paid_ + static_cast<std::uint64_t>(kFuel - fuel_);
  }

 private:
  void checkpoint(lua_State* L);

  std::int64_t fuel_ = kFuel;
  std::uint64_t paid_ = 0;  ///< up to the last checkpoint
};

}  // namespace moonwright::runtime
