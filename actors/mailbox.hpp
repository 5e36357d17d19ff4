// mailbox.hpp: the two lanes into an actor.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "moonwright/limits.hpp"
#include "runtime/message.hpp"

namespace moonwright::actors {

using runtime::Message;

/// What became of a message that was pushed.
enum class Pushed : std::uint8_t {
  ok,      ///< it is in, and somebody is looking after the mailbox already
  wakes,   ///< it is in, and the pusher has to schedule the owner
  closed,  ///< it is not in; the pusher still owns it
};

/// The mailbox of one actor: many threads push, one owner takes. Lock-free.
///
/// Two lanes, each a stack that pushers add to with one compare-and-swap and that the owner takes
/// as a whole and turns around. The control lane overtakes the user lane. Within a lane the order
/// of each sender is kept.
///
/// Invariant: the owner is scheduled exactly when the user inbox is not marked `blocked`. Whoever
/// takes that mark away has to schedule the owner; only the owner puts it there, when both lanes
/// are empty. So the owner is never scheduled twice and never forgotten. A new mailbox is not
/// marked: whoever made it schedules the owner once, when everything is in place.
///
/// The bound: a user message takes a place before it is pushed and gives it back when it is
/// handled.
class Mailbox {
 public:
  explicit Mailbox(const MailboxLimits& limits) noexcept;
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // Any thread.

  /// Takes a place for a message of `cost` bytes; answers false if there is none.
  [[nodiscard]] bool reserve(std::size_t cost) noexcept;
  /// Whether a message of `cost` bytes would have a place if nothing else were inside.
  [[nodiscard]] bool could_hold(std::size_t cost) const noexcept { return cost <= bytes_max_; }
  /// Gives back a place that was taken for nothing.
  void release(std::size_t cost) noexcept;
  /// Takes over `message` unless it answers `closed`.
  [[nodiscard]] Pushed push_user(Message* message) noexcept;
  [[nodiscard]] Pushed push_control(Message* message) noexcept;
  /// User messages inside, within a small batch: places are given back a few at a time.
  [[nodiscard]] std::size_t depth() const noexcept;
  /// The bytes of all places that are taken.
  [[nodiscard]] std::size_t bytes() const noexcept;

  // The owner.

  /// All control messages that have come, oldest first, linked by `next`; null if there are none.
  [[nodiscard]] Message* take_control() noexcept;
  /// Whether a control message has come that has not been taken. Asked between has_user() and
  /// pop_user(), it sees those that a sender has sent before its user messages.
  [[nodiscard]] bool has_control() const noexcept {
    return control_inbox_.load(std::memory_order_acquire) != nullptr;
  }
  /// The oldest user message; null if there is none.
  [[nodiscard]] Message* pop_user() noexcept;
  /// Whether a user message is waiting.
  [[nodiscard]] bool has_user() noexcept;
  /// Gives back the place of a message that has been taken out. Answers the bytes of the places
  /// that are free now: 0, or those of a batch.
  std::size_t give_back(const Message& message) noexcept;
  /// Gives back what has not been given back for want of a batch; answers the bytes of it.
  std::size_t flush() noexcept;
  /// Marks the mailbox as blocked, unless something has come meanwhile. User messages that have
  /// been seen before are no reason to go on: the owner may be unable to take them now. After
  /// `true` another thread may already be running the owner.
  [[nodiscard]] bool try_block() noexcept;
  /// Refuses everything from now on and answers what was inside, oldest first, user lane last.
  [[nodiscard]] Message* close() noexcept;

 private:
  [[nodiscard]] static Message* reversed(Message* stack) noexcept;
  void absorb() noexcept;

  // What senders use, and then what the owner looks at all the time: on lines of their own, so that
  // a busy sender does not slow the owner down.
  std::atomic<Message*> user_inbox_;
  std::atomic<std::uint64_t> load_;  ///< messages in the upper 24 bits, bytes in the lower 40
  const std::uint64_t bytes_max_;
  const std::uint32_t messages_max_;
  const std::uint32_t batch_;  ///< messages that are given back at a time
  [[maybe_unused]] char apart_[64 - 4 * sizeof(std::uint64_t)];
  std::atomic<Message*> control_inbox_;
  Message* user_queue_ = nullptr;  ///< taken from the inbox, oldest first
  Message* user_tail_ = nullptr;   ///< the newest of them, if there are any
  std::uint64_t given_back_ = 0;   ///< not yet taken off `load_`
};

}  // namespace moonwright::actors
