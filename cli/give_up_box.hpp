// give_up_box.hpp: how the main thread learns that a supervisor has given up.
#pragma once

#include <moonwright/actor_ref.hpp>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "cli/wakeup.hpp"

namespace moonwright::cli {

/// The first supervisor that has given up, and why.
///
/// Thread: any.
class GiveUpBox {
 public:
  using Content = std::pair<ActorRef, std::string>;

  /// Borrows `wakeup`, which is posted to when the box is filled.
  explicit GiveUpBox(Wakeup& wakeup) noexcept : wakeup_(wakeup) {}

  void put(const ActorRef& supervisor, const std::string& why) {
    {
      const std::lock_guard lock(mutex_);
      if (!content_) content_ = {supervisor, why};
    }
    wakeup_.post();
  }

  [[nodiscard]] std::optional<Content> look() const {
    const std::lock_guard lock(mutex_);
    return content_;
  }

 private:
  Wakeup& wakeup_;
  mutable std::mutex mutex_;
  std::optional<Content> content_;
};

}  // namespace moonwright::cli
