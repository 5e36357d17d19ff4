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
        core_.quota().shared_broker(), spec_.place.subtree(),
        Subtree::Bounds{limits.memory_bytes_max, limits.actors_max, core_.options().workers},
        spec_.quota_share, taken);
    memory.set_share(subtree_.get(), taken);
    life_->charged_until = core_.clock().now();
  }
  return subtree_;
}

/// Charges the time since the last call, and gives back memory that was taken and is not needed.
void ScriptActor::charge_family(Subtree& family) noexcept {
  const Instant now = core_.clock().now();
  family.charge(now, now - life_->charged_until);
  life_->charged_until = now;
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
  if (bucket.empty(life_->output_full_at, now)) {
    ++life_->dropped_lines;
    life_->dropped_bytes += bytes;
    return false;
  }
  if (life_->dropped_lines != 0) report_dropped_output();
  life_->output_full_at =
      bucket.take(life_->output_full_at, now, static_cast<double>(bytes + kLineOverhead));
  return true;
}

void ScriptActor::report_dropped_output() {
  if (life_->dropped_lines == 0) return;
  life_->host.report(LogLevel::warn, "printed or logged more than " +
                                         format_bytes(core_.options().output_bytes_per_second) +
                                         " a second: dropped " +
                                         std::to_string(life_->dropped_lines) + " lines, " +
                                         format_bytes(life_->dropped_bytes));
  life_->dropped_lines = life_->dropped_bytes = 0;
}

}  // namespace moonwright::actors
