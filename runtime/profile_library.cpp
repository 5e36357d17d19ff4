// profile_library.cpp: profiles that a script starts and stops, and the moments that it marks.
#include "runtime/profile_library.hpp"

#include <lua.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "runtime/actor_script.hpp"
#include "runtime/error_value.hpp"
#include "runtime/node.hpp"
#include "runtime/ref_userdata.hpp"

namespace moonwright::runtime {
namespace {

/// What a profile holds at most, about: calls and functions, or samples.
constexpr std::uint64_t kCpuProfileBytes = 6u << 20;
constexpr std::uint64_t kMemoryProfileBytes = 16u << 10;

/// One of the two. Whoever drops it stops it.
struct ProfileNode : HostNode {
  std::optional<CpuProfiler> cpu;
  std::optional<MemoryProfiler> memory;

  ~ProfileNode() { stop(); }
  void stop() noexcept {
    if (cpu) cpu->stop();
    if (memory) memory->stop();
  }
};

int stop_profile(lua_State* L);
int draw_profile(lua_State* L);
constexpr luaL_Reg kMethods[] = {{"stop", stop_profile}, {"svg", draw_profile}, {nullptr, nullptr}};
constexpr NodeType kProfileType{"profile", kMethods, nullptr};

int push_scratch(lua_State* L, ActorScript& script) {
  const std::string_view text = script.scratch().text;
  lua_pushlstring(L, text.data(), text.size());
  script.scratch().text = {};
  return 1;
}

int stop_profile(lua_State* L) {
  auto* node = static_cast<ProfileNode*>(check_node(L, 1, kProfileType));
  ActorScript& script = ActorScript::of(L);
  node->stop();
  script.scratch().text =
      node->cpu ? to_folded(node->cpu->profile()) : to_csv(node->memory->profile());
  return push_scratch(L, script);
}

int draw_profile(lua_State* L) {
  auto* node = static_cast<ProfileNode*>(check_node(L, 1, kProfileType));
  ActorScript& script = ActorScript::of(L);
  std::size_t size = 0;
  const char* title = luaL_optlstring(L, 2, node->cpu ? "processor time" : "memory", &size);
  script.scratch().text = node->cpu ? to_svg(node->cpu->profile(), {title, size})
                                    : to_svg(node->memory->profile(), {title, size});
  return push_scratch(L, script);
}

/// Begins what `node` is for; an error is left in the scratch of the script.
bool begin(ActorScript& script, const detail::RefTarget& target, bool is_cpu, ProfileNode& node) {
  Result<void> begun;
  if (is_cpu) {
    begun = script.host().profile(target, node.cpu.emplace());
  } else {
    begun = script.host().profile(target, node.memory.emplace());
  }
  if (begun) return true;
  script.scratch().error = std::move(begun.error());
  return false;
}

}  // namespace

int profile(lua_State* L) {
  ActorScript& script = ActorScript::of(L);
  const std::string_view kind = lua_type(L, 1) == LUA_TSTRING ? lua_tostring(L, 1) : "";
  if (kind != "cpu" && kind != "memory") return argument_error(L, 1, "cpu or memory expected");
  const detail::RefTarget* target = lua_isnoneornil(L, 2) ? script.host().self() : to_ref(L, 2);
  if (target == nullptr) return type_error(L, 2, "actor");
  if (script.sandbox() != Sandbox::none) {
    // A profile is memory of the host, which no limit of the script covers.
    return raise(L, ErrorCode::denied, "only actors at level none may profile");
  }
  auto* node = push_node<ProfileNode>(L, kProfileType);
  if (!script.state().declare(*node, kind == "cpu" ? kCpuProfileBytes : kMemoryProfileBytes)) {
    return raise(L, ErrorCode::memory_limit, "no memory is left for a profile");
  }
  if (!begin(script, *target, kind == "cpu", *node)) return raise(L, script.scratch().error);
  return 1;
}

int mark(lua_State* L) {
  ActorScript& script = ActorScript::of(L);
  if (lua_type(L, 1) != LUA_TSTRING) return type_error(L, 1, "string");
  std::size_t size = 0;
  const char* label = lua_tolstring(L, 1, &size);
  if (size == 0) return argument_error(L, 1, "a label has at least one letter");
  const bool taken =
      script.host().sample_memory(L, script.state().allocator().used(), {label, size});
  lua_pushboolean(L, taken ? 1 : 0);
  return 1;
}

}  // namespace moonwright::runtime
