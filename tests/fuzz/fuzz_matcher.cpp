// fuzz_matcher.cpp: find, match, gmatch and gsub give what upstream's functions give.
//
// The input is: which function, where to begin, the pattern, the replacement, the subject.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <lua.hpp>
#include <string>
#include <vector>

#include "input.hpp"
#include "runtime/allocator.hpp"
#include "runtime/state.hpp"

namespace moonwright::fuzz {
namespace {

using namespace runtime;  // NOLINT(google-build-using-namespace): it is all about one folder

struct Search {
  const char* function;
  std::string pattern;
  std::string replacement;
  std::string subject;
  lua_Integer from;
  int kind;  ///< of replacement: 0 a string, 1 a table, 2 a function
};

/// Roughly how many ways there are to match: subjects are cut until it is worth a fuzzer's time.
void bound(Search& search) {
  constexpr double kWaysMax = 1e5;
  const auto repeats = std::count_if(search.pattern.begin(), search.pattern.end(), [](char c) {
    return c == '*' || c == '+' || c == '-' || c == '?';
  });
  while (search.subject.size() > 4 && std::pow(static_cast<double>(search.subject.size()),
                                               static_cast<double>(repeats)) > kWaysMax) {
    search.subject.resize(search.subject.size() / 2);
  }
}

/// All that was returned, each value with its type.
void describe(lua_State* L, int first, std::string& out) {
  for (int i = first; i <= lua_gettop(L); ++i) {
    out += luaL_typename(L, i);
    out += ' ';
    if (lua_isstring(L, i) != 0) {
      std::size_t size = 0;
      lua_pushvalue(L, i);
      const char* text = lua_tolstring(L, -1, &size);
      out.append(text, size);
      lua_pop(L, 1);
    }
    out += '\n';
  }
}

int upper_case(lua_State* L) {
  if (lua_toboolean(L, 1) == 0) return 0;
  lua_pushvalue(L, 1);
  return 1;
}

void push_replacement(lua_State* L, const Search& search) {
  if (search.kind == 0) {
    lua_pushlstring(L, search.replacement.data(), search.replacement.size());
  } else if (search.kind == 1) {
    lua_newtable(L);
    lua_pushlstring(L, search.replacement.data(), search.replacement.size());
    lua_pushliteral(L, "replaced");
    lua_rawset(L, -3);
  } else {
    lua_pushcfunction(L, upper_case);
  }
}

struct Run {
  const Search& search;
  std::string results;
};

/// With the table of the library at index 2.
void search_with(lua_State* L, Run& run) {
  const Search& search = run.search;
  const std::string_view name = search.function;
  lua_getfield(L, 2, search.function);
  lua_pushlstring(L, search.subject.data(), search.subject.size());
  lua_pushlstring(L, search.pattern.data(), search.pattern.size());
  if (name == "gsub") {
    push_replacement(L, search);
    lua_call(L, 3, LUA_MULTRET);
    describe(L, 3, run.results);
    return;
  }
  lua_pushinteger(L, search.from);
  if (name != "gmatch") {
    lua_call(L, 3, LUA_MULTRET);
    describe(L, 3, run.results);
    return;
  }
  lua_call(L, 3, 1);
  for (int i = 0; i < 300; ++i) {
    lua_settop(L, 3);
    lua_pushvalue(L, 3);
    lua_call(L, 0, LUA_MULTRET);
    describe(L, 4, run.results);
    if (lua_isnoneornil(L, 4)) return;
  }
}

int search_ours(lua_State* L) {
  auto* run = static_cast<Run*>(lua_touserdata(L, 1));
  lua_getglobal(L, "string");
  search_with(L, *run);
  return 0;
}

int search_upstream(lua_State* L) {
  auto* run = static_cast<Run*>(lua_touserdata(L, 1));
  luaL_requiref(L, LUA_STRLIBNAME, luaopen_string, 0);
  search_with(L, *run);
  return 0;
}

/// Errors without the name of the function, which is found in different places.
std::string plain(std::string error) {
  const auto end = error.rfind(" to '");
  return end == std::string::npos ? error : error.substr(0, end);
}

std::string run_ours(const Search& search) {
  auto state = State::open({.memory_bytes_max = 16u << 20});
  require(state.has_value(), "there is room for a state");
  Run run{search, {}};
  const auto done = (*state)->protect(search_ours, &run);
  return done ? run.results : "error: " + plain(done.error().message);
}

/// Upstream's library in a bare state, which is kept: only ours is what is tried.
class Upstream {
 public:
  Upstream() : L_(lua_newstate(runtime::Allocator::allocate, &allocator_)) {}
  ~Upstream() { lua_close(L_); }
  Upstream(const Upstream&) = delete;
  Upstream& operator=(const Upstream&) = delete;

  std::string run(const Search& search) {
    Run run{search, {}};
    lua_settop(L_, 0);
    lua_pushcfunction(L_, search_upstream);
    lua_pushlightuserdata(L_, &run);
    if (lua_pcall(L_, 1, 0, 0) == LUA_OK) return run.results;
    return "error: " + plain(lua_tostring(L_, -1));
  }

 private:
  runtime::Allocator allocator_{kUnlimited, 0};
  lua_State* L_;
};

}  // namespace
}  // namespace moonwright::fuzz

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace moonwright::fuzz;  // NOLINT(google-build-using-namespace)
  constexpr const char* kFunctions[] = {"find", "match", "gmatch", "gsub"};
  Input input(data, size);
  const std::uint8_t choice = input.byte();
  const auto from = static_cast<std::int8_t>(input.byte());
  Search search{kFunctions[choice % 4],
                std::string(input.piece()),
                std::string(input.piece()),
                std::string(input.rest().substr(0, 512)),
                from,
                choice / 4 % 3};
  bound(search);
  const std::string ours = run_ours(search);
  // The one error that is ours alone in what it means: upstream's counts depth, ours steps as well.
  if (ours == "error: pattern too complex") return 0;
  static Upstream upstream;
  const std::string theirs = upstream.run(search);
  if (theirs == "error: pattern too complex" || ours == theirs) return 0;
  std::fprintf(stderr, "string.%s of %zu bytes, pattern '%s', from %d\nours: %s\nupstream: %s\n",
               search.function, search.subject.size(), search.pattern.c_str(), from, ours.c_str(),
               theirs.c_str());
  require(false, "ours is as upstream's");
  return 0;
}
