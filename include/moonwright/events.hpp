// events.hpp: what happens to actors, for those who want to hear of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "moonwright/actor_ref.hpp"
#include "moonwright/export.hpp"
#include "moonwright/result.hpp"
#include "moonwright/value.hpp"

namespace moonwright {

namespace detail {
class EventSubscriber;
}

enum class EventType : std::uint8_t {
  created,      ///< the chunk of an incarnation has returned
  activated,    ///< an idle actor has got a message
  deactivated,  ///< its mailbox is empty, and no handler has begun and not ended
  passivated,   ///< an idle actor has given its state back
  woken,        ///< a passive one has a state again
  recycled,     ///< it has got a fresh state, which was no restart
  destroyed,    ///< an incarnation has ended, for whatever reason
  error,        ///< a handler, the chunk, a timer or the like has failed
  limit,        ///< a limit has ended one of those
  warning,      ///< a limit is near, or the actor is not healthy
  dead_letter,  ///< a message to it will not be handled: see dead_letter.hpp
};
inline constexpr std::size_t kEventTypes = 11;

/// "created", "activated", ... Thread: any.
[[nodiscard]] MOONWRIGHT_API std::string_view to_string(EventType type) noexcept;
/// The inverse. Errors: invalid_argument; the message lists the names.
[[nodiscard]] MOONWRIGHT_API Result<EventType> parse_event_type(std::string_view name);

struct Event {
  EventType type = EventType::created;
  std::chrono::system_clock::time_point time{};
  ActorRef actor{};
  std::string name{};             ///< the actor's
  std::uint32_t incarnation = 1;  ///< which of its lives
  std::uint32_t generation = 1;   ///< of its script
  /// In a word: why it was destroyed or recycled, the code of an error or a limit, what is near its
  /// limit. Empty where there is nothing to say.
  std::string reason{};
  std::string text{};  ///< in a sentence, with the figures
  Table figures{};     ///< the same for programs: see docs/lifecycle.md
};

using EventHandler = std::function<void(const Event&)>;

/// Keeps a handler subscribed for as long as it lives. May outlive the runtime.
///
/// Thread: one at a time.
class MOONWRIGHT_API EventSubscription {
 public:
  EventSubscription() noexcept = default;
  explicit EventSubscription(std::shared_ptr<detail::EventSubscriber> subscriber) noexcept;
  EventSubscription(EventSubscription&&) noexcept;
  EventSubscription& operator=(EventSubscription&&) noexcept;
  ~EventSubscription();

  /// The handler is not called any more, and is not running when this returns, unless it is the
  /// handler itself that calls it.
  void unsubscribe() noexcept;
  [[nodiscard]] explicit operator bool() const noexcept { return subscriber_ != nullptr; }

 private:
  std::shared_ptr<detail::EventSubscriber> subscriber_;
};

}  // namespace moonwright
