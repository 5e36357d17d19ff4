// actor_ref.hpp: the address of an actor, as a C++ value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

namespace moonwright {

namespace detail {

/// What an ActorRef counts. Implemented by the runtime's actors, never by a host.
class RefTarget {
 public:
  virtual void add_ref() const noexcept = 0;
  virtual void release() const noexcept = 0;
  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }

 protected:
  explicit RefTarget(std::uint64_t id) noexcept : id_(id) {}
  ~RefTarget() = default;

 private:
  const std::uint64_t id_;
};

}  // namespace detail

/// The address of an actor. Cheap to copy; equal to every other reference of the same actor.
///
/// A reference keeps an address valid, not an actor alive: when the actor has ended, what is sent
/// to it is answered `dead`. It may outlive its Runtime; then, too, sends answer `dead`.
///
/// Thread: any; distinct ActorRef objects may be used at once, one object only like an int.
class ActorRef {
 public:
  /// Refers to nobody; sending to it answers `invalid_argument`.
  ActorRef() noexcept = default;
  ActorRef(const ActorRef& other) noexcept : target_(other.target_) {
    if (target_ != nullptr) target_->add_ref();
  }
  ActorRef(ActorRef&& other) noexcept : target_(std::exchange(other.target_, nullptr)) {}
  ActorRef& operator=(ActorRef other) noexcept {
    std::swap(target_, other.target_);
    return *this;
  }
  ~ActorRef() {
    if (target_ != nullptr) target_->release();
  }

  /// Whether it refers to an actor at all, dead or alive.
  [[nodiscard]] explicit operator bool() const noexcept { return target_ != nullptr; }

  /// Unique within its runtime and never reused; 0 for the empty reference.
  [[nodiscard]] std::uint64_t id() const noexcept { return target_ == nullptr ? 0 : target_->id(); }

  friend bool operator==(const ActorRef& a, const ActorRef& b) noexcept {
    return a.target_ == b.target_;
  }

  /// For the runtime's own use: the counted target, borrowed.
  [[nodiscard]] const detail::RefTarget* target() const noexcept { return target_; }
  /// For the runtime's own use: counts `target` once more.
  [[nodiscard]] static ActorRef of(const detail::RefTarget* target) noexcept {
    ActorRef ref;
    ref.target_ = target;
    if (target != nullptr) target->add_ref();
    return ref;
  }
  /// For the runtime's own use: takes over one count that the caller holds.
  [[nodiscard]] static ActorRef adopt(const detail::RefTarget* target) noexcept {
    ActorRef ref;
    ref.target_ = target;
    return ref;
  }
  /// For the runtime's own use: hands the count over to the caller.
  [[nodiscard]] const detail::RefTarget* detach() noexcept {
    return std::exchange(target_, nullptr);
  }

 private:
  const detail::RefTarget* target_ = nullptr;
};

}  // namespace moonwright

template <>
struct std::hash<moonwright::ActorRef> {
  std::size_t operator()(const moonwright::ActorRef& ref) const noexcept {
    return std::hash<std::uint64_t>{}(ref.id());
  }
};
