// checkpoint_support.hpp: what the tests of checkpoints share: taking one and restoring it.
#pragma once

#include <gtest/gtest.h>

#include <lua.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "lua_run.hpp"
#include "runtime/checkpoint_reader.hpp"
#include "runtime/checkpoint_writer.hpp"

namespace moonwright::runtime {

/// Takes a checkpoint of `state`, in steps of `work`. With `results`, it is of what that code
/// returns, and not of the globals.
inline Result<Checkpoint> take_checkpoint(State& state, CheckpointWriterOptions options = {},
                                          std::string_view results = {},
                                          std::size_t work = CheckpointWriter::kWorkPerStep,
                                          const CodeSnapshot* code = nullptr) {
  lua_State* L = state.lua();
  if (!results.empty()) {
    options.globals = false;
    if (luaL_loadbuffer(L, results.data(), results.size(), "=results") != LUA_OK ||
        lua_pcall(L, 0, LUA_MULTRET, 0) != LUA_OK) {
      ADD_FAILURE() << lua_tostring(L, -1);
    }
  }
  const int count = lua_gettop(L);
  CheckpointWriter writer(state, options);
  auto begun = writer.begin(L, 1, count, 0, code);
  EXPECT_EQ(lua_gettop(L), count);
  lua_settop(L, 0);
  if (!begun) return fail(std::move(begun.error()));
  const std::uint64_t used = state.allocator().used();
  CheckpointProgress progress;
  while ((progress = writer.step(work)) == CheckpointProgress::more) {
    EXPECT_EQ(state.allocator().used(), used) << "the walk allocates in the state";
  }
  EXPECT_EQ(lua_gettop(L), 0);
  if (progress == CheckpointProgress::refused) return fail(writer.error());
  EXPECT_GT(writer.memory_bytes(), 0u);
  return writer.take({.actor = "test", .generation = 3, .script_hash = 0x1234});
}

/// Restores `checkpoint` into `state`: its globals, and its values as the global `restored`.
inline Result<void> restore(State& state, const Checkpoint& checkpoint,
                            std::size_t work = CheckpointWriter::kWorkPerStep) {
  CheckpointReader reader(state, checkpoint, 0);
  CheckpointProgress progress;
  while ((progress = reader.step(work)) == CheckpointProgress::more) {
  }
  EXPECT_EQ(lua_gettop(state.lua()), 0);
  if (progress == CheckpointProgress::refused) return fail(reader.error());
  if (auto done = reader.restore_globals(); !done) return done;
  return state.protect(
      [](lua_State* L) {
        const auto* from = static_cast<CheckpointReader*>(lua_touserdata(L, 1));
        lua_settop(L, 0);
        if (from->has_globals()) return 0;
        const int count = from->push_values(L);
        EXPECT_EQ(lua_gettop(L), count);
        lua_createtable(L, count, 0);
        lua_insert(L, 1);
        for (int i = count; i >= 1; --i) lua_rawseti(L, 1, i);
        lua_setglobal(L, "restored");
        return 0;
      },
      &reader);
}

/// Why a state in which `code` has run is refused.
inline Error refused_checkpoint(std::string_view code, const CheckpointWriterOptions& options = {},
                                std::string_view results = {}, std::string_view script = {}) {
  const auto state = open_state();
  EXPECT_EQ(run(*state, script), "");
  const CodeSnapshot snapshot(CodeRoots::of(state->lua(), 0));
  EXPECT_EQ(run(*state, code), "");
  const auto checkpoint =
      take_checkpoint(*state, options, results, CheckpointWriter::kWorkPerStep, &snapshot);
  EXPECT_FALSE(checkpoint);
  return checkpoint ? Error{} : checkpoint.error();
}

/// A checkpoint of the globals of a state that has run `script`, and then `later`.
inline Checkpoint checkpoint_of(std::string_view script, std::string_view later) {
  const auto state = open_state();
  EXPECT_EQ(run(*state, script), "");
  const CodeSnapshot code(CodeRoots::of(state->lua(), 0));
  EXPECT_EQ(run(*state, later), "");
  const auto checkpoint = take_checkpoint(*state, {}, {}, CheckpointWriter::kWorkPerStep, &code);
  EXPECT_TRUE(checkpoint) << checkpoint.error().message;
  return checkpoint ? *checkpoint : Checkpoint();
}

/// What `after` returns in a state that has run `script` and got the data of `checkpoint`.
inline std::string restored(const Checkpoint& checkpoint, std::string_view script,
                            std::string_view after) {
  if (!checkpoint) return "nothing to restore";
  const auto state = open_state();
  EXPECT_EQ(run(*state, script), "");
  const auto done = restore(*state, checkpoint);
  EXPECT_TRUE(done) << done.error().message;
  return run(*state, after);
}

/// From one state to another with the same script.
inline std::string carried(std::string_view script, std::string_view later,
                           std::string_view after) {
  return restored(checkpoint_of(script, later), script, after);
}

}  // namespace moonwright::runtime
