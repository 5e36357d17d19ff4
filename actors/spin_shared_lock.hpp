// spin_shared_lock.hpp: a lock for what is held for some nanoseconds, and seldom at all.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

namespace moonwright::actors {

/// For std::shared_lock and std::unique_lock. Whoever has to wait lets others have the processor:
/// nobody may keep it for longer than it takes to copy some numbers.
///
/// Thread: any.
class SpinSharedLock {
 public:
  void lock_shared() noexcept {
    while ((state_.fetch_add(1, std::memory_order_acquire) & kExclusive) != 0) {
      unlock_shared();
      std::this_thread::yield();
    }
  }
  void unlock_shared() noexcept { state_.fetch_sub(1, std::memory_order_release); }

  /// Requires: only one thread at a time calls this.
  void lock() noexcept {
    state_.fetch_or(kExclusive, std::memory_order_acquire);
    while (state_.load(std::memory_order_acquire) != kExclusive) std::this_thread::yield();
  }
  void unlock() noexcept { state_.fetch_and(~kExclusive, std::memory_order_release); }

 private:
  static constexpr std::uint32_t kExclusive = std::uint32_t{1} << 31;
  std::atomic<std::uint32_t> state_{0};  ///< how many look, and kExclusive if somebody changes
};

}  // namespace moonwright::actors
