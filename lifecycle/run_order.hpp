// run_order.hpp: which job runs next on one worker. Pure: no thread, no clock, no lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace moonwright::lifecycle {

/// Where a job waits. One that used up its slice waits behind those that did not, and behind it
/// those whose family has used up its share.
enum class RunLevel : std::uint8_t { normal, low, lowest };

/// The order in which one worker runs its jobs: first come first served on three levels, plus a
/// slot for the job that the running one has just woken ("run next").
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
  /// A level gets every so many-th turn while it has jobs, whatever the ones above it have.
  static constexpr std::uint32_t kLowTurn = 4;
  static constexpr std::uint32_t kLowestTurn = 8;
  /// A slice, in ticks of the clock that the caller passes: one whole tick lies between two
  /// readings that differ by 2.
  static constexpr std::uint64_t kSliceTicks = 2;

  void push(Job job, RunLevel level) { queue(level).push_back(job); }

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
    std::deque<Job>& next = queue(next_level());
    if (next.empty()) return std::nullopt;
    const Job job = next.front();
    next.pop_front();
    return job;
  }

  [[nodiscard]] bool empty() const noexcept {
    return normal_.empty() && low_.empty() && lowest_.empty();
  }
  [[nodiscard]] std::size_t size() const noexcept {
    return normal_.size() + low_.size() + lowest_.size();
  }

 private:
  [[nodiscard]] std::deque<Job>& queue(RunLevel level) noexcept {
    if (level == RunLevel::normal) return normal_;
    return level == RunLevel::low ? low_ : lowest_;
  }

  /// Whose turn it is, counting the turns that others get while a level has to wait.
  [[nodiscard]] RunLevel next_level() noexcept {
    const auto is_due = [](const std::deque<Job>& mine, bool others, std::uint32_t& waited,
                           std::uint32_t turn) {
      if (mine.empty() || (others && ++waited < turn)) return false;
      waited = 0;
      return true;
    };
    const bool above = !normal_.empty() || !low_.empty();
    if (is_due(lowest_, above, since_lowest_, kLowestTurn)) return RunLevel::lowest;
    if (is_due(low_, !normal_.empty(), since_low_, kLowTurn)) return RunLevel::low;
    return RunLevel::normal;
  }

  std::deque<Job> normal_;
  std::deque<Job> low_;
  std::deque<Job> lowest_;
  std::uint32_t streak_ = 0;        ///< jobs from the slot since the last one from the queues
  std::uint32_t since_low_ = 0;     ///< turns that jobs of the normal level got while low ones wait
  std::uint32_t since_lowest_ = 0;  ///< the same for the lowest level
  std::uint64_t slice_began_ = 0;
};

}  // namespace moonwright::lifecycle
