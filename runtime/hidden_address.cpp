// hidden_address.cpp: see hidden_address.hpp.
#include "runtime/hidden_address.hpp"

#include <bit>
#include <lua.hpp>
#include <new>
#include <type_traits>

#include "runtime/entropy.hpp"
#include "runtime/state.hpp"
#include "runtime/string_arguments.hpp"

namespace moonwright::runtime {
namespace {

/// Its address is the registry key of the state's cipher.
const char kCipherKey = 0;

static_assert(std::is_trivially_destructible_v<AddressCipher>, "it lives in a userdata");

/// The cipher of the state, which is made when it is first used: most states show no address.
const AddressCipher& cipher_of(lua_State* L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &kCipherKey) != LUA_TUSERDATA) {
    lua_pop(L, 1);
    AddressCipher::Key key;
    fill_random(key.data(), sizeof key);
    new (lua_newuserdatauv(L, sizeof(AddressCipher), 0)) AddressCipher(key);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &kCipherKey);
  }
  const auto* cipher = static_cast<const AddressCipher*>(lua_touserdata(L, -1));
  lua_pop(L, 1);  // the registry keeps it
  return *cipher;
}

/// Whether the text of the value at `index` would be an address.
bool shows_address(lua_State* L, int index) {
  switch (lua_type(L, index)) {
    case LUA_TTABLE:
    case LUA_TFUNCTION:
    case LUA_TTHREAD:
    case LUA_TUSERDATA:
    case LUA_TLIGHTUSERDATA: break;
    default: return false;
  }
  if (luaL_getmetafield(L, index, "__tostring") == LUA_TNIL) return true;
  lua_pop(L, 1);
  return false;
}

void push_hidden(lua_State* L, int index) {
  const std::uint64_t hidden =
      cipher_of(L)(reinterpret_cast<std::uintptr_t>(lua_topointer(L, index)));
  char digits[17];
  for (int i = 0; i < 16; ++i) digits[i] = "0123456789abcdef"[hidden >> (60 - 4 * i) & 15];
  digits[16] = '\0';
  const int kind = luaL_getmetafield(L, index, "__name");
  const char* name = kind == LUA_TSTRING ? lua_tostring(L, -1) : luaL_typename(L, index);
  lua_pushfstring(L, "%s: 0x%s", name, digits);
  if (kind != LUA_TNIL) lua_remove(L, -2);
}

}  // namespace

AddressCipher::AddressCipher(const Key& key) noexcept {
  std::array<std::uint32_t, 3> others = {key[1], key[2], key[3]};
  std::uint32_t round_key = key[0];
  for (std::uint32_t i = 0; i < kRounds; ++i) {
    round_keys_[i] = round_key;
    std::uint32_t& other = others[i % 3];
    other = (std::rotr(other, 8) + round_key) ^ i;
    round_key = std::rotl(round_key, 3) ^ other;
  }
}

std::uint64_t AddressCipher::operator()(std::uint64_t word) const noexcept {
  auto high = static_cast<std::uint32_t>(word >> 32);
  auto low = static_cast<std::uint32_t>(word);
  for (const std::uint32_t round_key : round_keys_) {
    high = (std::rotr(high, 8) + low) ^ round_key;
    low = std::rotl(low, 3) ^ high;
  }
  return std::uint64_t{high} << 32 | low;
}

std::string_view push_text(lua_State* L, int index) {
  luaL_checkstack(L, 5, "no room for the text of a value");
  index = lua_absindex(L, index);
  if (State::of(L).sandbox() != Sandbox::none && shows_address(L, index)) {
    push_hidden(L, index);
  } else {
    luaL_tolstring(L, index, nullptr);
  }
  return string_at(L, -1);
}

}  // namespace moonwright::runtime
