// message.hpp: one message between actors: a header and encoded values in one allocation.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string_view>

#include "moonwright/actor_ref.hpp"
#include "runtime/codec.hpp"

namespace moonwright::runtime {

/// Points in time of the runtime's clock, which a test may replace.
using Instant = std::chrono::steady_clock::time_point;
inline constexpr Instant kNever = Instant::max();
/// `time` after `from`; at most kNever, however long that is.
[[nodiscard]] constexpr Instant later(Instant from, std::chrono::nanoseconds time) noexcept {
  return time > kNever - from ? kNever : from + time;
}

/// What a message is about. `user`, `event` and `down` travel in the user lane of a mailbox, in
/// order; the others in the control lane, which overtakes.
enum class MessageKind : std::uint8_t {
  user,         ///< values for a handler; a request if `correlation` is not 0
  down,         ///< a monitored actor has ended: reason, code, text. `correlation`: the monitor
  start,        ///< the first message of an actor: run the chunk
  reply,        ///< the values that answer request `correlation`
  failure,      ///< the error that answers request `correlation`: code, text, traceback [, value]
  tick,         ///< the wake-up time has come
  stop,         ///< end in order, before `deadline`; `correlation`: see drain_until()
  kill,         ///< end now
  monitor,      ///< `sender` wants to know when the receiver ends, as monitor `correlation`
  demonitor,    ///< it no longer does
  child_ended,  ///< the child `sender` has ended
  collect,      ///< collect all garbage; answered with the bytes before and after
  tasks,        ///< say what you wait for; answered with a list of tasks and their number
  tree,         ///< of a supervisor: say what you keep; answered with one table
  cancel,       ///< give request `correlation` of `sender` up, politely; 0: everything
  profile,      ///< somebody has a profiler for the receiver
  restart,      ///< begin incarnation `correlation`, if the one before has ended
  release,      ///< end for good, if an incarnation has ended and not been followed by another
  suspend,      ///< end the incarnation in order, before `deadline`, and wait for `restart`
  recycle,      ///< end the incarnation when it is drained, and go on with a fresh state
  reload,       ///< the same for one of the newest generation; answered with that, if it began
  checkpoint,   ///< take one, and answer with its size or as the cargo wants it
  restore,      ///< go on with a fresh state that begins with the checkpoint in the cargo
  passivate,    ///< give your state back until the next message; answered with bytes kept
  recycled,     ///< a child was, if `restarting`, or could not be; `correlation`: see Supervised
  event,        ///< for subscription `correlation` of a script
  link,         ///< `sender` is linked with the receiver
  unlink,       ///< it no longer is
  exit_signal,  ///< a linked actor has ended: as `down`; `correlation` 0
  quota,        ///< the memory that the receiver waits for is there, and its own
  execute,      ///< of a worker of a pool: run the script in `cargo`; `bytes` are its arguments
  worked,       ///< of a pool: a worker has finished something, or is ready; see PoolDuty
  limit,        ///< may have `correlation` bytes of memory from now on
};

/// What a message carries that no Lua value is.
struct Cargo {
  virtual ~Cargo() = default;
};

/// A message on its way. Owned by exactly one place at a time: sender, mailbox, receiver.
///
/// Invariants: allocated by make() with `size` bytes behind it; `next` belongs to the mailbox that
/// holds it.
struct Message {
  Message* next = nullptr;
  ActorRef sender;
  std::uint64_t correlation = 0;  ///< number of the request at its sender; 0: one-way
  Instant deadline = kNever;      ///< after it nobody waits for the answer any more
  std::unique_ptr<RefList> refs;  ///< null if there are none
  std::unique_ptr<Cargo> cargo;   ///< for supervisors: who asks for it knows what it is
  std::uint32_t size = 0;
  MessageKind kind = MessageKind::user;
  bool counted = false;     ///< whether it holds a place in a bounded mailbox
  bool privileged = false;  ///< whether the sender has control over the receiver
  bool restarting = false;  ///< of a `down` or an `exit_signal`: the actor comes back

  [[nodiscard]] std::string_view bytes() const noexcept {
    return {reinterpret_cast<const char*>(this + 1), size};
  }
  [[nodiscard]] const RefList& ref_list() const noexcept {
    static const RefList kNone;
    return refs ? *refs : kNone;
  }
  /// Of a `stop` and its like: until when messages that wait are still handled.
  [[nodiscard]] Instant drain_until() const noexcept {
    return correlation == 0 ? deadline
                            : Instant(Instant::duration(static_cast<std::int64_t>(correlation)));
  }
  void set_drain_until(Instant until) noexcept {
    correlation = static_cast<std::uint64_t>(until.time_since_epoch().count());
  }
  [[nodiscard]] bool is_request() const noexcept {
    return kind == MessageKind::user && correlation != 0;
  }
  /// What a message of `size` bytes costs its mailbox.
  [[nodiscard]] static constexpr std::size_t cost(std::size_t size) noexcept {
    return sizeof(Message) + size;
  }

  /// Throws std::bad_alloc, which ends the process, if the machine is out of memory.
  [[nodiscard]] static Message* make(MessageKind kind, std::string_view bytes = {},
                                     const RefList& refs = {});
  static void destroy(Message* message) noexcept;
};

struct MessageDeleter {
  void operator()(Message* message) const noexcept { Message::destroy(message); }
};
using MessagePtr = std::unique_ptr<Message, MessageDeleter>;

}  // namespace moonwright::runtime
