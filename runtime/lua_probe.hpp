// lua_probe.hpp: whether the Lua that is linked may run scripts that nobody trusts.
#pragma once

#include <optional>
#include <string>

namespace moonwright::runtime {

/// Why it may not, or nothing, also for the release that moonwright brings itself. Scripts can
/// crash some releases of Lua 5.4, or worse, by means that no sandbox can take from them; such a
/// Lua is for trusted scripts only.
///
/// Runs the best known of these errors where it does no harm, in a state whose memory is never
/// reused, and knows the others by the release that ended them. Takes less than a millisecond.
/// Thread: any.
[[nodiscard]] std::optional<std::string> problem_with_lua();

/// The release of a text such as "$LuaVersion: Lua 5.4.4  Copyright ...", as 50404; 0 if it has
/// none.
[[nodiscard]] int release_of(const char* identification) noexcept;

}  // namespace moonwright::runtime
