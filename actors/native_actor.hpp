// native_actor.hpp: what actors have in common that run no script: supervisors and pools.
#pragma once

#include <atomic>
#include <cstddef>
#include <string>

#include "actors/actor_base.hpp"

namespace moonwright::actors {

/// Takes turns as a script's actor does, but for what a state would need: control messages first,
/// then a user message at a time, a bounded number of them in a turn. It is the list's own
/// reference from launch() on, which whoever derives from it gives back when it ends.
///
/// Thread: as ActorBase.
class NativeActor : public ActorBase {
 public:
  // Address
  void add_ref() const noexcept override { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() const noexcept override;

  // Job
  [[nodiscard]] Turn run(caf::execution_unit* unit) final;

 protected:
  using ActorBase::ActorBase;
  virtual ~NativeActor() = default;

  /// Lists a new actor and schedules its start.
  /// @param maker whose child it becomes, and who shares its fate, as in OTP: they are linked. On
  ///   whose thread this is. Null: nobody.
  /// Errors: already_exists (name), stopped; then it is discarded.
  [[nodiscard]] static Result<ActorRef> launch(NativeActor& actor, const std::string& name,
                                               ActorBase* maker, caf::execution_unit* from);

  /// A message of the control lane.
  virtual void control(MessagePtr message) = 0;
  /// A user message, whose place in the mailbox is still taken.
  virtual void receive(MessagePtr message) = 0;
  /// Whether user messages are taken now.
  [[nodiscard]] virtual bool takes_messages() const noexcept { return true; }
  /// Does a part of its own work, after which others have their turn; false if there is none.
  [[nodiscard]] virtual bool work_on() { return false; }
  /// There is nothing to do until a message or an alarm comes.
  virtual void rest() = 0;

  /// Answers, or refuses, what only makes sense for a script; answers whether it was that.
  /// @param kind "a supervisor".
  [[nodiscard]] bool handle_as_no_script(Message& message, const char* kind);

 private:
  mutable std::atomic<std::size_t> references_{0};
};

}  // namespace moonwright::actors
