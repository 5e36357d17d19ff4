// string_buffer.cpp: see string_buffer.hpp.
#include "runtime/string_buffer.hpp"

#include <algorithm>
#include <charconv>
#include <climits>
#include <lua.hpp>

namespace moonwright::runtime {
namespace {

int push_slot(lua_State* L) {
  lua_pushnil(L);
  return lua_gettop(L);
}

}  // namespace

std::size_t StringBuffer::size_max(lua_State* L) noexcept {
  return std::min<std::uint64_t>(INT_MAX, State::of(L).memory().limit / 2);
}

StringBuffer::StringBuffer(lua_State* L, Toll& toll) : L_(L), toll_(toll), slot_(push_slot(L)) {}

void StringBuffer::append_integer(std::int64_t value) {
  char text[24];
  const char* const end = std::to_chars(text, text + sizeof text, value).ptr;
  append({text, static_cast<std::size_t>(end - text)});
}

void StringBuffer::grow(std::size_t more) {
  const std::size_t most = size_max(L_);
  if (size_ > most || more > most - size_) luaL_error(L_, "resulting string too large");
  const std::size_t wanted = std::max({size_ + more, 2 * capacity_, expected_});
  const std::size_t capacity = std::min(wanted, most);
  auto* grown = static_cast<char*>(lua_newuserdatauv(L_, capacity, 0));
  std::memcpy(grown, data_, size_);
  lua_replace(L_, slot_);
  data_ = grown;
  capacity_ = capacity;
}

void StringBuffer::push_string() {
  toll_.pay_bytes(size_);
  lua_pushlstring(L_, data_, size_);
}

}  // namespace moonwright::runtime
