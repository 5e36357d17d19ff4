// toll.hpp: how the loops of the libraries pay the meter.
#pragma once

#include <cstddef>
#include <type_traits>

#include "runtime/meter.hpp"
#include "runtime/state.hpp"

namespace moonwright::runtime {

/// Collects the steps of a loop and pays the state's meter for them, a batch at a time, so that a
/// step costs an addition. What is left when a function returns is less than one batch.
///
/// Thread: confined to the state's. May live in functions that Lua leaves by longjmp.
class Toll {
 public:
  static constexpr std::size_t kBatch = 256;        ///< steps between two payments
  static constexpr std::size_t kBytesPerStep = 16;  ///< bytes copied or compared at once

  explicit Toll(lua_State* L) noexcept : L_(L), meter_(State::of(L).meter()) {}

  /// Raises: whatever ends the work, see Meter::spend().
  void pay(std::size_t steps) {
    due_ += steps;
    if (due_ >= kBatch) settle();
  }

  /// Pays for handling a block of `size` bytes at once.
  void pay_bytes(std::size_t size) { pay(1 + size / kBytesPerStep); }

  /// Pays what is due now, at the end.
  void settle() {
    const std::size_t steps = due_;
    due_ = 0;
    meter_.spend(L_, steps);
  }

 private:
  lua_State* const L_;
  Meter& meter_;
  std::size_t due_ = 0;
};

static_assert(std::is_trivially_destructible_v<Toll>, "Lua leaves by longjmp");

}  // namespace moonwright::runtime
