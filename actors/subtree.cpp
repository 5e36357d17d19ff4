// subtree.cpp: see subtree.hpp.
#include "actors/subtree.hpp"

namespace moonwright::actors {
namespace {

/// Adds `more` unless the sum would exceed `most`.
template <class Number>
bool add_within(std::atomic<Number>& number, Number more, Number most) noexcept {
  Number current = number.load(std::memory_order_relaxed);
  do {
    if (current > most || more > most - current) return false;
  } while (!number.compare_exchange_weak(current, static_cast<Number>(current + more),
                                         std::memory_order_relaxed));
  return true;
}

}  // namespace

bool Subtree::take(std::uint64_t bytes) noexcept {
  if (!add_within(memory_, bytes, bounds_.memory_bytes_max)) return false;
  if (above_ == nullptr || above_->take(bytes)) return true;
  memory_.fetch_sub(bytes, std::memory_order_relaxed);
  return false;
}

void Subtree::give(std::uint64_t bytes) noexcept {
  for (Subtree* at = this; at != nullptr; at = at->above_.get()) {
    at->memory_.fetch_sub(bytes, std::memory_order_relaxed);
  }
}

bool Subtree::enter() noexcept {
  if (!add_within(actors_, 1u, bounds_.actors_max)) return false;
  if (above_ == nullptr || above_->enter()) return true;
  actors_.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

void Subtree::leave() noexcept {
  for (Subtree* at = this; at != nullptr; at = at->above_.get()) {
    at->actors_.fetch_sub(1, std::memory_order_relaxed);
  }
}

void Subtree::charge(Instant now, std::chrono::nanoseconds used) noexcept {
  const auto time = now.time_since_epoch().count();
  for (Subtree* at = this; at != nullptr; at = at->above_.get()) {
    auto full_at = at->share_full_at_.load(std::memory_order_relaxed);
    while (!at->share_full_at_.compare_exchange_weak(
        full_at, at->share_.take(full_at, time, static_cast<double>(used.count())),
        std::memory_order_relaxed)) {
    }
  }
}

bool Subtree::has_overdrawn(Instant now) const noexcept {
  const auto time = now.time_since_epoch().count();
  for (const Subtree* at = this; at != nullptr; at = at->above_.get()) {
    if (at->share_.empty(at->share_full_at_.load(std::memory_order_relaxed), time)) return true;
  }
  return false;
}

}  // namespace moonwright::actors
