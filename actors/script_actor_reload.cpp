// script_actor_reload.cpp: how an actor goes on with a new generation of its script.
#include <string>
#include <utility>

#include "actors/core.hpp"
#include "actors/script_actor.hpp"

namespace moonwright::actors {

/// A recycling, at the end of which somebody is told how it went. Without a state there is nothing
/// to do: the next one is of the newest generation anyway. In limbo that one begins soon.
void ScriptActor::begin_reload(MessagePtr message) {
  if (passive_ != nullptr) return answer_to(*message, {plan().source->newest().generation});
  if (!in_limbo_ && !may_be_recycled()) {
    return refuse_to(*message, {ErrorCode::stopped, "it is about to end", {}});
  }
  if (life_->reload != nullptr) {
    return refuse_to(*message, {ErrorCode::overload, "it is being reloaded already", {}});
  }
  life_->reload = std::make_unique<Reload>();
  life_->reload->before = spec_.version;
  life_->reload->done = {std::move(message->sender), message->correlation, kNever};
  if (!in_limbo_) begin_recycling(*message);
}

/// Whoever begins with another generation than the one he has begun with before can go back.
void ScriptActor::switch_generation() {
  const bool changes = plan().source->newest().generation != spec_.version.generation;
  if (life_->reload == nullptr && (!changes || !has_begun_)) return;
  if (life_->reload == nullptr) {
    life_->reload = std::make_unique<Reload>();
    life_->reload->before = spec_.version;
  }
  life_->reload->switched = true;
}

void ScriptActor::begun() {
  chunk_returned_ = has_begun_ = true;
  if (generation() > 1) plan().source->prove(spec_.version);
  bool was_passive = false;
  if (carry_ != nullptr) {
    // A restore may have come meanwhile: what it brought is the next life's.
    if (!carry_->saved) carry_->next = {};
    carry_->uses = carry_->uses_seen = 0;
    was_passive = std::exchange(carry_->is_waking, false);
  }
  const Instant now = core_.clock().now();
  if (plan().checkpoint_every.count() > 0) carry().due = later(now, plan().checkpoint_every);
  if (plan().passivate_after.count() > 0) carry().look = later(now, plan().passivate_after);
  if (carry_ != nullptr) arm();
  if (life_->reload != nullptr && life_->reload->switched) {
    const std::unique_ptr<Reload> reload = std::move(life_->reload);
    if (!reload->done.owed()) {
    } else if (reload->fell_back) {
      refuse(reload->done, reload->error, unit());
    } else {
      answer(reload->done, {generation()}, unit());
    }
  }
  tell(was_passive ? EventType::woken : EventType::created, {});
}

void ScriptActor::refuse_reload(Error error) {
  const std::unique_ptr<Reload> reload = std::move(life_->reload);
  if (reload == nullptr || !reload->done.owed()) return;
  refuse(reload->done, reload->fell_back ? reload->error : error, unit());
}

/// Whether what has failed is the beginning of a life with new source, and there is an old one.
bool ScriptActor::may_fall_back(const Reason& reason) const noexcept {
  return life_->reload != nullptr && life_->reload->switched && !life_->reload->fell_back &&
         !chunk_returned_ && life_->reload->before.code != nullptr && reason.text != "killed" &&
         reason.text != "stopped" && leaving_ == Leaving::no && !core_.stopping();
}

/// The old source again, for this actor and for all who begin from now on.
void ScriptActor::fall_back(const Reason& reason) {
  const std::uint32_t failed = spec_.version.generation;
  plan().source->withdraw(failed);
  spec_.version = life_->reload->before;
  has_begun_ = true;
  life_->reload->fell_back = true;
  life_->reload->error = {reason.error.code,
                          "generation " + std::to_string(failed) + " could not begin, " +
                              std::to_string(spec_.version.generation) + " goes on: " +
                              (reason.error.message.empty() ? reason.text : reason.error.message),
                          reason.error.traceback};
  core_.log().write({LogLevel::error, actor_name(), id(), life_->reload->error.message});
  life_->recycle_why = life_->reload->error.message;
  leaving_ = Leaving::recycle;
  end_incarnation({"stopped"});
  life_->work.count_recycle();
  begin_incarnation();
}

}  // namespace moonwright::actors
