// stack_walk.cpp: see stack_walk.hpp.
#include "runtime/stack_walk.hpp"

#include <array>
#include <cstddef>
#include <lua.hpp>

#include "runtime/lua_internals.h"
#include "runtime/runner.hpp"
#include "runtime/stack_tree.hpp"

namespace moonwright::runtime {
namespace {

constexpr std::uint32_t kDepthMax = 10'000;

/// Goes through the calls in progress from the innermost outwards, through all coroutines.
class Walk {
 public:
  Walk(lua_State* running, const Runner& runner) noexcept
      : L_(running), outer_(runner.resumption()) {
    found_ = lua_getstack(L_, 0, &frame_) != 0;
    if (!found_) leave_coroutine();
  }

  [[nodiscard]] bool found() const noexcept { return found_; }
  [[nodiscard]] lua_State* coroutine() const noexcept { return L_; }
  [[nodiscard]] const lua_Debug& frame() const noexcept { return frame_; }

  void go_outward() noexcept {
    if (!step()) leave_coroutine();
  }

 private:
  /// lua_getstack() counts from the innermost call each time.
  bool step() noexcept {
#ifdef MOONWRIGHT_BUNDLED_LUA
    return moonwright_lua_step_outward(L_, &frame_) != 0;
#else
    return lua_getstack(L_, ++level_, &frame_) != 0;
#endif
  }

  void leave_coroutine() noexcept {
    found_ = false;
    while (!found_ && outer_ != nullptr) {
      L_ = outer_->from();
      outer_ = outer_->outer();
      level_ = 0;
      found_ = lua_getstack(L_, 0, &frame_) != 0;
    }
  }

  lua_State* L_;
  const Resumption* outer_;
  lua_Debug frame_{};
  int level_ = 0;
  bool found_ = false;
};

/// Where a call is to be found again.
struct Place {
  lua_State* L;
  CallInfo* call;
};

void add_call(const Place& place, StackTree::Path& path) {
  lua_Debug frame{};
  frame.i_ci = place.call;
  lua_getinfo(place.L, "S", &frame);
  const auto name = [&frame, &place]() -> std::string_view {
    lua_getinfo(place.L, "n", &frame);
    return frame.name != nullptr ? frame.name : std::string_view();
  };
  if (frame.what[0] != 'C') {
    path.call(frame.short_src, frame.linedefined, name);
  } else if (const std::string_view known = name(); !known.empty()) {
    path.c_call(known);
  }
}

}  // namespace

void record_stack(const CpuSample& sample, std::string_view root, StackTree& tree) {
  std::array<Place, CpuProfiler::kFramesMax> calls;
  std::size_t depth = 0;
  Walk walk(sample.running, *sample.runner);
  for (; walk.found() && depth < calls.size(); walk.go_outward()) {
    calls[depth++] = {walk.coroutine(), walk.frame().i_ci};
  }
  StackTree::Path path(tree, root);
  if (walk.found()) path.literal("[...]");
  while (depth > 0) add_call(calls[--depth], path);
  if (sample.c_function_on_top) path.literal("[C]");
  path.end(sample.weight);
}

std::uint32_t stack_depth(lua_State* running, const Runner& runner) noexcept {
  std::uint32_t depth = 0;
  for (Walk walk(running, runner); walk.found() && depth < kDepthMax; walk.go_outward()) ++depth;
  return depth;
}

#ifdef MOONWRIGHT_BUNDLED_LUA
const void* c_call_of(lua_State* L) noexcept { return moonwright_lua_c_call(L); }
bool has_returned_from(lua_State* L, const void* c_call) noexcept {
  return c_call != nullptr && moonwright_lua_has_left(L, c_call) != 0;
}
#else
const void* c_call_of(lua_State*) noexcept { return nullptr; }
bool has_returned_from(lua_State*, const void*) noexcept { return false; }
#endif

}  // namespace moonwright::runtime
