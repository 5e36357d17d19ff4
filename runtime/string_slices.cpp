// string_slices.cpp: what takes a string apart or copies it byte by byte.
#include "runtime/string_slices.hpp"

#include <algorithm>
#include <climits>
#include <cstring>

#include "runtime/string_arguments.hpp"
#include "runtime/string_buffer.hpp"
#include "runtime/toll.hpp"

namespace moonwright::runtime {
namespace {

/// A copy that is too short to be worth paying for.
constexpr std::size_t kShort = 256;

void pay_for_copy(lua_State* L, std::size_t size) {
  if (size <= kShort) return;
  Toll toll(L);
  toll.pay_bytes(size);
  toll.settle();
}

int sub(lua_State* L) {
  const std::string_view text = check_string(L, 1);
  const std::size_t first = first_position(luaL_checkinteger(L, 2), text.size());
  const std::size_t last = last_position(luaL_optinteger(L, 3, -1), text.size());
  if (first > last) {
    lua_pushliteral(L, "");
    return 1;
  }
  pay_for_copy(L, last - first + 1);
  lua_pushlstring(L, text.data() + first - 1, last - first + 1);
  return 1;
}

int byte(lua_State* L) {
  const std::string_view text = check_string(L, 1);
  const lua_Integer position = luaL_optinteger(L, 2, 1);
  const std::size_t first = first_position(position, text.size());
  const std::size_t last = last_position(luaL_optinteger(L, 3, position), text.size());
  if (first > last) return 0;
  if (last - first >= INT_MAX) return luaL_error(L, "string slice too long");
  const int count = static_cast<int>(last - first) + 1;
  if (count > 1) {
    // The bound of the stack is the cap.
    luaL_checkstack(L, count, "string slice too long");
    Toll toll(L);
    toll.pay(static_cast<std::size_t>(count));
    toll.settle();
  }
  for (std::size_t i = first; i <= last; ++i) {
    lua_pushinteger(L, static_cast<unsigned char>(text[i - 1]));
  }
  return count;
}

/// Pushes a string as long as the argument, of which `fill(out, text, begin, size)` writes one
/// block after the other.
template <typename Fill>
int push_same_size(lua_State* L, Fill fill) {
  constexpr std::size_t kBlock = std::size_t{64} << 10;
  const std::string_view text = check_string(L, 1);
  if (text.size() <= StringBuffer::kSmall) {
    char small[StringBuffer::kSmall];
    fill(small, text, 0, text.size());
    lua_pushlstring(L, small, text.size());
    return 1;
  }
  auto* box = static_cast<char*>(lua_newuserdatauv(L, text.size(), 0));
  Toll toll(L);
  for (std::size_t begin = 0; begin < text.size(); begin += kBlock) {
    const std::size_t size = std::min(kBlock, text.size() - begin);
    fill(box + begin, text, begin, size);
    toll.pay_bytes(2 * size);
  }
  toll.settle();
  lua_pushlstring(L, box, text.size());
  return 1;
}

// Letters are those of the C locale, whatever the host has set.

int lower(lua_State* L) {
  return push_same_size(
      L, [](char* out, std::string_view text, std::size_t begin, std::size_t size) {
        for (const char c : text.substr(begin, size)) {
          *out++ = static_cast<char>(c ^ (static_cast<unsigned char>(c - 'A') < 26 ? 0x20 : 0));
        }
      });
}

int upper(lua_State* L) {
  return push_same_size(
      L, [](char* out, std::string_view text, std::size_t begin, std::size_t size) {
        for (const char c : text.substr(begin, size)) {
          *out++ = static_cast<char>(c ^ (static_cast<unsigned char>(c - 'a') < 26 ? 0x20 : 0));
        }
      });
}

int reverse(lua_State* L) {
  return push_same_size(L,
                        [](char* out, std::string_view text, std::size_t begin, std::size_t size) {
                          const char* const end = text.data() + text.size() - begin;
                          std::reverse_copy(end - size, end, out);
                        });
}

}  // namespace

const luaL_Reg kStringSlices[] = {
    {"byte", byte}, {"lower", lower}, {"reverse", reverse},
    {"sub", sub},   {"upper", upper}, {nullptr, nullptr},
};

}  // namespace moonwright::runtime
