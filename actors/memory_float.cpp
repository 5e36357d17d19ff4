// memory_float.cpp: see memory_float.hpp.
#include "actors/memory_float.hpp"

#include <algorithm>

namespace moonwright::actors {

using runtime::MemoryGrant;

MemoryFloat::MemoryFloat(QuotaBroker& broker, runtime::ChunkPool& pool) noexcept
    : broker_(broker), pool_(pool), epoch_(broker.epoch() - 1) {
  look_around();
}

MemoryFloat::~MemoryFloat() { empty(); }

MemoryGrant MemoryFloat::take(std::uint64_t least, std::uint64_t wanted) noexcept {
  wanted = lifecycle::leased_ahead(least, wanted, broker_.tight());
  std::uint64_t spare = this->spare();
  if (wanted <= spare) {
    set_spare(spare - wanted);
    return {wanted, {}};
  }
  const std::uint64_t taken = refill(least, wanted);
  return {taken, runtime::MemoryRefusal::quota};
}

/// Takes from `least` to `wanted` bytes, of which the broker has to bring some; 0: it has too
/// little.
std::uint64_t MemoryFloat::refill(std::uint64_t least, std::uint64_t wanted) noexcept {
  std::uint64_t spare = this->spare();
  const std::uint64_t missing = least > spare ? least - spare : 0;
  const std::uint64_t target = broker_.float_target();
  const MemoryGrant grant = broker_.ask(missing, wanted - spare + target);
  spare += grant.bytes;
  const std::uint64_t taken = spare >= least ? std::min(spare, wanted) : 0;
  set_spare(spare - taken);
  return taken;
}

/// Its usual size, or what stands for the pool: that is worth its place, within bounds.
std::uint64_t MemoryFloat::worth_keeping() const noexcept {
  return std::max(broker_.float_target(), std::min(pool_.bytes(), broker_.pool_max()));
}

/// Gives back what is more than `bytes`, and has the pool stay within it.
void MemoryFloat::keep(std::uint64_t bytes) noexcept {
  pool_.trim(bytes);
  const std::uint64_t spare = this->spare();
  if (spare > bytes) {
    set_spare(bytes);
    broker_.give(spare - bytes);
  }
  most_ = 2 * worth_keeping();
}

bool MemoryFloat::look_around() noexcept {
  const std::uint32_t epoch = broker_.epoch();
  const bool is_news = epoch != epoch_;
  epoch_ = epoch;
  if (is_news) give_back();
  const std::uint64_t kept = pool_.bytes();
  if (kept > spare()) {
    // What the pool has must be somebody's: this thread's, if it can.
    if (!broker_.tight()) {
      const MemoryGrant grant = broker_.ask(0, kept - spare());
      set_spare(spare() + grant.bytes);
    }
    pool_.trim(spare());
  }
  return is_news;
}

void MemoryFloat::rest() noexcept {
  const std::uint64_t target = broker_.resting_target();
  if (spare() > target) keep(target);
}

void MemoryFloat::empty() noexcept { keep(0); }

}  // namespace moonwright::actors
