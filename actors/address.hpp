// address.hpp: what a reference of this runtime points to.
#pragma once

#include <caf/execution_unit.hpp>

#include "actors/clock.hpp"
#include "moonwright/actor_ref.hpp"
#include "runtime/host.hpp"

namespace moonwright::actors {

using runtime::Message;
using runtime::MessageKind;
using runtime::MessagePtr;
using runtime::Posted;

class MemoryFloat;

/// A user message for an actor, before it is one: it is allocated only once it has a place.
struct Letter {
  ActorRef sender;
  std::uint64_t correlation = 0;
  Instant deadline = kNever;
  std::string_view bytes;
  const runtime::RefList& refs;
  bool privileged = false;       ///< whether the sender has control over the receiver
  MemoryFloat* payer = nullptr;  ///< of the sending thread, for the bytes; null: the broker itself
  std::unique_ptr<runtime::Cargo> cargo{};
  MessageKind kind = MessageKind::user;  ///< or `event`
};

/// What an address belongs to.
enum class AddressKind : std::uint8_t { port, script, supervisor, pool };

/// An actor, or the port through which C++ calls actors.
///
/// Thread: any.
class Address : public detail::RefTarget {
 public:
  /// Every reference of a runtime points to an Address.
  [[nodiscard]] static Address& of(const detail::RefTarget& target) noexcept {
    return const_cast<Address&>(static_cast<const Address&>(target));
  }
  [[nodiscard]] AddressKind kind() const noexcept { return kind_; }

  /// Posts a user message. Only for what accepts them: an actor.
  [[nodiscard]] virtual Posted post(Letter&& letter, caf::execution_unit* from) noexcept = 0;
  /// Delivers what is not a user message; false if nobody is there any more.
  virtual bool deliver(MessagePtr message, caf::execution_unit* from) noexcept = 0;

 protected:
  Address(AddressKind kind, std::uint64_t id) noexcept : detail::RefTarget(id), kind_(kind) {}
  ~Address() = default;

 private:
  const AddressKind kind_;
};

/// Answers the request that `to` owes, once, with values of our own, however many they are.
void answer(runtime::ReplyTo& to, const Values& values, caf::execution_unit* from);
/// The same with a failure.
void refuse(runtime::ReplyTo& to, const Error& error, caf::execution_unit* from,
            std::string_view value = {}, const runtime::RefList& value_refs = {}) noexcept;

}  // namespace moonwright::actors
