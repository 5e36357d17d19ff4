// memory_float.hpp: what a thread that runs scripts has at hand of the memory budget.
#pragma once

#include <atomic>
#include <cstdint>

#include "actors/quota_broker.hpp"
#include "runtime/chunk_pool.hpp"
#include "runtime/memory_share.hpp"

namespace moonwright::actors {

/// Lends to the states that run on its thread without a message and without an atomic operation,
/// asks the broker when it is empty, and gives back what is too much. Messages are paid from it,
/// too.
///
/// What it has at hand also stands for the free chunks of its thread's pool, which are memory that
/// was taken from the system: a pool that holds more than that gives its chunks back. So what all
/// states and pools have taken from the system is never more than what the broker has granted,
/// between two turns.
///
/// Thread: its owner's, which runs the states. spare() any.
class MemoryFloat final : public runtime::MemoryShare {
 public:
  /// Borrows both. @param pool of the same thread.
  MemoryFloat(QuotaBroker& broker, runtime::ChunkPool& pool) noexcept;
  /// Gives everything back.
  ~MemoryFloat();
  MemoryFloat(const MemoryFloat&) = delete;
  MemoryFloat& operator=(const MemoryFloat&) = delete;

  // runtime::MemoryShare
  [[nodiscard]] runtime::MemoryGrant take(std::uint64_t least,
                                          std::uint64_t wanted) noexcept override;
  void give(std::uint64_t bytes) noexcept override { refund(bytes); }

  /// Takes exactly `bytes`; false if they are not to be had.
  [[nodiscard]] bool pay(std::uint64_t bytes) noexcept {
    const std::uint64_t spare = this->spare();
    if (bytes > spare) [[unlikely]]
      return refill(bytes, bytes) != 0;
    set_spare(spare - bytes);
    return true;
  }
  void refund(std::uint64_t bytes) noexcept {
    const std::uint64_t spare = this->spare() + bytes;
    set_spare(spare);
    if (spare > most_) [[unlikely]]
      give_back();
  }

  /// At the end of each turn. Answers whether the broker wants everybody to look around.
  bool settle() noexcept {
    if (epoch_ == broker_.epoch() && pool_.bytes() <= spare()) [[likely]]
      return false;
    return look_around();
  }
  /// Before the thread goes to sleep: what is left here nobody can have until it wakes.
  void rest() noexcept;
  /// Gives all of it back, and the chunks of the pool to where they came from.
  void empty() noexcept;

  [[nodiscard]] std::uint64_t spare() const noexcept {
    return spare_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] const QuotaBroker& broker() const noexcept { return broker_; }

 private:
  void set_spare(std::uint64_t bytes) noexcept { spare_.store(bytes, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t refill(std::uint64_t least, std::uint64_t wanted) noexcept;
  bool look_around() noexcept;
  void give_back() noexcept { keep(worth_keeping()); }
  [[nodiscard]] std::uint64_t worth_keeping() const noexcept;
  void keep(std::uint64_t bytes) noexcept;

  QuotaBroker& broker_;
  runtime::ChunkPool& pool_;
  std::atomic<std::uint64_t> spare_{0};  ///< written by the owner only
  std::uint64_t most_ = 0;               ///< more than this goes back
  std::uint32_t epoch_ = 0;              ///< of the broker, when this was last looked at
};

}  // namespace moonwright::actors
