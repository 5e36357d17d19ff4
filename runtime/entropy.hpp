// entropy.hpp: random bytes of the operating system.
#pragma once

#include <cstddef>

namespace moonwright::runtime {

/// Fills `size` bytes, at most 256, at `out`. Where the system has none to give, which it has from
/// early on in its start, they come from the clock and are merely not always the same.
/// Any thread. Never raises.
void fill_random(void* out, std::size_t size) noexcept;

}  // namespace moonwright::runtime
