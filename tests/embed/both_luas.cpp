// A host with a Lua of its own. Both libraries define the same C functions; each must get its own.

#include <cstdio>
#include <future>
#include <lua.hpp>
#include <moonwright/moonwright.hpp>
#include <string>

namespace mw = moonwright;

namespace {

int fail(const std::string& what) {
  std::fprintf(stderr, "both_luas: %s\n", what.c_str());
  return 1;
}

// Yields, fails and collects: enough to end up in the other library if any symbol were shared.
constexpr char kScript[] = R"(
  local sum = 0
  for i in coroutine.wrap(function() for i = 1, 10 do coroutine.yield(i) end end) do
    sum = sum + i
  end
  assert(not pcall(error, {}))
  local keep = {}
  for i = 1, 1000 do keep[i] = { tostring(i) } end
  return sum
)";

// The host's own state, left alive while the runtime works.
bool host_sum(lua_State* lua) {
  const bool good = luaL_dostring(lua, kScript) == LUA_OK && lua_tointeger(lua, -1) == 55;
  lua_settop(lua, 0);
  return good;
}

mw::Result<mw::Values> runtime_sum(mw::Runtime& runtime) {
  std::promise<mw::ActorExit> exit;
  mw::SpawnOptions options;
  options.script = mw::Script::text(kScript);
  options.chunk_return = mw::ChunkReturn::values;
  options.on_exit = [&exit](const mw::ActorExit& how) { exit.set_value(how); };
  const auto actor = runtime.spawn(std::move(options));
  if (!actor) return tl::make_unexpected(actor.error());
  const mw::ActorExit how = exit.get_future().get();
  if (!how.normal()) return tl::make_unexpected(how.error);
  return how.values;
}

}  // namespace

int main() {
  lua_State* host = luaL_newstate();
  if (host == nullptr) return fail("no state of the host's Lua");
  luaL_openlibs(host);

  auto runtime = mw::Runtime::start({.workers = 1});
  if (!runtime) return fail("start: " + runtime.error().message);

  for (int round = 0; round < 3; ++round) {
    if (!host_sum(host)) return fail("the host's Lua does not work");
    const auto sum = runtime_sum(*runtime);
    if (!sum) return fail("the runtime's Lua: " + sum.error().message);
    if (*sum != mw::Values{55}) return fail("the runtime's Lua computed something else");
  }

  lua_close(host);
  const auto report = runtime->stop(std::chrono::seconds(5));
  return report && report->complete() ? 0 : fail("the runtime did not stop");
}
