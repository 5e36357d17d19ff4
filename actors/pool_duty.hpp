// pool_duty.hpp: what a worker of a pool keeps for it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "actors/pool_order.hpp"
#include "runtime/message.hpp"
#include "runtime/usage.hpp"

namespace moonwright::actors {

/// Which script has run in a state on whose behalf. Only that may run in it again.
struct PoolTrace {
  std::string owner;  ///< empty: the state is fresh
  std::shared_ptr<const runtime::Code> code;

  [[nodiscard]] bool fits(const PoolOrder& order) const noexcept {
    return owner.empty() || (owner == order.owner() && code == order.code());
  }
};

/// A worker tells its pool, by a message `worked`, of what it has finished and whether it can take
/// more: see WorkDone.
///
/// Thread: the worker's.
struct PoolDuty {
  bool ready = false;           ///< its state has run all that its factory has for it
  bool wants_state = false;     ///< it has none, and makes one when others have had their turn
  bool made = false;            ///< that state has not been told of
  std::uint64_t taken = 0;      ///< messages and scripts that were given to it
  std::uint64_t told = 0;       ///< those of them that the pool knows to be done
  runtime::MessagePtr waiting;  ///< the next script, if it cannot begin yet
  std::unique_ptr<PoolOrder> order{};  ///< the script that runs
  runtime::Usage before{};             ///< what the state had used when it began
  PoolTrace trace{};                   ///< of the script that has run in this state before
};

/// What `worked` says, in its correlation.
struct WorkDone {
  std::uint32_t place = 0;  ///< of the worker in its pool
  std::uint32_t count = 0;  ///< pieces of work that it has finished
  bool ready = true;        ///< otherwise it is being restarted
  bool made = false;        ///< it has a fresh state
  bool gone = false;        ///< it has ended, and does not come back

  [[nodiscard]] runtime::MessagePtr encode() const {
    runtime::MessagePtr message(
        runtime::Message::make(runtime::MessageKind::worked, gone ? "gone" : ""));
    message->correlation = std::uint64_t{place} << 32 | count;
    message->restarting = !ready;
    message->privileged = made;
    return message;
  }
  [[nodiscard]] static WorkDone decode(const runtime::Message& message) noexcept {
    return {static_cast<std::uint32_t>(message.correlation >> 32),
            static_cast<std::uint32_t>(message.correlation), !message.restarting,
            message.privileged, message.size > 0};
  }
};

}  // namespace moonwright::actors
