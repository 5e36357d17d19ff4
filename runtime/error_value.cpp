// error_value.cpp: see error_value.hpp.
#include "runtime/error_value.hpp"

#include <cstdarg>
#include <cstring>
#include <lua.hpp>

#include "runtime/codec.hpp"
#include "runtime/message.hpp"

namespace moonwright::runtime {
namespace {

/// Its address is the registry key of the metatable of errors.
const char kMetatableKey = 0;

int error_to_string(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  lua_pushliteral(L, "message");
  lua_rawget(L, 1);
  lua_pushliteral(L, "traceback");
  lua_rawget(L, 1);
  if (lua_type(L, 2) != LUA_TSTRING) {
    lua_pushliteral(L, "error");
    return 1;
  }
  if (lua_type(L, 3) != LUA_TSTRING || lua_rawlen(L, 3) == 0) {
    lua_settop(L, 2);
    return 1;
  }
  lua_pushliteral(L, "\n");
  lua_insert(L, 3);
  lua_concat(L, 3);
  return 1;
}

void push_metatable(lua_State* L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &kMetatableKey) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_createtable(L, 0, 3);
  lua_pushcfunction(L, error_to_string);
  lua_setfield(L, -2, "__tostring");
  lua_pushliteral(L, "error");
  lua_setfield(L, -2, "__name");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &kMetatableKey);
}

void set_text(lua_State* L, const char* key, std::string_view text) {
  lua_pushlstring(L, text.data(), text.size());
  lua_setfield(L, -2, key);
}

std::string_view text_at(lua_State* L, int index) {
  std::size_t size = 0;
  const char* text = lua_type(L, index) == LUA_TSTRING ? lua_tolstring(L, index, &size) : "";
  return {text, size};
}

}  // namespace

void push_error(lua_State* L, ErrorCode code, std::string_view message, std::string_view traceback,
                const char* scope) {
  luaL_checkstack(L, 6, "cannot describe an error");
  lua_createtable(L, 0, 4);
  set_text(L, "code", to_string(code));
  set_text(L, "message", message);
  set_text(L, "traceback", traceback);
  if (scope != nullptr) set_text(L, "scope", scope);
  push_metatable(L);
  lua_setmetatable(L, -2);
}

int raise(lua_State* L, ErrorCode code, std::string_view message, const char* scope) {
  push_error(L, code, message, {}, scope);
  return lua_error(L);
}

int raise(lua_State* L, const Error& error) {
  push_error(L, error.code, error.message, error.traceback);
  return lua_error(L);
}

int raise_format(lua_State* L, ErrorCode code, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  lua_pushvfstring(L, format, arguments);
  va_end(arguments);
  return raise(L, code, text_at(L, -1));
}

int argument_error(lua_State* L, int index, const char* problem) {
  const char* name = "?";
  lua_Debug frame;
  if (lua_getstack(L, 0, &frame) != 0) {
    lua_getinfo(L, "n", &frame);
    if (frame.name != nullptr) name = frame.name;
    if (std::strcmp(frame.namewhat, "method") == 0) --index;
  }
  luaL_where(L, 1);
  const char* where = lua_tostring(L, -1);
  if (index == 0) {
    return raise_format(L, ErrorCode::invalid_argument, "%scalling '%s' on bad self (%s)", where,
                        name, problem);
  }
  return raise_format(L, ErrorCode::invalid_argument, "%sbad argument #%d to '%s' (%s)", where,
                      index, name, problem);
}

int type_error(lua_State* L, int index, const char* expected) {
  const char* found = luaL_typename(L, index);
  if (luaL_getmetafield(L, index, "__name") == LUA_TSTRING) found = lua_tostring(L, -1);
  return argument_error(L, index, lua_pushfstring(L, "%s expected, got %s", expected, found));
}

void push_failure(lua_State* L, const Delivery& delivery) {
  if (delivery.message == nullptr) {
    push_error(L, delivery.code, delivery.text, {}, delivery.scope);
    return;
  }
  // A failure message holds code, text, traceback and perhaps the value that was raised.
  const int base = lua_gettop(L);
  luaL_checkstack(L, 12, "cannot describe an error");
  const int count = decode(L, delivery.message->bytes(), delivery.message->ref_list());
  const auto code =
      count >= 3 ? static_cast<ErrorCode>(lua_tointeger(L, base + 1)) : ErrorCode::corrupt;
  push_error(L, code, text_at(L, base + 2), text_at(L, base + 3));
  if (count >= 4) {
    lua_pushvalue(L, base + 4);
    lua_setfield(L, -2, "value");
  }
  lua_replace(L, base + 1);
  lua_settop(L, base + 1);
}

bool is_error_value(lua_State* L, int index) noexcept {
  if (lua_type(L, index) != LUA_TTABLE || lua_checkstack(L, 2) == 0) return false;
  if (lua_getmetatable(L, index) == 0) return false;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &kMetatableKey);
  const bool ours = lua_rawequal(L, -1, -2) != 0;
  lua_pop(L, 2);
  return ours;
}

ErrorCode error_code_at(lua_State* L, int index) {
  index = lua_absindex(L, index);
  lua_pushliteral(L, "code");
  lua_rawget(L, index);
  const auto code = parse_error_code(text_at(L, -1));
  lua_pop(L, 1);
  return code.value_or(ErrorCode::error);
}

void trim_traceback(std::string& traceback) {
  constexpr std::string_view kOwnFrame = "\n\t[C]: in ?";
  if (traceback.ends_with(kOwnFrame)) traceback.resize(traceback.size() - kOwnFrame.size());
  if (traceback == "stack traceback:") traceback.clear();
}

ErrorCode code_of(Posted posted) noexcept {
  switch (posted) {
    case Posted::overload:
    case Posted::quota: return ErrorCode::overload;
    case Posted::too_large: return ErrorCode::too_large;
    case Posted::stopped: return ErrorCode::stopped;
    default: return ErrorCode::dead;
  }
}

const char* text_of(Posted posted) noexcept {
  switch (posted) {
    case Posted::overload: return "the actor's mailbox is full";
    case Posted::quota: return "the runtime's memory budget has no room for the message";
    case Posted::too_large: return "the message is larger than the actor's whole mailbox";
    case Posted::stopped: return "the actor is stopping and takes no more messages";
    default: return "the actor has ended";
  }
}

}  // namespace moonwright::runtime
