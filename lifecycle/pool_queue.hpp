// pool_queue.hpp: the requests that wait for a state of a pool. Pure: no clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "lifecycle/instant.hpp"

namespace moonwright::lifecycle {

/// First come, first served; bounded in number and in time. All requests may wait equally long, so
/// that the oldest is also the first whose time is over.
template <class Request>
class WaitingLine {
 public:
  struct Entry {
    Request request;
    Instant since;
  };

  WaitingLine(std::size_t max, Instant::duration timeout) noexcept : max_(max), timeout_(timeout) {}

  [[nodiscard]] bool full() const noexcept { return entries_.size() >= max_; }
  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

  /// Requires: not full().
  void push(Request request, Instant now) { entries_.push_back({std::move(request), now}); }
  /// At the front, as if it had never left: for one that was taken in vain.
  void put_back(Entry entry) { entries_.push_front(std::move(entry)); }
  /// The oldest. Requires: not empty().
  [[nodiscard]] Entry pop() {
    Entry entry = std::move(entries_.front());
    entries_.pop_front();
    return entry;
  }
  /// The first that `is_it` says yes to, wherever it stands; empty if there is none.
  template <class IsIt>
  [[nodiscard]] std::optional<Entry> take_out(const IsIt& is_it) {
    for (auto at = entries_.begin(); at != entries_.end(); ++at) {
      if (!is_it(at->request)) continue;
      Entry entry = std::move(*at);
      entries_.erase(at);
      return entry;
    }
    return std::nullopt;
  }
  /// One whose time is over; empty if there is none left.
  [[nodiscard]] std::optional<Entry> pop_overdue(Instant now) {
    if (entries_.empty() || now - entries_.front().since < timeout_) return std::nullopt;
    return pop();
  }
  /// When the oldest came; kNever if there is none.
  [[nodiscard]] Instant oldest() const noexcept {
    return entries_.empty() ? kNever : entries_.front().since;
  }
  /// When the time of the oldest is over; kNever if there is none.
  [[nodiscard]] Instant next_overdue() const noexcept {
    return entries_.empty() ? kNever : entries_.front().since + timeout_;
  }

 private:
  std::size_t max_;
  Instant::duration timeout_;
  std::deque<Entry> entries_;
};

}  // namespace moonwright::lifecycle
