// os_library.cpp: see os_library.hpp.
#include "runtime/os_library.hpp"

#include <locale.h>
#include <time.h>

#include <chrono>
#include <cstring>
#include <lua.hpp>
#include <string_view>

#include "runtime/state.hpp"
#include "runtime/string_arguments.hpp"
#include "runtime/string_buffer.hpp"
#include "runtime/toll.hpp"

namespace moonwright::runtime {
namespace {

constexpr int kUpstream = lua_upvalueindex(1);
constexpr int kOpenedAt = lua_upvalueindex(1);

lua_Integer steady_nanoseconds() noexcept {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

int clock(lua_State* L) {
  const lua_Integer elapsed = steady_nanoseconds() - lua_tointeger(L, kOpenedAt);
  lua_pushnumber(L, static_cast<lua_Number>(elapsed) * 1e-9);
  return 1;
}

/// What may follow a percent sign: the conversions of C99.
std::size_t conversion_size(std::string_view text) noexcept {
  constexpr std::string_view kPlain = "aAbBcCdDeFgGhHIjmMnprRStTuUVwWxXyYzZ%";
  constexpr std::string_view kEra = "cCxXyY";
  constexpr std::string_view kDigits = "deHImMSuUVwWy";
  if (text.empty()) return 0;
  if (kPlain.find(text[0]) != std::string_view::npos) return 1;
  if (text.size() < 2) return 0;
  const std::string_view second = text[0] == 'E' ? kEra : text[0] == 'O' ? kDigits : "";
  return second.find(text[1]) != std::string_view::npos ? 2 : 0;
}

/// strftime() in the C locale, of one conversion.
std::size_t format_item(char* out, std::size_t size, std::string_view conversion, const tm& when) {
  char specification[4] = {'%'};
  std::memcpy(specification + 1, conversion.data(), conversion.size());
  // The C library has this one at hand; nothing is allocated.
  const locale_t plain = newlocale(LC_ALL_MASK, "C", locale_t{});
  const std::size_t used = strftime_l(out, size, specification, &when, plain);
  freelocale(plain);
  return used;
}

int date(lua_State* L) {
  constexpr std::size_t kItemMax = 250;
  constexpr std::size_t kStepsPerItem = 32;
  std::size_t size = 0;
  const char* text = luaL_optlstring(L, 1, "%c", &size);
  std::string_view format(text, size);
  const bool universal = size > 0 && *text == '!';
  if (universal) format.remove_prefix(1);
  if (std::strcmp(format.data(), "*t") == 0) return lua_tocfunction(L, kUpstream)(L);
  const time_t time = lua_isnoneornil(L, 2) ? ::time(nullptr) : luaL_checkinteger(L, 2);
  tm when{};
  if ((universal ? gmtime_r(&time, &when) : localtime_r(&time, &when)) == nullptr) {
    return luaL_error(L, "date result cannot be represented in this installation");
  }
  Toll toll(L);
  StringBuffer out(L, toll);
  for (;;) {
    const std::size_t percent = format.find('%');
    out.append(format.substr(0, percent));
    if (percent == std::string_view::npos) break;
    format.remove_prefix(percent + 1);
    const std::size_t length = conversion_size(format);
    if (length == 0) {
      lua_pushfstring(L, "invalid conversion specifier '%%%s'", format.data());
      return luaL_argerror(L, 1, lua_tostring(L, -1));
    }
    toll.pay(kStepsPerItem);
    out.added(format_item(out.room(kItemMax), kItemMax, format.substr(0, length), when));
    format.remove_prefix(length);
  }
  out.push_string();
  toll.settle();
  return 1;
}

void remove_field(lua_State* L, const char* name) {
  lua_pushnil(L);
  lua_setfield(L, -2, name);
}

}  // namespace

int open_os(lua_State* L) {
  luaopen_os(L);
  if (State::of(L).sandbox() == Sandbox::none) {
    remove_field(L, "exit");
    remove_field(L, "setlocale");
    return 1;
  }
  lua_createtable(L, 0, 4);
  for (const char* name : {"difftime", "time"}) {
    lua_getfield(L, -2, name);
    lua_setfield(L, -2, name);
  }
  lua_getfield(L, -2, "date");
  lua_pushcclosure(L, date, 1);
  lua_setfield(L, -2, "date");
  lua_pushinteger(L, steady_nanoseconds());
  lua_pushcclosure(L, clock, 1);
  lua_setfield(L, -2, "clock");
  return 1;
}

}  // namespace moonwright::runtime
