// subtree.hpp: what a restricted or strict actor and all that it has spawned may use together.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "actors/clock.hpp"
#include "actors/quota_share.hpp"
#include "lifecycle/token_bucket.hpp"

namespace moonwright::actors {

/// The budgets of one actor's descendants, and of the actor itself as far as memory and processor
/// time go. They are also part of what the actor's own spawner has: subtrees nest.
///
/// Made when an actor below `none` spawns for the first time; who spawns nobody pays nothing.
///
/// What its memory is used for is in the books of the broker, as a share; who asks for it asks the
/// broker, a little ahead.
///
/// Thread: any. Every other figure is one atomic number, and what is taken from several of them is
/// given back if one refuses.
class Subtree final : public runtime::MemoryShare {
 public:
  struct Bounds {
    std::uint64_t memory_bytes_max = 0;
    std::uint32_t actors_max = 0;
    std::uint32_t workers = 1;
  };

  /// @param above that of the spawner; null if that is trusted, or the host.
  /// @param share the one that its first actor is a part of, if it has none above; null: none.
  /// @param held what of the memory of the one above was taken for it before it was made.
  Subtree(std::shared_ptr<QuotaBroker> broker, std::shared_ptr<Subtree> above, const Bounds& bounds,
          std::shared_ptr<QuotaShare> share = nullptr, std::uint64_t held = 0) noexcept;
  /// Closes the share, once nobody who is a part of it is left.
  ~Subtree();
  Subtree(const Subtree&) = delete;
  Subtree& operator=(const Subtree&) = delete;

  // runtime::MemoryShare
  [[nodiscard]] runtime::MemoryGrant take(std::uint64_t least,
                                          std::uint64_t wanted) noexcept override {
    return broker_->take(memory_, least, wanted);
  }
  void give(std::uint64_t bytes) noexcept override { broker_->put(memory_, bytes); }
  void went_short() noexcept override { broker_->went_short(memory_); }
  [[nodiscard]] QuotaBroker::Share memory_share() const noexcept { return memory_; }

  /// Takes the place of one live actor; false if there is none.
  [[nodiscard]] bool enter() noexcept;
  void leave() noexcept;

  /// One of the actors has run for so long, until `now`.
  void charge(Instant now, std::chrono::nanoseconds used) noexcept;
  /// Whether the share of processor time is used up, here or further up. Others go first then;
  /// where there are no others, nothing changes.
  [[nodiscard]] bool has_overdrawn(Instant now) const noexcept;

  [[nodiscard]] const Bounds& bounds() const noexcept { return bounds_; }
  [[nodiscard]] std::uint64_t memory_bytes() const noexcept { return broker_->held(memory_); }
  [[nodiscard]] std::uint32_t actors() const noexcept {
    return actors_.load(std::memory_order_relaxed);
  }

 private:
  /// A subtree goes before others with an eighth of all workers' time; a token is a nanosecond.
  static constexpr double kTimeOfShare = 8;
  /// What it may use at once, as all actors may before their slice is over.
  static constexpr double kBurst = 20e6;

  std::shared_ptr<QuotaBroker> broker_;
  std::shared_ptr<Subtree> above_;
  std::shared_ptr<QuotaShare> around_;
  const Bounds bounds_;
  const QuotaBroker::Share memory_;
  const lifecycle::TokenBucket share_;
  std::atomic<std::uint32_t> actors_{0};
  std::atomic<lifecycle::TokenBucket::Time> share_full_at_{0};
};

/// The place of one actor in the subtree of its spawner, until this goes.
class SubtreePlace {
 public:
  SubtreePlace() noexcept = default;
  /// Takes a place; without a subtree there is nothing to take. Null `subtree()` if there is none.
  [[nodiscard]] static SubtreePlace take(const std::shared_ptr<Subtree>& subtree) noexcept {
    SubtreePlace place;
    if (subtree != nullptr && subtree->enter()) place.subtree_ = subtree;
    return place;
  }
  ~SubtreePlace() { leave(); }
  SubtreePlace(SubtreePlace&&) noexcept = default;
  SubtreePlace& operator=(SubtreePlace&& other) noexcept {
    if (this != &other) {
      leave();
      subtree_ = std::move(other.subtree_);
      left_ = other.left_;
    }
    return *this;
  }

  [[nodiscard]] const std::shared_ptr<Subtree>& subtree() const noexcept { return subtree_; }
  /// Others may have the place; the subtree stays for what is given back later.
  void leave() noexcept {
    if (subtree_ != nullptr && !left_) subtree_->leave();
    left_ = true;
  }

 private:
  std::shared_ptr<Subtree> subtree_;
  bool left_ = false;
};

}  // namespace moonwright::actors
