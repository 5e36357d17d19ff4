// actor_library.hpp: the module `actor`.
#pragma once

struct lua_State;

namespace moonwright::runtime {

/// Pushes the runtime's own module `name` and answers true, or pushes nothing. Raises: memory
/// errors.
[[nodiscard]] bool push_runtime_module(lua_State* L, const char* name);

/// Whether scripts know `name` as a module of the runtime, which no host may expose.
[[nodiscard]] bool is_runtime_module(const char* name) noexcept;

}  // namespace moonwright::runtime
