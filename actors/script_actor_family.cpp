// script_actor_family.cpp: what an actor shares with those that it descends from and that descend
// from it, and how fast it may speak.
#include <string>

#include "actors/core.hpp"
#include "actors/script_actor.hpp"
#include "moonwright/bytes.hpp"

namespace moonwright::actors {
namespace {

/// What a second's worth of output is, so many times over, at once.
constexpr double kOutputBurst = 16;
/// What a line counts for besides its bytes.
constexpr std::size_t kLineOverhead = 16;

}  // namespace

const std::shared_ptr<Subtree>& ScriptActor::subtree() {
  if (subtree_ == nullptr && !plan().grants.trusted()) {
    const Limits limits = this->limits();
    // What it has itself is a part of what it and its children have.
    runtime::Allocator& memory = script_->state().allocator();
    const std::uint64_t taken = memory.release_share();
    subtree_ = std::make_shared<Subtree>(
        core_.quota().shared_broker(), spec_->place.subtree(),
        Subtree::Bounds{limits.memory_bytes_max, limits.actors_max, core_.options().workers},
        spec_->quota_share, taken);
    memory.set_share(subtree_.get(), taken);
    charged_until_ = core_.clock().now();
  }
  return subtree_;
}

/// Charges the time since the last call, and gives back memory that was taken and is not needed.
void ScriptActor::charge_family(Subtree& family) noexcept {
  const Instant now = core_.clock().now();
  family.charge(now, now - charged_until_);
  charged_until_ = now;
  set_level(family.has_overdrawn(now) ? lifecycle::RunLevel::lowest : lifecycle::RunLevel::normal);
  if (script_ != nullptr && script_->try_state() != nullptr) {
    script_->state().allocator().return_spare();
  }
}

bool ScriptActor::admits_output(std::size_t bytes) {
  const std::uint64_t rate = core_.options().output_bytes_per_second;
  if (rate == kUnlimited || plan().grants.trusted()) return true;
  const auto per_second = static_cast<double>(rate);
  const lifecycle::TokenBucket bucket(1e9 / per_second, kOutputBurst * per_second);
  const auto now = core_.clock().coarse_now().time_since_epoch().count();
  if (bucket.empty(output_full_at_, now)) {
    ++dropped_lines_;
    dropped_bytes_ += bytes;
    return false;
  }
  if (dropped_lines_ != 0) report_dropped_output();
  output_full_at_ = bucket.take(output_full_at_, now, static_cast<double>(bytes + kLineOverhead));
  return true;
}

void ScriptActor::report_dropped_output() {
  if (dropped_lines_ == 0) return;
  host_.report(LogLevel::warn, "printed or logged more than " +
                                   format_bytes(core_.options().output_bytes_per_second) +
                                   " a second: dropped " + std::to_string(dropped_lines_) +
                                   " lines, " + format_bytes(dropped_bytes_));
  dropped_lines_ = dropped_bytes_ = 0;
}

}  // namespace moonwright::actors
