// lua_probe_test.cpp: what the probe reads. The probe itself needs another Lua: tests/probe.
#include "runtime/lua_probe.hpp"

#include <gtest/gtest.h>

namespace moonwright::runtime {
namespace {

TEST(LuaProbe, ReadsTheRelease) {
  EXPECT_EQ(release_of("$LuaVersion: Lua 5.4.9  Copyright (C) 1994-2026 Lua.org, PUC-Rio $"),
            50409);
  EXPECT_EQ(release_of("$LuaVersion: Lua 5.4.12  Copyright"), 50412);
  EXPECT_EQ(release_of("Lua 5.5.0"), 0);
  EXPECT_EQ(release_of(""), 0);
}

}  // namespace
}  // namespace moonwright::runtime
