// messaging_library.cpp: send, call and request.
#include "runtime/messaging_library.hpp"

#include <lua.hpp>

#include "runtime/actor_script.hpp"
#include "runtime/error_value.hpp"
#include "runtime/futures.hpp"
#include "runtime/ref_userdata.hpp"
#include "runtime/supervise_library.hpp"

namespace moonwright::runtime {
namespace {

/// The receiver at index 1: a reference, or the name of a registered actor, which is replaced by
/// its reference. What follows is a message, which begins with its name. Null, with an error table
/// on the stack, if nobody has that name.
const detail::RefTarget* receiver(lua_State* L) {
  if (lua_type(L, 2) != LUA_TSTRING) type_error(L, 2, "message name");
  const detail::RefTarget* target = to_ref(L, 1);
  if (target != nullptr) return target;
  if (lua_type(L, 1) != LUA_TSTRING) {
    type_error(L, 1, "actor reference or name");
    return nullptr;
  }
  std::size_t size = 0;
  const char* name = lua_tolstring(L, 1, &size);
  ActorScript& script = ActorScript::of(L);
  ActorRef& found = script.scratch().ref;
  found = script.host().whereis({name, size});
  if (!found) {
    lua_pushfstring(L, "no actor is registered as '%s'", name);
    push_error(L, ErrorCode::not_found, lua_tostring(L, -1));
    return nullptr;
  }
  target = found.target();
  push_ref(L, target);
  found = {};
  lua_replace(L, 1);
  return target;
}

int post_failed(lua_State* L, Posted posted) {
  push_error(L, code_of(posted), text_of(posted));
  return 1;
}

const detail::RefTarget* check_self(lua_State* L) {
  const detail::RefTarget* target = to_ref(L, 1);
  if (target == nullptr) type_error(L, 1, "actor");
  return target;
}

int ref_id(lua_State* L) {
  lua_pushinteger(L, static_cast<lua_Integer>(check_self(L)->id()));
  return 1;
}

/// The message is what follows the receiver. Raises if it cannot be sent to anybody.
Encoder& encode_message(lua_State* L, ActorScript& script) {
  Encoder& encoder = script.encoder();
  if (!encoder.encode(L, 2, lua_gettop(L) - 1, script.limits().message)) raise(L, encoder.error());
  return encoder;
}

}  // namespace

const luaL_Reg kRefMethods[] = {
    {"send", send}, {"call", call}, {"request", request}, {"id", ref_id}, {nullptr, nullptr}};

int send(lua_State* L) {
  const detail::RefTarget* to = receiver(L);
  if (to == nullptr) {
    lua_pushboolean(L, 0);
    lua_insert(L, -2);
    return 2;
  }
  ActorScript& script = ActorScript::of(L);
  const bool supervisor = script.host().is_supervisor(*to);
  if (supervisor && is_child_order(L)) {
    read_child_order(L);
    const bool ordered = post_child_order(script, *to, 0, kNever, is_granted(L, 1));
    lua_pushboolean(L, ordered ? 1 : 0);
    if (ordered) return 1;
    push_error(L, script.scratch().error.code, script.scratch().error.message);
    return 2;
  }
  Encoder& encoder = script.encoder();
  if (!encoder.encode(L, 2, lua_gettop(L) - 1, script.limits().message)) {
    lua_pushboolean(L, 0);
    push_error(L, encoder.error().code, encoder.error().message);
    return 2;
  }
  const Posted posted = script.host().post(*to, 0, kNever, encoder, supervisor && is_granted(L, 1));
  lua_pushboolean(L, posted == Posted::ok ? 1 : 0);
  return posted == Posted::ok ? 1 : 1 + post_failed(L, posted);
}

int finish_call(lua_State* L, int, long) {
  const Delivery& delivery = ActorScript::of(L).delivery();
  if (delivery.failed) {
    push_failure(L, delivery);
    return lua_error(L);
  }
  if (delivery.message == nullptr) return 0;
  lua_settop(L, 0);
  const int count = decode(L, delivery.message->bytes(), delivery.message->ref_list());
  if (count < 0) return raise(L, ErrorCode::corrupt, "a reply could not be decoded");
  return count;
}

int call(lua_State* L) {
  const detail::RefTarget* to = receiver(L);
  if (to == nullptr) return lua_error(L);
  ActorScript& script = ActorScript::of(L);
  script.require_await(L);
  const bool supervisor = script.host().is_supervisor(*to);
  const bool is_order = supervisor && is_child_order(L);
  if (is_order) read_child_order(L);
  const Encoder& message = is_order ? script.encoder() : encode_message(L, script);
  const Instant deadline = script.request_deadline();
  const std::uint64_t id = script.open_request(deadline, nullptr);
  if (id == 0) return raise(L, ErrorCode::overload, "too many requests without an answer");
  if (is_order) {
    if (post_child_order(script, *to, id, deadline, is_granted(L, 1))) {
      return script.await(L, finish_call, 0);
    }
    script.close_request(id);
    return raise(L, script.scratch().error);
  }
  const Posted posted =
      script.host().post(*to, id, deadline, message, supervisor && is_granted(L, 1));
  if (posted != Posted::ok) {
    script.close_request(id);
    post_failed(L, posted);
    return lua_error(L);
  }
  return script.await(L, finish_call, 0);
}

int request(lua_State* L) {
  const detail::RefTarget* to = receiver(L);
  if (to == nullptr) return lua_error(L);
  ActorScript& script = ActorScript::of(L);
  const bool supervisor = script.host().is_supervisor(*to);
  const bool is_order = supervisor && is_child_order(L);
  if (is_order) read_child_order(L);
  const Encoder& message = is_order ? script.encoder() : encode_message(L, script);
  FutureNode* future = push_future(L);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, 1);
  lua_pushvalue(L, 2);
  lua_setiuservalue(L, -2, 2);
  const Instant deadline = script.request_deadline();
  const std::uint64_t id = script.open_request(deadline, future);
  if (id == 0) return raise(L, ErrorCode::overload, "too many requests without an answer");
  future->request = id;
  if (is_order) {
    if (post_child_order(script, *to, id, deadline, is_granted(L, 1))) return 1;
    script.close_request(id);
    return raise(L, script.scratch().error);
  }
  const Posted posted =
      script.host().post(*to, id, deadline, message, supervisor && is_granted(L, 1));
  if (posted != Posted::ok) {
    script.close_request(id);
    future->settle(script, nullptr, {nullptr, true, code_of(posted), text_of(posted), nullptr});
  }
  return 1;
}

}  // namespace moonwright::runtime
