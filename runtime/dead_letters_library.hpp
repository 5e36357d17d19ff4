// dead_letters_library.hpp: actor.dead_letters: messages that nobody has handled, for scripts.
#pragma once

struct lua_State;

namespace moonwright::runtime {

int dead_letters(lua_State* L);

}  // namespace moonwright::runtime
