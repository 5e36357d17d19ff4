// allocator.cpp: counting, capping, and the seed that Lua asks for while a state is made.
#include "runtime/allocator.hpp"

#include <cstdlib>
#include <lua.hpp>

namespace moonwright::runtime {

Allocator::Allocator(std::uint64_t limit_bytes, std::uint32_t seed) noexcept : seed_(seed) {
  figures_.limit = limit_bytes;
}

bool Allocator::admits(std::size_t more) noexcept {
  if (allowance_ == 0 || more > figures_.limit - figures_.used) {
    ++figures_.refusals;
    refusal_pending_ = true;
    return false;
  }
  refusal_pending_ = false;
  if (allowance_ != ~std::uint64_t{0}) --allowance_;
  return true;
}

void* Allocator::allocate(void* self, void* block, std::size_t old_size,
                          std::size_t new_size) noexcept {
  auto& allocator = *static_cast<Allocator*>(self);
  MemoryFigures& figures = allocator.figures_;
  if (block == nullptr) old_size = 0;
  if (new_size == 0) {
    std::free(block);
    figures.used -= old_size;
    return nullptr;
  }
  const bool grows = new_size > old_size;
  if (grows && !allocator.admits(new_size - old_size)) return nullptr;
  void* moved = std::realloc(block, new_size);
  // A shrinking block stays where it is if the system cannot do better: Lua relies on it.
  if (moved == nullptr) {
    if (grows) return nullptr;
    moved = block;
  }
  figures.used += new_size;
  figures.used -= old_size;
  if (figures.used > figures.peak) figures.peak = figures.used;
  return moved;
}

}  // namespace moonwright::runtime

/// Lua asks for its seed while it makes a state; the state's allocator knows it by then.
extern "C" unsigned int moonwright_lua_seed(lua_State* L) {
  void* self = nullptr;
  static_cast<void>(lua_getallocf(L, &self));
  return static_cast<moonwright::runtime::Allocator*>(self)->seed();
}
