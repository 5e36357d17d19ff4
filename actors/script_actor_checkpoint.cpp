// script_actor_checkpoint.cpp: when an actor's data is taken, what becomes of it, and what the next
// life begins with.
#include <algorithm>
#include <utility>

#include "actors/checkpointing.hpp"
#include "actors/core.hpp"
#include "actors/script_actor.hpp"
#include "runtime/error_value.hpp"

namespace moonwright::actors {
namespace {

constexpr std::chrono::seconds kPatience{5};

}  // namespace

ScriptActor::Carry& ScriptActor::carry() {
  if (carry_ == nullptr) carry_ = std::make_unique<Carry>();
  return *carry_;
}

/// Somebody wants a checkpoint, as cargo or as an answer; the actor itself wants no answer.
void ScriptActor::ask_checkpoint(MessagePtr message) {
  if (passive_ != nullptr) return answer_checkpoint(*message, passive_->data);
  if (carry().asked.empty()) {
    carry().until = later(core_.clock().now(), spec_.supervised ? drain_timeout() : kPatience);
  }
  carry().asked.push_back(std::move(message));
  arm();
}

/// The next life begins with what is given, and begins soon.
void ScriptActor::begin_restore(MessagePtr message) {
  auto* const order = dynamic_cast<RestoreOrder*>(message->cargo.get());
  if (order == nullptr) return;
  if (passive_ != nullptr) return replace_passive_data(std::move(order->checkpoint));
  if (!may_be_recycled()) return;
  carry().next = std::move(order->checkpoint);
  carry().saved = true;  // what it has now is not wanted
  begin_recycling(*message);
}

/// Whether a checkpoint is wanted that is not for leaving.
bool ScriptActor::wants_checkpoint() const noexcept {
  return carry_ != nullptr && leaving_ == Leaving::no && chunk_returned_ &&
         (!carry_->asked.empty() || carry_->is_due);
}

/// A part of step(): answers whether there was work. Once a checkpoint is wanted, no further
/// handler begins; once it is being taken, nothing goes on but on_checkpoint().
bool ScriptActor::save_some() {
  if (script_->has_saved()) {
    finish_saving();
    return true;
  }
  if (!script_->saves()) {
    // Who gets a fresh state for his health takes along what he wants to; all else is what ails
    // him.
    const bool for_health = leaving_ == Leaving::recycle && life_->reload == nullptr;
    script_->save({}, for_health);
    return true;
  }
  if (!script_->has_ready()) return false;
  script_->run_ready(1);
  return true;
}

/// Whether the life that is about to be left is to be carried into the next one.
bool ScriptActor::is_to_carry() const noexcept {
  return leaving_ == Leaving::recycle && (carry_ == nullptr || !carry_->saved);
}

void ScriptActor::finish_saving() {
  CheckpointInfo info;
  info.actor = actor_name();
  info.generation = generation();
  info.script_hash = spec_.version.code->hash();
  info.taken_at = std::chrono::system_clock::now();
  Result<Checkpoint> saved = script_->take_saved(std::move(info));
  const bool was_wanted = !carry().asked.empty() || carry().is_due;
  answer_checkpoints(saved);
  if (leaving_ != Leaving::recycle) {
    if (saved && (was_wanted || !plan().checkpoint_file.empty())) keep(*saved);
    if (!saved && carry().is_due) put_off_checkpoint(saved.error());
    if (carry().goes_passive()) become_passive(std::move(saved));
    return;
  }
  if (saved) {
    if (was_wanted) keep(*saved);
    carry().next = std::move(*saved);
  } else if (life_->reload != nullptr && !forced_) {
    return give_up_recycling(saved.error());
  } else if (life_->reload != nullptr) {
    core_.log().write({LogLevel::warn, actor_name(), id(),
                       "its data is lost in the reload: " + saved.error().message});
  }
  carry().saved = true;
}

/// When it has been used again, and it is time again.
void ScriptActor::plan_next_checkpoint() {
  carry().is_due = false;
  carry().uses = life_->work.uses();
  if (plan().checkpoint_every.count() == 0) return;
  carry().due = later(core_.clock().now(), plan().checkpoint_every);
  arm();
}

/// The one that it was time for cannot be taken.
void ScriptActor::put_off_checkpoint(const Error& why) {
  core_.log().write({LogLevel::warn, actor_name(), id(), "no checkpoint: " + why.message});
  plan_next_checkpoint();
}

/// The last one, for a life after a crash; and for the file, if there is one.
void ScriptActor::keep(Checkpoint checkpoint) {
  carry().kept = std::move(checkpoint);
  plan_next_checkpoint();
  if (plan().checkpoint_file.empty()) return;
  core_.callbacks().post([&log = core_.log(), path = plan().checkpoint_file,
                          name = std::string(actor_name()), id = id(), kept = carry().kept] {
    if (auto written = write_checkpoint(path, kept); !written) {
      log.write({LogLevel::error, name, id, "no checkpoint: " + written.error().message});
    }
  });
}

void ScriptActor::answer_checkpoints(const Result<Checkpoint>& saved) {
  carry().until = kNever;
  for (MessagePtr& message : std::exchange(carry().asked, {})) answer_checkpoint(*message, saved);
}

void ScriptActor::answer_checkpoint(Message& message, const Result<Checkpoint>& saved) {
  if (auto* const order = dynamic_cast<CheckpointOrder*>(message.cargo.get())) {
    order->answer(saved);
  } else if (saved) {
    answer_to(message, {saved->size_bytes()});
  } else {
    refuse_to(message, saved.error());
  }
}

/// It is time to take one, or to tell those who wait that there will be none.
void ScriptActor::look_at_checkpoints(Instant now) {
  if (carry_ == nullptr) return;
  if (now >= carry_->due) {
    // Who has done nothing since has nothing new.
    carry_->is_due = life_->work.uses() != carry_->uses;
    carry_->due = carry_->is_due ? kNever : later(now, plan().checkpoint_every);
  }
  if (now < carry_->until) return;
  carry_->until = kNever;
  // What is being taken is answered when that is done.
  if (script_ != nullptr && script_->saves()) return;
  answer_checkpoints(fail(ErrorCode::timeout,
                          "no checkpoint: the actor had not finished what it had begun in time"));
}

/// What an actor that is new in this process begins with.
void ScriptActor::read_checkpoint_file() {
  if (plan().checkpoint_file.empty()) return;
  auto stored = read_checkpoint_or_previous(plan().checkpoint_file);
  if (stored) {
    if (stored->is_previous) {
      core_.log().write({LogLevel::warn, actor_name(), id(),
                         "begins with the checkpoint before the last: " + stored->reason.message});
    }
    carry().next = carry().kept = std::move(stored->checkpoint);
  } else if (stored.error().code != ErrorCode::not_found) {
    core_.log().write({LogLevel::error, actor_name(), id(),
                       "begins without a checkpoint: " + stored.error().message});
  }
}

/// What a new life begins with: what was carried, or after a failure what was kept.
void ScriptActor::begin_with_kept() {
  if (carry_ == nullptr || !carry_->kept) return;
  carry_->next = carry_->kept;
}

/// A life could not begin with a checkpoint: the one after that begins without.
void ScriptActor::drop_kept() {
  if (carry_ == nullptr || !carry_->next) return;
  carry_->next = carry_->kept = {};
  core_.log().write({LogLevel::warn, actor_name(), id(),
                     "could not begin with its checkpoint, and will begin without"});
}

}  // namespace moonwright::actors
