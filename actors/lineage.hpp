// lineage.hpp: from whom an actor descends.
#pragma once

#include <cstdint>
#include <memory>

namespace moonwright::actors {

/// A link of the chain from an actor up to the root. Immutable; made by an actor when it first
/// spawns, and shared by all that it spawns. It keeps numbers and no actors.
struct Lineage {
  std::uint64_t id = 0;  ///< of the actor
  std::shared_ptr<const Lineage> above;

  [[nodiscard]] static bool includes(const Lineage* line, std::uint64_t id) noexcept {
    for (; line != nullptr; line = line->above.get()) {
      if (line->id == id) return true;
    }
    return false;
  }
};

}  // namespace moonwright::actors
