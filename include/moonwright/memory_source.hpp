// memory_source.hpp: where the memory of Lua states comes from, if not from malloc.
#pragma once

#include <cstddef>

namespace moonwright {

/// What the host may give to a runtime in place of malloc: a region of its own, a counter, a bound
/// on all scripts together. States ask it for chunks of 4 KiB to 1 MiB, for larger ones once they
/// are large themselves, and for every block above 1 KiB that a script needs; never for small
/// blocks one by one.
///
/// Thread: any, several at once. Must neither throw nor call back into the runtime.
/// Must outlive every runtime and state that it was given to.
class MemorySource {
 public:
  MemorySource() = default;
  MemorySource(const MemorySource&) = delete;
  MemorySource& operator=(const MemorySource&) = delete;
  virtual ~MemorySource() = default;

  /// `size` bytes, > 0, aligned to 16, with any content; null refuses. A refusal is what reaching
  /// the memory limit is: the state collects its garbage, asks once more, and if that is refused
  /// too the script has a memory error.
  [[nodiscard]] virtual void* allocate(std::size_t size) noexcept = 0;

  /// Makes `block`, which has `old_size` bytes, `new_size` bytes long, > 0, in place or elsewhere;
  /// keeps what fits of its content. Null refuses: `block` then stays as it was. May refuse to
  /// shrink too.
  [[nodiscard]] virtual void* reallocate(void* block, std::size_t old_size,
                                         std::size_t new_size) noexcept = 0;

  /// Takes back `block` with the size that it was last given.
  virtual void deallocate(void* block, std::size_t size) noexcept = 0;
};

}  // namespace moonwright
