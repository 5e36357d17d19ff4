// carry_library.cpp: see carry_library.hpp.
#include "runtime/carry_library.hpp"

#include <lua.hpp>

#include "runtime/actor_script.hpp"
#include "runtime/error_value.hpp"
#include "runtime/ref_userdata.hpp"
#include "runtime/relations_library.hpp"

namespace moonwright::runtime {
namespace {

/// The number of bytes, or raises what has been answered instead.
int finish(lua_State* L, int, lua_KContext) {
  const Delivery& delivery = ActorScript::of(L).delivery();
  if (delivery.failed || delivery.message == nullptr) {
    push_failure(L, delivery);
    return lua_error(L);
  }
  const int count = decode(L, delivery.message->bytes(), delivery.message->ref_list());
  if (count < 0) return raise(L, ErrorCode::corrupt, "a reply could not be decoded");
  return count;
}

/// For what an actor does between two handlers: this one does it when the present one has ended,
/// and tells nobody.
int ask(lua_State* L, const char* what,
        void (Host::*ask)(const detail::RefTarget&, std::uint64_t) noexcept) {
  ActorScript& script = ActorScript::of(L);
  const detail::RefTarget* own = script.host().self();
  if (lua_isnoneornil(L, 1) || to_ref(L, 1) == own) {
    (script.host().*ask)(*own, 0);
    return 0;
  }
  const detail::RefTarget* target = check_controlled(L, 1, what);
  script.require_await(L);
  const std::uint64_t id = script.open_request(script.request_deadline(), nullptr);
  if (id == 0) return raise(L, ErrorCode::overload, "too many requests without an answer");
  (script.host().*ask)(*target, id);
  return script.await(L, finish, 0);
}

}  // namespace

int take_checkpoint(lua_State* L) { return ask(L, "actor.checkpoint()", &Host::ask_checkpoint); }

int passivate(lua_State* L) { return ask(L, "actor.passivate()", &Host::ask_passivation); }

}  // namespace moonwright::runtime
