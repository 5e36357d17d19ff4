// futures.hpp: answers that have not come yet, as objects of a script.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/actor_script.hpp"
#include "runtime/node.hpp"

namespace moonwright::runtime {

/// The state of one `request`. The reply is kept as it came and decoded by whoever awaits it, so a
/// result that nobody looks at costs the script no time. What it takes counts as the script's
/// memory; a result for which there is no room becomes `overload`.
struct FutureNode : HostNode {
  ActorScript* script = nullptr;
  std::uint64_t request = 0;  ///< while it is open
  bool settled = false;
  bool failed = false;
  MessagePtr reply;             ///< null if it was settled without one
  Delivery outcome;             ///< what went wrong then
  std::vector<WaitId> waiters;  ///< tasks in await(), all() or any()

  ~FutureNode();

  void add_waiter(ActorScript& owner, WaitId wait);
  /// The answer has come, or will not come; wakes those that wait. The first call counts.
  void settle(ActorScript& owner, MessagePtr message, const Delivery& delivery);
};

/// The future at `index`, or null. Its user values are the receiver of its request and the name of
/// the message. Never raises.
[[nodiscard]] FutureNode* to_future(lua_State* L, int index) noexcept;

/// Pushes a future that is not settled and has no request yet. Raises: memory errors.
FutureNode* push_future(lua_State* L);

/// actor.all(list), actor.any(list).
int all(lua_State* L);
int any(lua_State* L);

}  // namespace moonwright::runtime
