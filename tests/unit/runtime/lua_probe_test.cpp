// lua_probe_test.cpp: the Lua that is linked here is fit for its work. For one that is not, see
// tests/probe.
#include "runtime/lua_probe.hpp"

#include <gtest/gtest.h>

namespace moonwright::runtime {
namespace {

TEST(LuaProbe, FindsNothingWrongWithTheBundledLua) {
#ifdef MOONWRIGHT_BUNDLED_LUA
  EXPECT_EQ(problem_with_lua().value_or(""), "");
#else
  GTEST_SKIP() << "the system's own";
#endif
}

TEST(LuaProbe, ReadsTheRelease) {
  EXPECT_EQ(release_of("$LuaVersion: Lua 5.4.9  Copyright (C) 1994-2026 Lua.org, PUC-Rio $"),
            50409);
  EXPECT_EQ(release_of("$LuaVersion: Lua 5.4.12  Copyright"), 50412);
  EXPECT_EQ(release_of("Lua 5.5.0"), 0);
  EXPECT_EQ(release_of(""), 0);
}

}  // namespace
}  // namespace moonwright::runtime
