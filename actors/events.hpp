// events.hpp: from actors to those who want to know what happens to them.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "actors/address.hpp"
#include "moonwright/events.hpp"

namespace moonwright::actors {

class CallbackThread;
class EventHub;
class Log;

/// A set of types of events.
using EventMask = std::uint32_t;
[[nodiscard]] constexpr EventMask mask_of(EventType type) noexcept {
  return EventMask{1} << static_cast<unsigned>(type);
}
inline constexpr EventMask kAllEvents = (EventMask{1} << kEventTypes) - 1;

/// Events go into one queue of bounded length, which the callback thread empties: so each handler
/// sees those of one actor in order, and no actor waits for a handler. What does not fit is dropped
/// and counted, and the log says so, once a second at most. Scripts get theirs as messages, bounded
/// by their mailboxes.
///
/// Thread: any.
class EventHub : public std::enable_shared_from_this<EventHub> {
 public:
  /// Borrows all; they outlive its use. See close().
  EventHub(const Clock& clock, CallbackThread& callbacks, Log& log, std::size_t queue_max);

  /// Whether anybody wants such events. Where nobody does, that is all that an event costs.
  [[nodiscard]] bool wants(EventType type) const noexcept {
    return (wanted_.load(std::memory_order_relaxed) & mask_of(type)) != 0;
  }
  /// On the thread of the actor.
  void publish(Event event, caf::execution_unit* from);

  [[nodiscard]] EventSubscription subscribe(EventMask types, EventHandler handler);
  void unsubscribe(const detail::EventSubscriber& subscriber) noexcept;
  /// A script's subscription `number`; gone when the script is.
  void subscribe(const ActorRef& script, std::uint64_t number, EventMask types);
  void unsubscribe_all(const detail::RefTarget& script) noexcept;

  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_.load(); }
  /// From now on nothing happens any more.
  void close() noexcept;

 private:
  struct ScriptSubscriber {
    ActorRef script;
    std::uint64_t number;
    EventMask types;
  };

  void update_wanted() noexcept;
  void post_to_scripts(const Event& event, caf::execution_unit* from);
  void count_dropped(std::size_t count);
  void drain();

  const Clock& clock_;
  CallbackThread& callbacks_;
  Log& log_;
  const std::size_t queue_max_;
  std::atomic<EventMask> wanted_{0};
  std::atomic<std::uint64_t> dropped_{0};
  std::mutex mutex_;
  // Under mutex_:
  std::deque<Event> queue_;
  bool draining_ = false;  ///< the callback thread has been asked to, and has not finished
  bool closed_ = false;
  std::vector<std::shared_ptr<detail::EventSubscriber>> subscribers_;
  std::vector<ScriptSubscriber> scripts_;
  std::uint64_t logged_drops_ = 0;
  Instant next_log_{};
};

/// As a script gets it.
[[nodiscard]] Value table_of(const Event& event);

}  // namespace moonwright::actors

namespace moonwright::detail {

/// A handler, and whether it is still wanted.
class EventSubscriber {
 public:
  EventSubscriber(std::weak_ptr<actors::EventHub> hub, actors::EventMask types,
                  EventHandler handler);

  [[nodiscard]] actors::EventMask types() const noexcept { return types_; }
  void call(const Event& event);
  void end() noexcept;

 private:
  const std::weak_ptr<actors::EventHub> hub_;
  const actors::EventMask types_;
  std::mutex mutex_;
  std::condition_variable idle_;
  EventHandler handler_;       ///< whoever ends it drops it, or the call that is running then
  bool ended_ = false;         ///< under mutex_
  std::thread::id running_{};  ///< on which thread; under mutex_
};

}  // namespace moonwright::detail
