// isolation_test.cpp: a walk over everything that two states hold finds no object in both.
//
// The walk begins at the registry and follows what the C interface shows: entries, metatables,
// upvalues, user values, stacks and locals. Strings count as objects, too.
#include <set>
#include <string>

#include "lua_run.hpp"
#include "runtime/chunk_pool.hpp"
#include "runtime/code.hpp"

namespace moonwright::runtime {
namespace {

class Walk {
 public:
  explicit Walk(State& state) : L_(state.lua()) {
    lua_pushvalue(L_, LUA_REGISTRYINDEX);
    visit();
    lua_pushliteral(L_, "");  // leads to the metatable of strings
    visit();
    lua_pushinteger(L_, 1);
    visit();
  }

  [[nodiscard]] const std::set<const void*>& objects() const { return objects_; }
  [[nodiscard]] bool has_text(std::string_view text) const {
    return texts_.find(std::string(text)) != texts_.end();
  }
  [[nodiscard]] int count(int type) const { return counts_[type]; }

 private:
  /// Visits the value at the top of the stack, and pops it.
  void visit() {
    ASSERT_NE(lua_checkstack(L_, 8), 0);
    const int value = lua_gettop(L_);
    const int type = lua_type(L_, value);
    const bool is_object = type == LUA_TSTRING || type == LUA_TTABLE || type == LUA_TUSERDATA ||
                           type == LUA_TTHREAD ||
                           (type == LUA_TFUNCTION && lua_getupvalue(L_, value, 1) != nullptr);
    lua_settop(L_, value);
    if (is_object && !objects_.insert(lua_topointer(L_, value)).second) return lua_pop(L_, 1);
    ++counts_[type];
    if (type == LUA_TSTRING) texts_.insert(lua_tostring(L_, value));
    if (lua_getmetatable(L_, value) != 0) visit();
    if (type == LUA_TTABLE) visit_entries(value);
    if (type == LUA_TTHREAD) visit_stack(lua_tothread(L_, value));
    for (int i = 1; type == LUA_TFUNCTION && lua_getupvalue(L_, value, i) != nullptr; ++i) visit();
    for (int i = 1; type == LUA_TUSERDATA && lua_getiuservalue(L_, value, i) != LUA_TNONE; ++i) {
      visit();
    }
    lua_settop(L_, value - 1);
  }

  void visit_entries(int table) {
    lua_pushnil(L_);
    while (lua_next(L_, table) != 0) {
      visit();
      lua_pushvalue(L_, -1);
      visit();
    }
  }

  void visit_stack(lua_State* thread) {
    if (thread == L_) return;
    for (int i = 1; i <= lua_gettop(thread); ++i) {
      lua_pushvalue(thread, i);
      lua_xmove(thread, L_, 1);
      visit();
    }
    lua_Debug frame;
    for (int level = 0; lua_getstack(thread, level, &frame) != 0; ++level) {
      for (const int step : {1, -1}) {  // locals, then what `...` stands for
        for (int i = step; lua_getlocal(thread, &frame, i) != nullptr; i += step) {
          lua_xmove(thread, L_, 1);
          visit();
        }
      }
    }
  }

  lua_State* const L_;
  std::set<const void*> objects_;
  std::set<std::string> texts_;
  int counts_[LUA_NUMTYPES] = {};
};

/// How many objects are in both.
std::size_t shared_by(const Walk& a, const Walk& b) {
  std::size_t count = 0;
  for (const void* object : a.objects()) count += b.objects().count(object);
  return count;
}

/// Something of every kind, all of it reachable, and every library in use.
constexpr const char* kFurnish = R"(
  local secret = ...
  kept = { secret .. " kept", { [secret .. " key"] = true }, ("long "):rep(30) .. secret }
  counter = (function() local n, name = 0, secret .. " upvalue"
    return function() n = n + 1 return name end end)()
  generator = coroutine.wrap(function() local own = secret .. " local" coroutine.yield(own) end)
  waiting = coroutine.create(function(...) local own = secret coroutine.yield(own, ...) end)
  coroutine.resume(waiting, {}, secret .. " argument")
  generator()
  iterator = ("a b c"):gmatch("%a")
  object = setmetatable({}, { __index = { field = secret }, __name = "object" })
  weak = setmetatable({ {}, object }, { __mode = "v" })
  local functions = {}
  kept.functions = functions
  for _, library in pairs(_G) do
    if type(library) == "table" then
      for name, value in pairs(library) do functions[name] = value end
    end
  end
  counter()
  return #secret
)";

void furnish(State& state, const Code& code, std::string secret) {
  struct Job {
    const Code& code;
    std::string& secret;
  } job{code, secret};
  const auto done = state.protect(
      [](lua_State* L) {
        const auto* work = static_cast<Job*>(lua_touserdata(L, 1));
        work->code.push(L);
        lua_pushlstring(L, work->secret.data(), work->secret.size());
        lua_call(L, 1, 0);
        return 0;
      },
      &job);
  ASSERT_TRUE(done) << done.error().message;
}

class Isolation : public testing::TestWithParam<Sandbox> {
 protected:
  std::unique_ptr<State> open(const std::string& secret) {
    auto state = open_state({.sandbox = GetParam(), .pool = &pool_});
    furnish(*state, *code_, secret);
    return state;
  }

  ChunkPool pool_{BlockSource(nullptr), 4u << 20};
  Result<Code> code_ = compile(kFurnish, "=furnish");
};

TEST_P(Isolation, AWalkSeesWhatAStateHolds) {
  const auto state = open("mine");
  const Walk walk(*state);
  for (const char* text :
       {"mine kept", "mine key", "mine upvalue", "mine local", "mine argument"}) {
    EXPECT_TRUE(walk.has_text(text)) << text;
  }
  EXPECT_GT(walk.count(LUA_TTABLE), 10);
  EXPECT_GT(walk.count(LUA_TFUNCTION), 80);
  EXPECT_GT(walk.count(LUA_TTHREAD), 2);
  EXPECT_EQ(shared_by(walk, walk), walk.objects().size());
}

TEST_P(Isolation, TwoStatesOfOneScriptShareNoObject) {
  const auto mine = open("mine");
  const auto yours = open("yours");
  EXPECT_EQ(shared_by(Walk(*mine), Walk(*yours)), 0u);
}

TEST_P(Isolation, AStateInWhatAnotherLeftHoldsNothingOfIt) {
  const auto neighbour = open("neighbour");
  for (int round = 0; round < 50; ++round) {
    open("left behind").reset();
    ASSERT_GT(pool_.bytes(), 0u);
    const auto state = open("new");
    const Walk walk(*state);
    ASSERT_EQ(shared_by(walk, Walk(*neighbour)), 0u);
    for (const char* text : {"left behind kept", "left behind key", "left behind upvalue"}) {
      ASSERT_FALSE(walk.has_text(text)) << text;
    }
  }
}

std::string name_of(const testing::TestParamInfo<Sandbox>& info) {
  return std::string(to_string(info.param));
}

INSTANTIATE_TEST_SUITE_P(Levels, Isolation,
                         testing::Values(Sandbox::none, Sandbox::restricted, Sandbox::strict),
                         name_of);

}  // namespace
}  // namespace moonwright::runtime
