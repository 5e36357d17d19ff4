// memory.hpp: the memory that this process uses.
#pragma once

namespace moonwright::bench {

/// The resident size (VmRSS), in bytes; 0 where there is no /proc.
[[nodiscard]] double resident_bytes();

}  // namespace moonwright::bench
