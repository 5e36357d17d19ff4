// subtree.cpp: see subtree.hpp.
#include "actors/subtree.hpp"

#include <utility>

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

Subtree::Subtree(std::shared_ptr<QuotaBroker> broker, std::shared_ptr<Subtree> above,
                 const Bounds& bounds, std::shared_ptr<QuotaShare> share,
                 std::uint64_t held) noexcept
    : broker_(std::move(broker)),
      above_(std::move(above)),
      around_(std::move(share)),
      bounds_(bounds),
      memory_(broker_->open_share(
          above_ == nullptr ? QuotaShare::number_of(around_.get()) : above_->memory_,
          bounds.memory_bytes_max, 0, held)),
      share_(kTimeOfShare / bounds.workers, kBurst) {}

Subtree::~Subtree() { broker_->close_share(memory_); }

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
