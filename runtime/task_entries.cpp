// task_entries.cpp: see task_entries.hpp.
#include "runtime/task_entries.hpp"

#include <lua.hpp>
#include <string_view>

#include "runtime/actor_script.hpp"
#include "runtime/error_value.hpp"
#include "runtime/memory_sampler.hpp"
#include "runtime/modules.hpp"
#include "runtime/ref_userdata.hpp"

namespace moonwright::runtime::entries {
namespace {

/// Hooks are called by the runtime only; a message of that name has no handler.
bool is_hook(std::string_view name) {
  return name.size() > 3 && name.starts_with("on_") &&
         (name == "on_down" || name == "on_stop" || name == "on_exit" || name == "on_checkpoint" ||
          name == "on_restore");
}

/// Decodes the current message onto the empty stack; answers how many values there are.
int decode_message(lua_State* L, ActorScript& script) {
  const Message* message = script.current_message();
  const int count = decode(L, message->bytes(), message->ref_list());
  if (count < 0) return raise(L, ErrorCode::corrupt, "a message could not be decoded");
  return count;
}

int finish_handler(lua_State* L, int, lua_KContext) {
  ActorScript::of(L).answer_current(L, 1, lua_gettop(L));
  return 0;
}

int finish_hook(lua_State*, int, lua_KContext) { return 0; }

int finish_checkpoint(lua_State* L, int, lua_KContext) {
  ActorScript::of(L).keep_results(L, 1);
  return 0;
}

/// Pushes the hook `name` of the behaviour table and answers true, or pushes nothing.
bool push_hook(lua_State* L, ActorScript& script, const char* name) {
  if (script.behaviour_anchor() == 0 || script.behaviour_is_function()) return false;
  lua_rawgeti(L, LUA_REGISTRYINDEX, script.behaviour_anchor());
  lua_getfield(L, -1, name);
  lua_remove(L, -2);
  if (!lua_isnil(L, -1)) return true;
  lua_pop(L, 1);
  return false;
}

/// The last part of the beginning of a life.
int finish_restoring(lua_State* L, int, lua_KContext) {
  ActorScript& script = ActorScript::of(L);
  script.end_restoring();
  script.finish_chunk();
  return 0;
}

/// Makes the values of the checkpoint, a slice at a time, and hands them to on_restore().
int restore_values(lua_State* L, int, lua_KContext) {
  ActorScript& script = ActorScript::of(L);
  const CheckpointProgress progress = script.step_restoring();
  if (progress == CheckpointProgress::refused) return raise(L, script.scratch().error);
  if (progress == CheckpointProgress::more) {
    script.give_way();
    return lua_yieldk(L, 0, 0, restore_values);
  }
  lua_settop(L, 0);
  if (push_hook(L, script, "on_restore")) {
    lua_callk(L, script.push_restored(L), 0, 0, finish_restoring);
  }
  return finish_restoring(L, LUA_OK, 0);
}

/// Requires module `index` and all after it that the checkpoint knows of.
int restore_modules(lua_State* L, int, lua_KContext index) {
  ActorScript& script = ActorScript::of(L);
  for (;; ++index) {
    const char* const name = script.module_to_restore(static_cast<std::size_t>(index));
    if (name == nullptr) return restore_values(L, LUA_OK, 0);
    lua_settop(L, 0);
    lua_pushcfunction(L, require);
    lua_pushstring(L, name);
    lua_callk(L, 1, 0, index + 1, restore_modules);
  }
}

int finish_chunk(lua_State* L, int, lua_KContext) {
  ActorScript& script = ActorScript::of(L);
  script.adopt_chunk(L, 1, lua_gettop(L));
  if (!script.has_to_restore()) {
    script.finish_chunk();
    return 0;
  }
  if (!script.begin_restoring()) return raise(L, script.scratch().error);
  return restore_modules(L, LUA_OK, 0);
}

/// Answers that there is no handler: to the caller if there is one, to the log otherwise.
int refuse_unknown(lua_State* L, ActorScript& script) {
  Host& host = script.host();
  const char* name = lua_type(L, 1) == LUA_TSTRING ? lua_tostring(L, 1) : luaL_typename(L, 1);
  const char* actor = lua_pushlstring(L, host.name().data(), host.name().size());
  lua_pushfstring(L, "no handler '%s' in actor '%s'", name, actor);
  const std::string_view text = error_text(L);
  Task& task = *script.current();
  if (task.reply.owed()) {
    script.scratch().error = Error{ErrorCode::no_handler, std::string(text), {}};
    host.refuse(task.reply, script.scratch().error);
  } else {
    host.log(LogLevel::warn, text);
  }
  return 0;
}

/// Whether the value at the top of the stack can be called.
bool is_callable(lua_State* L) {
  if (lua_isfunction(L, -1)) return true;
  if (luaL_getmetafield(L, -1, "__call") == LUA_TNIL) return false;
  lua_pop(L, 1);
  return true;
}

/// Puts the handler for the name at index 1 below the arguments. Answers false if there is none.
bool select_handler(lua_State* L, ActorScript& script) {
  if (!script.has_behaviour()) return false;
  lua_rawgeti(L, LUA_REGISTRYINDEX, script.behaviour_anchor());
  if (script.behaviour_is_function()) {
    lua_insert(L, 1);  // it takes everything, the name too
    return true;
  }
  const int behaviour = lua_gettop(L);
  if (lua_type(L, 1) == LUA_TSTRING) {
    std::size_t size = 0;
    const char* name = lua_tolstring(L, 1, &size);
    if (is_hook({name, size})) {
      lua_settop(L, behaviour - 1);
      return false;
    }
  }
  lua_pushvalue(L, 1);
  // Raw first: behaviours with a metatable are rare, and this is the path of every message.
  if (lua_rawget(L, behaviour) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_pushvalue(L, 1);
    lua_gettable(L, behaviour);
  }
  if (is_callable(L)) {
    lua_replace(L, 1);
    lua_settop(L, behaviour - 1);
    return true;
  }
  lua_pop(L, 1);
  lua_getfield(L, behaviour, "*");
  if (!is_callable(L)) {
    lua_settop(L, behaviour - 1);
    return false;
  }
  lua_remove(L, behaviour);
  lua_insert(L, 1);
  return true;
}

}  // namespace

int run_chunk(lua_State* L) {
  ActorScript& script = ActorScript::of(L);
  script.code().push(L);
  const int count = decode_message(L, script);
  script.host().memory_milestone(script.state().allocator().used(), kExecution);
  lua_callk(L, count, LUA_MULTRET, 0, finish_chunk);
  return finish_chunk(L, LUA_OK, 0);
}

int run_handler(lua_State* L) {
  ActorScript& script = ActorScript::of(L);
  Task& task = *script.current();
  task.decoding = true;
  const int count = decode_message(L, script);
  if (count == 0) lua_pushnil(L);
  luaL_checkstack(L, 4, "cannot call a handler");
  task.decoding = false;
  if (!select_handler(L, script)) return refuse_unknown(L, script);
  lua_callk(L, lua_gettop(L) - 1, LUA_MULTRET, 0, finish_handler);
  return finish_handler(L, LUA_OK, 0);
}

int run_down(lua_State* L) {
  ActorScript& script = ActorScript::of(L);
  const Message* message = script.current_message();
  if (!push_hook(L, script, "on_down")) return 0;
  push_ref(L, message->sender.target());
  const int base = lua_gettop(L);
  // reason, code, text
  if (decode_message(L, script) != 3) return raise(L, ErrorCode::corrupt, "a malformed notice");
  lua_createtable(L, 0, 4);
  lua_pushboolean(L, message->restarting ? 1 : 0);
  lua_setfield(L, -2, "restarting");
  lua_pushboolean(L, message->kind == MessageKind::exit_signal ? 1 : 0);
  lua_setfield(L, -2, "linked");
  if (lua_rawlen(L, base + 3) > 0) {
    lua_pushvalue(L, base + 2);
    lua_setfield(L, -2, "code");
    lua_pushvalue(L, base + 3);
    lua_setfield(L, -2, "message");
  }
  lua_replace(L, base + 2);
  lua_settop(L, base + 2);
  lua_callk(L, 3, 0, 0, finish_hook);
  return 0;
}

int run_event(lua_State* L) {
  ActorScript& script = ActorScript::of(L);
  const std::uint64_t number = script.current_message()->correlation;
  if (number >> 32 != script.incarnation()) return 0;
  lua_rawgeti(L, LUA_REGISTRYINDEX, static_cast<lua_Integer>(number & 0xFFFF'FFFF));
  lua_callk(L, decode_message(L, script), 0, 0, finish_hook);
  return 0;
}

int run_life_hook(lua_State* L) {
  static constexpr const char* kNames[] = {"onCreate",  "onActivate", "onDeactivate",
                                           "onRecycle", "onDestroy",  "onError"};
  ActorScript& script = ActorScript::of(L);
  const LifeHook hook = script.life_hook();
  lua_rawgeti(L, LUA_REGISTRYINDEX, script.lifecycle_anchor());
  lua_pushstring(L, kNames[static_cast<std::size_t>(hook)]);
  if (lua_rawget(L, -2) == LUA_TNIL) return 0;
  const std::string_view reason = script.hook_argument();
  int arguments = 1;
  if (hook == LifeHook::error && script.hook_error() != nullptr) {
    const Error& error = *script.hook_error();
    push_error(L, error.code, error.message, error.traceback);
    ++arguments;
  } else if (hook == LifeHook::destroy || hook == LifeHook::recycle) {
    lua_pushlstring(L, reason.data(), reason.size());
    ++arguments;
  }
  lua_createtable(L, 0, 3);
  const std::string_view name = script.host().name();
  lua_pushlstring(L, name.data(), name.size());
  lua_setfield(L, -2, "name");
  lua_pushinteger(L, script.incarnation());
  lua_setfield(L, -2, "incarnation");
  lua_pushinteger(L, script.generation());
  lua_setfield(L, -2, "generation");
  lua_callk(L, arguments, 0, 0, finish_hook);
  return 0;
}

int run_timer(lua_State* L) {
  ActorScript& script = ActorScript::of(L);
  const int anchor = script.timer_anchor();
  const bool repeats = script.timer_repeats();
  lua_rawgeti(L, LUA_REGISTRYINDEX, anchor);
  if (!repeats) luaL_unref(L, LUA_REGISTRYINDEX, anchor);
  // A sequence of the function and its arguments, with its length at 0 because of nils among them.
  lua_rawgeti(L, 1, 0);
  const auto values = static_cast<int>(lua_tointeger(L, -1));
  lua_pop(L, 1);
  luaL_checkstack(L, values + 1, "too many arguments for a timer");
  for (int i = 1; i <= values; ++i) lua_rawgeti(L, 1, i);
  lua_callk(L, values - 1, 0, 0, finish_hook);
  return 0;
}

int run_checkpoint(lua_State* L) {
  ActorScript& script = ActorScript::of(L);
  if (!push_hook(L, script, "on_checkpoint")) {
    script.save_without_hook();
    return 0;
  }
  lua_callk(L, 0, LUA_MULTRET, 0, finish_checkpoint);
  return finish_checkpoint(L, LUA_OK, 0);
}

int run_hook(lua_State* L) {
  ActorScript& script = ActorScript::of(L);
  const char* name = script.hook_name();
  if (!push_hook(L, script, name)) return 0;
  int arguments = 0;
  if (const std::string_view reason = script.hook_argument(); !reason.empty()) {
    lua_pushlstring(L, reason.data(), reason.size());
    arguments = 1;
  }
  lua_callk(L, arguments, 0, 0, finish_hook);
  return 0;
}

}  // namespace moonwright::runtime::entries
