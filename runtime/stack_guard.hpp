// stack_guard.hpp: keeps a Lua stack balanced across a C++ scope.
#pragma once

struct lua_State;

namespace moonwright::runtime {

/// Restores the stack height of `L` when the scope ends.
///
/// Why: a slot that is left behind stays invisible until the millionth call overflows the stack;
/// the guard makes the mistake local and, in debug builds, fatal.
///
/// Thread: confined to the one that runs the state.
/// Requires: what can raise inside the scope is called protected, as Lua leaves by longjmp and
/// would skip the destructor; no to-be-closed slot above the saved top.
class StackGuard {
 public:
  /// @param results values that the scope leaves on the stack on purpose, >= 0.
  explicit StackGuard(lua_State* L, int results = 0) noexcept;
  ~StackGuard();
  StackGuard(const StackGuard&) = delete;
  StackGuard& operator=(const StackGuard&) = delete;

 private:
  lua_State* const L_;
  const int expected_top_;
};

}  // namespace moonwright::runtime
