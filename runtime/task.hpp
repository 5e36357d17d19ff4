// task.hpp: one piece of script work that can wait: a handler, the chunk, a fork, a timer, a hook.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>

#include "moonwright/task_info.hpp"
#include "runtime/host.hpp"
#include "runtime/message_note.hpp"
#include "runtime/meter.hpp"
#include "runtime/timer_queue.hpp"

struct lua_State;

namespace moonwright::runtime {

/// The deadline that `actor.within` sets. It belongs to the coroutine that called `within`, so a
/// coroutine has one of its own beside the one it runs under.
struct Scope {
  Instant inherited = kNever;  ///< of whoever resumed this coroutine
  Instant own = kNever;        ///< the nearest of the coroutine's own calls of within

  [[nodiscard]] Instant effective() const noexcept { return std::min(inherited, own); }
};

/// Names one wait of one task. It is stale as soon as that wait has ended, so that a late wake-up
/// can never resume work that has moved on.
struct WaitId {
  std::uint32_t task = 0;
  std::uint32_t wait = 0;

  friend bool operator==(const WaitId&, const WaitId&) = default;
};

/// A Lua coroutine at work, and what it owes and waits for. Slots are reused, coroutine included.
struct Task {
  lua_State* thread = nullptr;
  int anchor = 0;            ///< keeps `thread` from being collected
  std::uint32_t number = 0;  ///< of the slot
  std::uint32_t wait = 0;    ///< counts the waits of this slot, over all its uses
  std::uint32_t life = 1;    ///< counts the uses of this slot
  TaskKind kind = TaskKind::handler;
  bool active = false;
  bool waiting = false;
  bool life_hook = false;  ///< runs a hook of the module `lifecycle`
  bool cancelled = false;  ///< the next await raises `cancelled`
  bool decoding = false;  ///< the message is still being decoded: running out of memory is no fault
  bool scope_expired = false;     ///< the wait's timer stands for the deadline of `within`
  bool wants_success = false;     ///< any(): one success ends the wait; all(): one failure does
  std::uint32_t outstanding = 0;  ///< futures that are not settled yet
  std::uint64_t request = 0;      ///< the request that this task waits for; 0: none
  TimerQueue::Id timer = TimerQueue::kNone;  ///< ends the wait
  Scope scope;                               ///< of the task's own coroutine
  Instant wait_scope = kNever;               ///< the deadline of `within` where the task waits
  Instant since{};                           ///< when the wait began
  Instant expired_scope = kNever;  ///< the deadline of `within` that last cut a wait short
  ReplyTo reply;
  std::string message_name;     ///< of a handler or a hook that has been suspended; cut
  ReplyTo* deferred = nullptr;  ///< where the answer owed went when the handler put it off
  ActorRef sender;
  Budget budget;                      ///< what it may use
  std::unique_ptr<MessageNote> note;  ///< kept where an error ends the actor, of what has waited
  Task** handle = nullptr;  ///< where the script's handle of a fork points here; null: none

  [[nodiscard]] WaitId wait_id() const noexcept { return {number, wait}; }
};

/// Why a waiting task goes on.
struct Delivery {
  const Message* message = nullptr;  ///< a reply or a failure, to be decoded
  bool failed = false;               ///< otherwise, without a message, the wait was just over
  ErrorCode code = ErrorCode::error;
  const char* text = "";
  const char* scope = nullptr;  ///< "within" if its deadline ended the wait
};

}  // namespace moonwright::runtime
