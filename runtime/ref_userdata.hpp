// ref_userdata.hpp: actor references inside a Lua state.
#pragma once

#include "moonwright/actor_ref.hpp"

struct lua_State;

namespace moonwright::runtime {

/// Pushes the userdata of `target`, counting it. Within a state the same actor is always the same
/// userdata, so that references can be table keys.
/// Raises: memory error. Borrows `target` for the call only.
void push_ref(lua_State* L, const detail::RefTarget* target);

/// The target of the reference at `index`, borrowed from the userdata; null if it is none.
/// Never raises, allocates nothing.
[[nodiscard]] const detail::RefTarget* to_ref(lua_State* L, int index) noexcept;

/// Whether this state has been granted control over the actor whose reference is at `index`: by a
/// message that held a grant, as long as it keeps the reference.
[[nodiscard]] bool is_granted(lua_State* L, int index) noexcept;
void set_granted(lua_State* L, int index) noexcept;

/// Pushes what a message carries to give its receiver control over an actor. Raises: memory errors.
void push_grant(lua_State* L, const detail::RefTarget* target);
/// The actor of such a value at `index`, or null.
[[nodiscard]] const detail::RefTarget* to_grant(lua_State* L, int index) noexcept;

}  // namespace moonwright::runtime
