// run_order.hpp: which job runs next on one worker. Pure: no thread, no clock, no lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace moonwright::lifecycle {

/// Where a job waits. One that used up its slice waits behind those that did not.
enum class RunLevel : std::uint8_t { normal, low };

/// The order in which one worker runs its jobs: first come first served on two levels, plus a slot
/// for the job that the running one has just woken ("run next").
///
/// Why a slot: an actor that is sent a request usually has its data in this core's cache, and its
/// sender is about to wait for it. Why it is limited: two actors that keep waking each other would
/// otherwise keep the worker for ever. So the slot goes first for a bounded number of jobs in a row
/// and only within one slice; then the queues get a turn.
///
/// The slot itself is the caller's, since other workers may empty it at any time.
///
/// Thread: none of its own; the caller serialises.
template <class Job>
class RunOrder {
 public:
  /// Jobs that may come from the slot in a row.
  static constexpr std::uint32_t kRunNextMax = 64;
  /// The low level gets every so many-th turn while it has jobs.
  static constexpr std::uint32_t kLowTurn = 4;
  /// A slice, in ticks of the clock that the caller passes: one whole tick lies between two
  /// readings that differ by 2.
  static constexpr std::uint64_t kSliceTicks = 2;

  void push(Job job, RunLevel level) { (level == RunLevel::low ? low_ : normal_).push_back(job); }

  /// Whether a job in the slot goes before the queues at `tick`. Each `true` counts as one turn.
  [[nodiscard]] bool slot_goes_first(std::uint64_t tick) noexcept {
    if (empty()) return true;
    if (streak_ >= kRunNextMax || tick - slice_began_ >= kSliceTicks) return false;
    ++streak_;
    return true;
  }

  /// Takes the next job out of the queues; a new slice begins with it.
  [[nodiscard]] std::optional<Job> pop(std::uint64_t tick) {
    streak_ = 0;
    slice_began_ = tick;
    const bool low_turn = !low_.empty() && (normal_.empty() || ++since_low_ >= kLowTurn);
    std::deque<Job>& queue = low_turn ? low_ : normal_;
    if (low_turn) since_low_ = 0;
    if (queue.empty()) return std::nullopt;
    const Job job = queue.front();
    queue.pop_front();
    return job;
  }

  [[nodiscard]] bool empty() const noexcept { return normal_.empty() && low_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return normal_.size() + low_.size(); }

 private:
  std::deque<Job> normal_;
  std::deque<Job> low_;
  std::uint32_t streak_ = 0;     ///< jobs from the slot since the last one from the queues
  std::uint32_t since_low_ = 0;  ///< jobs from the normal level since the last low one
  std::uint64_t slice_began_ = 0;
};

}  // namespace moonwright::lifecycle
