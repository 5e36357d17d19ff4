// fuzz_loader.cpp: any text compiles or is refused, and nothing but text gets in.
//
// The first byte says how a reader function cuts the text into pieces for load().
#include <cstdint>
#include <lua.hpp>
#include <memory>
#include <string>

#include "input.hpp"
#include "runtime/base_library.hpp"
#include "runtime/code.hpp"
#include "runtime/state.hpp"

namespace moonwright::fuzz {
namespace {

using namespace runtime;  // NOLINT(google-build-using-namespace): it is all about one folder

struct Pieces {
  std::string_view rest;
  std::size_t size;
  const Code* code = nullptr;
  bool loaded = false;
};

int next_piece(lua_State* L) {
  auto* pieces = static_cast<Pieces*>(lua_touserdata(L, lua_upvalueindex(1)));
  const std::string_view piece = pieces->rest.substr(0, pieces->size);
  if (piece.empty()) return 0;
  pieces->rest.remove_prefix(piece.size());
  lua_pushlstring(L, piece.data(), piece.size());
  return 1;
}

/// load(text), and load(reader) of the same: both take it or neither does.
int load_both(lua_State* L) {
  auto* pieces = static_cast<Pieces*>(lua_touserdata(L, 1));
  const std::string_view text = pieces->rest;
  lua_settop(L, 0);
  lua_pushcfunction(L, base::load);
  lua_pushlstring(L, text.data(), text.size());
  lua_pushliteral(L, "=fuzz");
  lua_call(L, 2, 1);
  pieces->loaded = lua_isfunction(L, 1) != 0;
  lua_pushcfunction(L, base::load);
  lua_pushlightuserdata(L, pieces);
  lua_pushcclosure(L, next_piece, 1);
  lua_pushliteral(L, "=fuzz");
  lua_call(L, 2, 1);
  require((lua_isfunction(L, 2) != 0) == pieces->loaded, "a reader changes nothing");
  return 0;
}

int push_code(lua_State* L) {
  auto* pieces = static_cast<Pieces*>(lua_touserdata(L, 1));
  pieces->code->push(L);
  const char* environment = lua_getupvalue(L, -1, 1);
  require(environment != nullptr && std::string_view(environment) == "_ENV", "it has globals");
  return 0;
}

}  // namespace
}  // namespace moonwright::fuzz

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace moonwright::fuzz;  // NOLINT(google-build-using-namespace)
  using moonwright::ErrorCode;
  Input input(data, size);
  const std::size_t piece = input.byte() % 16 + 1u;
  const std::string_view text = input.rest();
  auto opened = moonwright::runtime::State::open({.memory_bytes_max = 4u << 20});
  require(opened.has_value(), "there is room for a state");
  moonwright::runtime::State& state = **opened;

  const auto code = moonwright::runtime::compile(text, "=fuzz");
  require(code || code.error().code == ErrorCode::syntax_error ||
              code.error().code == ErrorCode::memory_limit,
          "a text that does not compile is a syntax error");
  require(code || !code.error().message.empty(), "which says something");
  Pieces pieces{text, piece};
  const auto loaded = state.protect(load_both, &pieces);
  require(loaded || loaded.error().code == ErrorCode::memory_limit, "load() returns its errors");
  require(text.empty() || text.front() != LUA_SIGNATURE[0] || !pieces.loaded,
          "nothing but text is loaded");
  if (!code) return 0;
  // compile() skips what stands at the front of files, load() does not; and load() is called by
  // something, so that a text of the deepest nesting there may be is too deep for it.
  constexpr std::size_t kShallow = 150;
  require(pieces.loaded || !loaded || text.front() == '#' || text.front() == '\xEF' ||
              text.size() > kShallow,
          "load() takes what compiles");
  pieces.code = &*code;
  const auto pushed = state.protect(push_code, &pieces);
  require(pushed || pushed.error().code == ErrorCode::memory_limit, "what compiles is loaded");
  return 0;
}
