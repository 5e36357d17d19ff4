// events.cpp: see events.hpp.
#include "actors/events.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "actors/callback_thread.hpp"
#include "actors/log.hpp"

namespace moonwright {
EventSubscription::EventSubscription(std::shared_ptr<detail::EventSubscriber> subscriber) noexcept
    : subscriber_(std::move(subscriber)) {}
EventSubscription::EventSubscription(EventSubscription&&) noexcept = default;

EventSubscription& EventSubscription::operator=(EventSubscription&& other) noexcept {
  if (this != &other) {
    unsubscribe();
    subscriber_ = std::move(other.subscriber_);
  }
  return *this;
}

EventSubscription::~EventSubscription() { unsubscribe(); }

void EventSubscription::unsubscribe() noexcept {
  if (const auto subscriber = std::exchange(subscriber_, nullptr)) subscriber->end();
}

namespace detail {

EventSubscriber::EventSubscriber(std::weak_ptr<actors::EventHub> hub, actors::EventMask types,
                                 EventHandler handler)
    : hub_(std::move(hub)), types_(types), handler_(std::move(handler)) {}

void EventSubscriber::call(const Event& event) {
  {
    const std::lock_guard lock(mutex_);
    if (ended_) return;
    running_ = std::this_thread::get_id();
  }
  handler_(event);
  const std::lock_guard lock(mutex_);
  running_ = {};
  if (ended_) handler_ = nullptr;
  idle_.notify_all();
}

void EventSubscriber::end() noexcept {
  if (const auto hub = hub_.lock()) hub->unsubscribe(*this);
  std::unique_lock lock(mutex_);
  ended_ = true;
  const auto self = std::this_thread::get_id();
  idle_.wait(lock, [&] { return running_ == std::thread::id() || running_ == self; });
  if (running_ != self) handler_ = nullptr;
}

}  // namespace detail

namespace actors {
namespace {

constexpr std::chrono::seconds kDropLogInterval{1};

}  // namespace

EventHub::EventHub(const Clock& clock, CallbackThread& callbacks, Log& log, std::size_t queue_max)
    : clock_(clock), callbacks_(callbacks), log_(log), queue_max_(queue_max) {}

EventSubscription EventHub::subscribe(EventMask types, EventHandler handler) {
  auto subscriber =
      std::make_shared<detail::EventSubscriber>(weak_from_this(), types, std::move(handler));
  const std::lock_guard lock(mutex_);
  subscribers_.push_back(subscriber);
  update_wanted();
  return EventSubscription(std::move(subscriber));
}

void EventHub::unsubscribe(const detail::EventSubscriber& subscriber) noexcept {
  const std::lock_guard lock(mutex_);
  std::erase_if(subscribers_, [&](const auto& each) { return each.get() == &subscriber; });
  update_wanted();
}

void EventHub::subscribe(const ActorRef& script, std::uint64_t number, EventMask types) {
  const std::lock_guard lock(mutex_);
  scripts_.push_back({script, number, types});
  update_wanted();
}

void EventHub::unsubscribe_all(const detail::RefTarget& script) noexcept {
  const std::lock_guard lock(mutex_);
  std::erase_if(scripts_, [&](const auto& each) { return each.script.target() == &script; });
  update_wanted();
}

void EventHub::update_wanted() noexcept {
  EventMask all = 0;
  for (const auto& each : subscribers_) all |= each->types();
  for (const auto& each : scripts_) all |= each.types;
  wanted_.store(closed_ ? 0 : all, std::memory_order_relaxed);
}

void EventHub::publish(Event event, caf::execution_unit* from) {
  const std::unique_lock lock(mutex_);
  if (closed_) return;
  if (!scripts_.empty()) post_to_scripts(event, from);
  const EventMask type = mask_of(event.type);
  const bool wanted = std::any_of(subscribers_.begin(), subscribers_.end(),
                                  [type](const auto& each) { return (each->types() & type) != 0; });
  if (!wanted) return;
  if (queue_.size() >= queue_max_) return count_dropped(1);
  queue_.push_back(std::move(event));
  if (std::exchange(draining_, true)) return;
  callbacks_.post([hub = shared_from_this()] { hub->drain(); });
}

/// Nobody hears of itself: it would never come to an end.
void EventHub::post_to_scripts(const Event& event, caf::execution_unit* from) {
  runtime::ByteBuffer bytes;
  runtime::RefList refs;
  std::size_t lost = 0;
  for (const ScriptSubscriber& each : scripts_) {
    if ((each.types & mask_of(event.type)) == 0 || each.script == event.actor) continue;
    if (bytes.size() == 0 &&
        !runtime::encode_values({table_of(event)}, MessageLimits{}, bytes, refs)) {
      return;
    }
    Letter letter{event.actor, each.number, kNever, bytes.view(), refs};
    letter.kind = MessageKind::event;
    if (Address::of(*each.script.target()).post(std::move(letter), from) != Posted::ok) ++lost;
  }
  if (lost > 0) count_dropped(lost);
}

void EventHub::count_dropped(std::size_t count) {
  const std::uint64_t all = dropped_ += count;
  const Instant now = clock_.coarse_now();
  if (now < next_log_) return;
  next_log_ = now + kDropLogInterval;
  log_.write({LogLevel::warn, "events", 0,
              std::to_string(all - std::exchange(logged_drops_, all)) +
                  " events were dropped: those who subscribed to them are too slow"});
}

void EventHub::drain() {
  for (;;) {
    Event event;
    std::vector<std::shared_ptr<detail::EventSubscriber>> subscribers;
    {
      const std::lock_guard lock(mutex_);
      if (queue_.empty() || closed_) {
        draining_ = false;
        return;
      }
      event = std::move(queue_.front());
      queue_.pop_front();
      subscribers = subscribers_;
    }
    for (const auto& each : subscribers) {
      if ((each->types() & mask_of(event.type)) != 0) each->call(event);
    }
  }
}

void EventHub::close() noexcept {
  std::deque<Event> rest;
  const std::lock_guard lock(mutex_);
  closed_ = true;
  scripts_.clear();
  rest.swap(queue_);
  update_wanted();
}

Value table_of(const Event& event) {
  Table table = event.figures;
  table.set("type", to_string(event.type));
  table.set("time", std::chrono::duration<double>(event.time.time_since_epoch()).count());
  table.set("actor", event.actor);
  table.set("name", event.name);
  table.set("incarnation", static_cast<std::int64_t>(event.incarnation));
  table.set("generation", static_cast<std::int64_t>(event.generation));
  if (!event.reason.empty()) table.set("reason", event.reason);
  if (!event.text.empty()) table.set("text", event.text);
  return table;
}

}  // namespace actors
}  // namespace moonwright
