// script_actor_quota.cpp: what an actor holds of the memory budget, and when it gives it back.
#include <utility>

#include "actors/core.hpp"
#include "actors/script_actor.hpp"
#include "lifecycle/lease_size.hpp"

namespace moonwright::actors {

/// What the thread that runs it has for it, from now on.
void ScriptActor::lend(runtime::Runner& runner) noexcept {
  lent_pool_ = runner.chunk_pool();
  float_ = static_cast<MemoryFloat*>(runner.memory_lender());
  if (script_ != nullptr) script_->use_pool(runner.chunk_pool(), float_);
}

/// At the end of each turn: what was taken and is far from being used goes back.
void ScriptActor::settle_quota() noexcept {
  if (float_ == nullptr) return;
  refund(mailbox_.flush());
  if (script_ != nullptr && script_->try_state() != nullptr) {
    runtime::Allocator& memory = script_->state().allocator();
    const std::uint64_t settled =
        lifecycle::settled_lease(memory.reserved(), memory.lease(), float_->broker().tight());
    if (settled != memory.lease()) memory.settle_lease(settled);
    publish_lease(memory.lease());
  }
  if (float_->settle()) core_.quota().shed_if_asked();
}

void ScriptActor::publish_lease(std::uint64_t bytes) noexcept {
  if (bytes == lease_.load(std::memory_order_relaxed)) return;
  lease_.store(bytes, std::memory_order_relaxed);
  settled_at_.store(core_.clock().coarse_now(), std::memory_order_relaxed);
}

void ScriptActor::refund(std::uint64_t bytes) noexcept {
  actors::refund(budget_.get(), float_, bytes);
}

/// Before the actor leaves the list of the living: nothing of the budget is its own afterwards.
void ScriptActor::end_quota() noexcept {
  spec_->lease = {};
  publish_lease(0);
  if (float_ != nullptr && float_->settle()) core_.quota().shed_if_asked();
}

std::uint64_t ScriptActor::quota_bytes() const noexcept {
  if (budget_ == nullptr) return 0;
  return lease_.load(std::memory_order_relaxed) + mailbox_.bytes();
}

/// Whether it has nothing to do, and can be asked to collect meanwhile.
bool ScriptActor::may_shed() const noexcept {
  return door_.load(std::memory_order_relaxed) == Door::open && thread_ == nullptr &&
         mailbox_.depth() == 0 && !shed_asked_.load(std::memory_order_relaxed);
}

void ScriptActor::shed() {
  shed_asked_.store(true, std::memory_order_relaxed);
  deliver(MessagePtr(Message::make(MessageKind::collect)), nullptr);
}

QuotaRow ScriptActor::quota_row(Instant now) const noexcept {
  QuotaRow row = ActorBase::quota_row(now);
  row.used += figures_.stats().memory.used_bytes;
  row.efficiency = efficiency(row.used, row.quota);
  row.last_settled = now - settled_at();
  return row;
}

}  // namespace moonwright::actors
