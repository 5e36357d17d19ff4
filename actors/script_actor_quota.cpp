// script_actor_quota.cpp: what an actor holds of the memory budget, and when it gives it back.
#include <shared_mutex>
#include <utility>

#include "actors/core.hpp"
#include "actors/script_actor.hpp"
#include "lifecycle/lease_size.hpp"

namespace moonwright::actors {

/// In whose share it is from the start; null: in nobody's.
runtime::MemoryShare* ScriptActor::memory_share() noexcept {
  is_in_share_ = spec_.quota_share != nullptr;
  if (subtree_ != nullptr) return subtree_.get();
  if (spec_.place.subtree() != nullptr) return spec_.place.subtree().get();
  return spec_.quota_share.get();
}

/// What the thread that runs it has for it, from now on.
void ScriptActor::lend(runtime::Runner& runner) noexcept {
  life_->lent_pool = runner.chunk_pool();
  float_ = static_cast<MemoryFloat*>(runner.memory_lender());
  if (script_ != nullptr) script_->use_pool(runner.chunk_pool(), float_);
}

/// At the end of each turn: what was taken and is far from being used goes back.
void ScriptActor::settle_quota() noexcept {
  refund(mailbox_.flush());
  if (script_ != nullptr && script_->try_state() != nullptr) {
    runtime::Allocator& memory = script_->state().allocator();
    if (is_in_share_) memory.return_spare();
    if (float_ == nullptr) return;
    const std::uint64_t settled =
        lifecycle::settled_lease(memory.reserved(), memory.lease(), float_->broker().tight());
    if (settled != memory.lease()) memory.settle_lease(settled);
    publish_lease(memory.lease());
  }
  if (float_ != nullptr && float_->settle()) core_.quota().shed_if_asked();
}

void ScriptActor::publish_lease(std::uint64_t bytes) noexcept {
  if (bytes == lease_.load(std::memory_order_relaxed)) return;
  lease_.store(bytes, std::memory_order_relaxed);
  settled_at_.store(core_.clock().coarse_now(), std::memory_order_relaxed);
}

/// Before the actor leaves the list of the living: nothing of the budget is its own afterwards.
void ScriptActor::end_quota() noexcept {
  if (life_->quota_wait != nullptr) core_.quota().forget_lease(*this);
  life_->quota_wait.reset();
  life_->lease = {};
  spec_.quota_share = nullptr;
  publish_lease(0);
  if (float_ != nullptr && float_->settle()) core_.quota().shed_if_asked();
}

// Waiting for memory ------------------------------------------------------------------------------

/// Whether there is no memory to begin with. Keeps `start` then.
bool ScriptActor::waits_for_quota(MessagePtr& start) {
  if (budget_ == nullptr || life_->lease.held() || plan().quota_wait.count() <= 0) return false;
  life_->quota_wait = std::make_unique<QuotaWait>();
  life_->quota_wait->start = std::move(start);
  life_->quota_wait->deadline = later(made_at_, plan().quota_wait);
  wake_at(life_->quota_wait->deadline);
  core_.quota().wait_for_lease(*this);
  return true;
}

void ScriptActor::begin_with_quota() {
  life_->lease = FirstLease(budget_);
  publish_lease(FirstLease::kBytes);
  const std::unique_ptr<QuotaWait> wait = std::move(life_->quota_wait);
  if (wait == nullptr) return;
  life_->script_wake = kNever;
  arm();
  start(std::move(wait->start));
}

bool ScriptActor::may_go_on_waiting(Instant now) {
  if (now < life_->quota_wait->deadline) return true;
  finish({"quota_denied",
          {ErrorCode::quota_denied,
           "waited for memory in vain: " + core_.quota().shortage(FirstLease::kBytes),
           {}}},
         {});
  return false;
}

// Limits ------------------------------------------------------------------------------------------

void ScriptActor::set_memory_limit(std::uint64_t bytes) {
  memory_limit_.store(bytes, std::memory_order_relaxed);
  if (script_ != nullptr && !script_->ended()) script_->set_memory_limit(bytes);
  if (subtree_ != nullptr) core_.quota().broker().set_cap(subtree_->memory_share(), bytes);
}

// Figures -----------------------------------------------------------------------------------------

std::uint64_t ScriptActor::quota_bytes() const noexcept {
  if (budget_ == nullptr) return 0;
  return lease_.load(std::memory_order_relaxed) + mailbox_.bytes();
}

/// Whether it has nothing to do, and can be asked to collect meanwhile.
bool ScriptActor::may_shed() const noexcept {
  return door_.load(std::memory_order_relaxed) == Door::open && thread_ == nullptr &&
         !is_passive() && mailbox_.depth() == 0 && !shed_asked_.load(std::memory_order_relaxed);
}

void ScriptActor::shed() {
  shed_asked_.store(true, std::memory_order_relaxed);
  deliver(MessagePtr(Message::make(MessageKind::collect)), nullptr);
}

QuotaRow ScriptActor::quota_row(Instant now) const noexcept {
  QuotaRow row = ActorBase::quota_row(now);
  {
    const std::shared_lock lock(looking_);
    // What is kept of a passive actor is all in use.
    row.used += life_ != nullptr && !is_passive() ? life_->figures.stats().memory.used_bytes
                                                  : lease_.load(std::memory_order_relaxed);
  }
  row.efficiency = efficiency(row.used, row.quota);
  row.last_settled = now - settled_at();
  return row;
}

}  // namespace moonwright::actors
