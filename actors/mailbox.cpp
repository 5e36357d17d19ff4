// mailbox.cpp: see mailbox.hpp for the invariants.
#include "actors/mailbox.hpp"

#include <algorithm>
#include <utility>

namespace moonwright::actors {
namespace {

constexpr int kCountShift = 40;
constexpr std::uint64_t kOne = std::uint64_t{1} << kCountShift;
constexpr std::uint64_t kBytesMask = kOne - 1;

/// Marks of the inboxes; no message has such an address.
Message* blocked() noexcept { return reinterpret_cast<Message*>(std::uintptr_t{1}); }
Message* closed() noexcept { return reinterpret_cast<Message*>(std::uintptr_t{2}); }

}  // namespace

Mailbox::Mailbox(const MailboxLimits& limits) noexcept
    : user_inbox_(nullptr),
      load_(0),
      bytes_max_(limits.bytes_max),
      messages_max_(limits.messages_max),
      batch_(std::clamp<std::uint32_t>(limits.messages_max / 16, 1, 64)),
      control_inbox_(nullptr) {}

Mailbox::~Mailbox() {
  Message* message = close();
  while (message != nullptr) Message::destroy(std::exchange(message, message->next));
}

bool Mailbox::reserve(std::size_t cost) noexcept {
  const std::uint64_t place = kOne + cost;
  const std::uint64_t before = load_.fetch_add(place, std::memory_order_relaxed);
  if ((before >> kCountShift) < messages_max_ && (before & kBytesMask) + cost <= bytes_max_) {
    return true;
  }
  load_.fetch_sub(place, std::memory_order_relaxed);
  return false;
}

Pushed Mailbox::push_user(Message* message) noexcept {
  // Whoever finds it closed reads what the owner wrote before it closed it.
  Message* top = user_inbox_.load(std::memory_order_acquire);
  do {
    if (top == closed()) return Pushed::closed;
    message->next = top == blocked() ? nullptr : top;
  } while (!user_inbox_.compare_exchange_weak(top, message));
  return top == blocked() ? Pushed::wakes : Pushed::ok;
}

Pushed Mailbox::push_control(Message* message) noexcept {
  Message* top = control_inbox_.load(std::memory_order_acquire);
  do {
    if (top == closed()) return Pushed::closed;
    message->next = top;
  } while (!control_inbox_.compare_exchange_weak(top, message));
  Message* mark = blocked();
  if (user_inbox_.load() == mark && user_inbox_.compare_exchange_strong(mark, nullptr)) {
    return Pushed::wakes;
  }
  return Pushed::ok;
}

std::size_t Mailbox::depth() const noexcept {
  return load_.load(std::memory_order_relaxed) >> kCountShift;
}

std::size_t Mailbox::bytes() const noexcept {
  return load_.load(std::memory_order_relaxed) & kBytesMask;
}

Message* Mailbox::take_control() noexcept {
  if (control_inbox_.load(std::memory_order_relaxed) == nullptr) return nullptr;
  return reversed(control_inbox_.exchange(nullptr));
}

/// Appends what is in the user inbox to the queue.
void Mailbox::absorb() noexcept {
  Message* const newest = user_inbox_.exchange(nullptr);
  if (newest == nullptr) return;
  Message* const oldest = reversed(newest);
  (user_queue_ == nullptr ? user_queue_ : user_tail_->next) = oldest;
  user_tail_ = newest;
}

bool Mailbox::has_user() noexcept {
  if (user_queue_ == nullptr && user_inbox_.load(std::memory_order_relaxed) != nullptr) absorb();
  return user_queue_ != nullptr;
}

Message* Mailbox::pop_user() noexcept {
  if (!has_user()) return nullptr;
  Message* const message = std::exchange(user_queue_, user_queue_->next);
  // Another core wrote it; it arrives while this one is handled.
  if (user_queue_ != nullptr) __builtin_prefetch(user_queue_);
  return message;
}

std::size_t Mailbox::give_back(const Message& message) noexcept {
  if (!message.counted) return 0;
  given_back_ += kOne + Message::cost(message.size);
  if ((given_back_ >> kCountShift) >= batch_ || (given_back_ & kBytesMask) > bytes_max_ / 16) {
    return flush();
  }
  return 0;
}

std::size_t Mailbox::flush() noexcept {
  if (given_back_ == 0) return 0;
  const std::uint64_t places = std::exchange(given_back_, 0);
  load_.fetch_sub(places, std::memory_order_relaxed);
  return places & kBytesMask;
}

void Mailbox::release(std::size_t cost) noexcept {
  load_.fetch_sub(kOne + cost, std::memory_order_relaxed);
}

bool Mailbox::try_block() noexcept {
  static_cast<void>(flush());
  Message* expected = nullptr;
  if (!user_inbox_.compare_exchange_strong(expected, blocked())) {
    absorb();
    return false;
  }
  if (control_inbox_.load() == nullptr) return true;
  // A control message came in between. Whoever takes the mark away runs on, or has us run.
  expected = blocked();
  return !user_inbox_.compare_exchange_strong(expected, nullptr);
}

Message* Mailbox::close() noexcept {
  Message* control = control_inbox_.exchange(closed());
  Message* user = user_inbox_.exchange(closed());
  control = control == closed() ? nullptr : reversed(control);
  user = user == blocked() || user == closed() ? nullptr : reversed(user);
  Message* all = nullptr;
  Message** tail = &all;
  for (Message* chain : {control, std::exchange(user_queue_, nullptr), user}) {
    *tail = chain;
    while (*tail != nullptr) tail = &(*tail)->next;
  }
  return all;
}

Message* Mailbox::reversed(Message* stack) noexcept {
  Message* queue = nullptr;
  while (stack != nullptr) {
    Message* next = std::exchange(stack->next, queue);
    queue = std::exchange(stack, next);
  }
  return queue;
}

}  // namespace moonwright::actors
