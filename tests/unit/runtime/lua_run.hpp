// lua_run.hpp: code run in a bare State, without an actor; what it returns, as text.
#pragma once

#include <gtest/gtest.h>

#include <lua.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/state.hpp"

namespace moonwright::runtime {

/// A state of its own, for a test that does not care how it is made.
inline std::unique_ptr<State> open_state(const StateOptions& options = {}) {
  auto state = State::open(options);
  EXPECT_TRUE(state) << state.error().message;
  return state ? std::move(*state) : nullptr;
}

/// Runs `code` as the chunk "=case" on the main thread. An error comes back as it is; the results,
/// tostring'ed and joined by ", ", go to `out`.
inline Result<void> try_run(State& state, std::string_view code, std::string& out) {
  struct Job {
    std::string_view code;
    std::string& out;
  };
  Job job{code, out};
  const auto body = [](lua_State* L) {
    const auto* work = static_cast<Job*>(lua_touserdata(L, 1));
    if (luaL_loadbuffer(L, work->code.data(), work->code.size(), "=case") != LUA_OK) {
      return lua_error(L);
    }
    const int base = lua_gettop(L);
    lua_call(L, 0, LUA_MULTRET);
    const int top = lua_gettop(L);
    luaL_checkstack(L, 4, "too many results");
    for (int i = base; i <= top; ++i) {
      std::size_t size = 0;
      const char* text = luaL_tolstring(L, i, &size);
      work->out += i == base ? "" : ", ";
      work->out.append(text, size);
      lua_settop(L, top);
    }
    return 0;
  };
  out.clear();
  auto done = state.protect(body, &job);
  EXPECT_EQ(lua_gettop(state.lua()), 0) << "the main stack is out of balance";
  return done;
}

/// The same; an error becomes "error: text".
inline std::string run(State& state, std::string_view code) {
  std::string out;
  const auto done = try_run(state, code, out);
  return done ? out : "error: " + done.error().message;
}

/// In a fresh state.
inline std::string run(std::string_view code, Sandbox sandbox = Sandbox::restricted) {
  const auto state = open_state({.sandbox = sandbox});
  return run(*state, code);
}

/// Runs `code` in states that refuse every allocation from the first, the second, ... on, until one
/// lets it pass: each of the others answers a memory error, is in order, and runs it afterwards.
inline void expect_order_whatever_is_refused(std::string_view code) {
  const std::string expected = run(code);
  bool done = false;
  for (std::uint64_t allowed = 0; !done; ++allowed) {
    ASSERT_LT(allowed, 20'000u);
    const auto state = open_state();
    state->allocator().refuse_after(allowed);
    std::string out;
    const auto first = try_run(*state, code, out);
    done = first.has_value();
    if (done) {
      EXPECT_EQ(out, expected);
      continue;
    }
    ASSERT_EQ(first.error().code, ErrorCode::memory_limit) << first.error().message;
    state->allocator().refuse_after(~std::uint64_t{0});
    ASSERT_EQ(run(*state, code), expected) << "after " << allowed << " allocations";
  }
}

}  // namespace moonwright::runtime
