// account.hpp: an actor that adds up, and what is known of its sum.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <moonwright/moonwright.hpp>

#include "stage.hpp"

namespace moonwright::soak {

/// An actor with the handlers `add(n)` and `sum()`. It may never have less than what it has
/// confirmed, nor more than what it was asked to add, in whichever state it lives.
///
/// Thread: one.
class Account {
 public:
  /// Spawns it, with an end that is waited for. Without memory there is no actor.
  Account(Stage& stage, SpawnOptions options);

  /// Whether there is one, and it lives.
  [[nodiscard]] bool alive(const Stage& stage) const;
  [[nodiscard]] const ActorRef& actor() const noexcept { return actor_; }

  void add(Stage& stage, std::int64_t number);
  void check(Stage& stage) const;

 private:
  ActorRef actor_;
  std::shared_ptr<std::atomic<std::int64_t>> confirmed_ =
      std::make_shared<std::atomic<std::int64_t>>(0);
  std::int64_t asked_ = 0;
};

}  // namespace moonwright::soak
