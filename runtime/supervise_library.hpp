// supervise_library.hpp: supervisors, as scripts ask for them.
#pragma once

#include "runtime/host.hpp"

struct lua_State;

namespace moonwright::runtime {

class ActorScript;

/// `actor.supervise{...}`.
int supervise(lua_State* L);

/// What follows `start` in a message to a supervisor is read where it is sent, so that a wrong
/// option raises there. Answers whether the name at index 2 is that.
[[nodiscard]] bool is_child_order(lua_State* L);
/// Reads the child at index 3 and hands it to the supervisor as request `correlation`; leaves the
/// error in the scratch if that fails. Raises: what is wrong with the options.
void read_child_order(lua_State* L);
[[nodiscard]] bool post_child_order(ActorScript& script, const detail::RefTarget& to,
                                    std::uint64_t correlation, Instant deadline, bool granted);

}  // namespace moonwright::runtime
