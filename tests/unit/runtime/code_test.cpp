// code_test.cpp: source text becomes code, or a message that says where it is wrong.
#include "runtime/code.hpp"

#include <gmock/gmock.h>

#include <lua.hpp>
#include <string>
#include <string_view>

#include "lua_run.hpp"
#include "moonwright/script.hpp"
#include "support/temp_folder.hpp"

namespace moonwright::runtime {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// What the compiled chunk returns, in a fresh state.
std::string result_of(std::string_view source) {
  const auto code = compile(source, "=code");
  if (!code) return std::string(to_string(code.error().code)) + ": " + code.error().message;
  const auto state = open_state();
  struct Job {
    const Code& code;
    std::string out;
  };
  Job job{*code, {}};
  const auto body = [](lua_State* L) {
    auto* work = static_cast<Job*>(lua_touserdata(L, 1));
    work->code.push(L);
    lua_call(L, 0, 1);
    work->out = luaL_tolstring(L, -1, nullptr);
    return 0;
  };
  const auto done = state->protect(body, &job);
  return done ? job.out : "error: " + done.error().message;
}

TEST(Code, RunsInAStateOtherThanTheOneItWasCompiledIn) {
  EXPECT_EQ(result_of("return 6 * 7"), "42");
  EXPECT_EQ(result_of(""), "nil");
}

TEST(Code, KeepsItsDebugInformation) {
  EXPECT_EQ(result_of("\n\nerror('here')"), "error: code:3: here");
  EXPECT_EQ(result_of("local name\nname.x = 1"),
            "error: code:2: attempt to index a nil value (local 'name')");
}

TEST(Code, SkipsAByteOrderMarkAndAFirstLineForTheShell) {
  EXPECT_EQ(result_of("\xEF\xBB\xBFreturn 1"), "1");
  EXPECT_EQ(result_of("#!/usr/bin/env moonwright\nreturn 2"), "2");
  EXPECT_EQ(result_of("\xEF\xBB\xBF#!x\nerror('line')"), "error: code:2: line");
  EXPECT_EQ(result_of("#!only this"), "nil");
  EXPECT_THAT(result_of("\n#!second line"), StartsWith("syntax_error: code:2:"));
}

TEST(Code, NamesTheChunkAndTheLineOfASyntaxError) {
  const auto code = compile("local x = 1\nx x", "@dir/name.lua");
  ASSERT_FALSE(code);
  EXPECT_EQ(code.error().code, ErrorCode::syntax_error);
  EXPECT_EQ(code.error().message, "dir/name.lua:2: syntax error near 'x'");
}

TEST(Code, IsNeverMadeOfBytecode) {
  const auto state = open_state({.sandbox = Sandbox::none});
  const std::string dump = run(*state, "return string.dump(function() end)");
  ASSERT_THAT(dump, StartsWith("\x1bLua"));
  EXPECT_EQ(result_of(dump), "syntax_error: this is bytecode; only source text is accepted");
  EXPECT_THAT(result_of("\xEF\xBB\xBF" + dump),
              HasSubstr("attempt to load a binary chunk (mode is 't')"));
  EXPECT_THAT(result_of("#\n" + dump), StartsWith("syntax_error: "));
}

TEST(Code, HasAHighestSize) {
  std::string source = "return 1 --";
  source.resize(kSourceBytesMax, 'x');
  EXPECT_EQ(result_of(source), "1");
  source += 'x';
  EXPECT_EQ(result_of(source), "too_large: the source has 16.00 MiB, more than 16.00 MiB");
}

TEST(Code, RefusesWhatTheParserCannotNest) {
  EXPECT_THAT(result_of("return " + std::string(1'000, '(') + "1" + std::string(1'000, ')')),
              HasSubstr("C stack overflow"));
}

TEST(Code, MayFailAtEachAllocationOfTheStateThatTakesIt) {
  const auto code =
      compile("local function f(...) return select('#', ...) end return f(1, 2)", "=c");
  ASSERT_TRUE(code);
  bool done = false;
  for (std::uint64_t allowed = 0; !done; ++allowed) {
    ASSERT_LT(allowed, 200u);
    const auto state = open_state();
    state->allocator().refuse_after(allowed);
    const auto body = [](lua_State* L) {
      static_cast<const Code*>(lua_touserdata(L, 1))->push(L);
      return 0;
    };
    const auto pushed = state->protect(body, const_cast<Code*>(&*code));
    done = pushed.has_value();
    if (!done) {
      EXPECT_EQ(pushed.error().code, ErrorCode::memory_limit);
    }
  }
}

TEST(ReadFile, GivesTheBytesOfAFileOrTheReasonWhyNot) {
  const tests::TempFolder folder;
  folder.write("a.lua", std::string("return\0 1", 9));
  EXPECT_EQ(read_file(folder.path() + "/a.lua"), std::string("return\0 1", 9));
  const auto missing = read_file(folder.path() + "/b.lua");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  EXPECT_EQ(missing.error().message,
            "cannot read '" + folder.path() + "/b.lua': No such file or directory");
  EXPECT_EQ(read_file(folder.path() + "/a.lua/b").error().code, ErrorCode::not_found);
  EXPECT_EQ(read_file(folder.path()).error().code, ErrorCode::io);
}

TEST(ReadFile, StopsAtTheHighestSizeOfASource) {
  const tests::TempFolder folder;
  folder.write("big.lua", std::string(kSourceBytesMax + 1, ' '));
  const auto text = read_file(folder.path() + "/big.lua");
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, ErrorCode::too_large);
  EXPECT_EQ(read_file("/dev/zero").error().code, ErrorCode::too_large);
}

TEST(Check, CompilesWithoutRunning) {
  EXPECT_TRUE(moonwright::check(Script::text("error('not run')")));
  const auto wrong = moonwright::check(Script::text("x =", "demo"));
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::syntax_error);
  EXPECT_EQ(wrong.error().message, "[string \"demo\"]:1: unexpected symbol near <eof>");
  EXPECT_EQ(moonwright::check(Script::file("/nowhere.lua")).error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace moonwright::runtime
