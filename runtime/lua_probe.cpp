// lua_probe.cpp: see lua_probe.hpp.
#include "runtime/lua_probe.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <lua.hpp>
#include <memory>
#include <string_view>
#include <vector>

namespace moonwright::runtime {

#ifdef MOONWRIGHT_BUNDLED_LUA

std::optional<std::string> problem_with_lua() { return std::nullopt; }

#else

namespace {

/// The first release without any error known to us by which a script reaches memory that is not its
/// own: a weak metatable collected while it is in use, and an error object that there is no memory
/// for, were ended by it. Sources: the list of bugs on Lua's own site, and its repository.
constexpr int kFirstSafeRelease = 50408;

/// Memory that only ever grows. What a state uses after it has freed it is still its own.
class Heap {
 public:
  static void* allocate(void* self, void* block, std::size_t old_size, std::size_t new_size) {
    if (new_size == 0) return nullptr;
    auto& blocks = static_cast<Heap*>(self)->blocks_;
    blocks.push_back(std::make_unique<std::byte[]>(new_size));
    std::byte* const made = blocks.back().get();
    if (block != nullptr) std::memcpy(made, block, std::min(old_size, new_size));
    return made;
  }

 private:
  std::vector<std::unique_ptr<std::byte[]>> blocks_;
};

/// A metamethod moves the stack in the middle of a concatenation, which goes on with the old one in
/// releases from 5.4.3 to 5.4.5, and in what distributions made of them.
constexpr char kConcatenation[] = R"(
  local function deep(n) if n == 0 then return 0 end return 1 + deep(n - 1) end
  local t = setmetatable({}, { __concat = function() deep(2000) return "R" end })
  return coroutine.wrap(function() return "a" .. "b" .. "c" .. t end)())";

bool concatenates() {
  Heap heap;
  lua_State* const L = lua_newstate(Heap::allocate, &heap);
  if (L == nullptr) return false;
  lua_gc(L, LUA_GCSTOP);
  luaL_requiref(L, "_G", luaopen_base, 1);
  luaL_requiref(L, "coroutine", luaopen_coroutine, 1);
  const bool right = luaL_dostring(L, kConcatenation) == LUA_OK && lua_type(L, -1) == LUA_TSTRING &&
                     std::strcmp(lua_tostring(L, -1), "abR") == 0;
  lua_close(L);
  return right;
}

}  // namespace

std::optional<std::string> problem_with_lua() {
  const int release = release_of(lua_ident);
  const std::string name = release != 0 ? "Lua 5.4." + std::to_string(release - 50400) : "this Lua";
  if (!concatenates()) {
    return name +
           " goes on with memory that it has freed when a metamethod of a concatenation "
           "moves the stack";
  }
  if (release < kFirstSafeRelease) {
    return name +
           " has known errors by which scripts reach freed memory or end the process; the "
           "first without them is 5.4.8";
  }
  return std::nullopt;
}

#endif

int release_of(const char* identification) noexcept {
  constexpr std::string_view kVersion = "Lua 5.4.";
  const char* const at = std::strstr(identification, kVersion.data());
  if (at == nullptr) return 0;
  char* end = nullptr;
  const char* const digits = at + kVersion.size();
  const long release = std::strtol(digits, &end, 10);
  return end == digits || release < 0 || release > 99 ? 0 : 50400 + static_cast<int>(release);
}

}  // namespace moonwright::runtime
