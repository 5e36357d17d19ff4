// stack_walk.hpp: what a script is in the middle of, through all its coroutines.
#pragma once

#include <cstdint>
#include <string_view>

struct lua_State;

namespace moonwright::runtime {

class Runner;
class StackTree;

/// A moment of a running script, for those who want to know where its time goes.
struct CpuSample {
  /// The innermost coroutine, in a hook of it or in a C function that it called.
  lua_State* running;
  const Runner* runner;    ///< of this thread
  std::uint32_t weight;    ///< how many looks it stands for
  bool c_function_on_top;  ///< one that has returned since
};

/// Adds a stack to `tree`, under `root`. Takes no memory of the state, and raises nothing.
/// Thread: the script's.
void record_stack(const CpuSample& sample, std::string_view root, StackTree& tree);

/// Calls in progress on `running` and on the coroutines that resumed it, up to 10,000.
/// Thread: the script's. Raises nothing.
[[nodiscard]] std::uint32_t stack_depth(lua_State* running, const Runner& runner) noexcept;

/// A word for the C function that `L` is in, as long as it has not left it; null if it is in none.
/// May be called in a signal handler of the thread that runs `L`.
[[nodiscard]] const void* c_call_of(lua_State* L) noexcept;
/// Whether `L` has returned from that function, into the one that had called it.
[[nodiscard]] bool has_returned_from(lua_State* L, const void* c_call) noexcept;

}  // namespace moonwright::runtime
