// option_reader.hpp: tables of options that a script gives, read by name.
//
// All of it raises `invalid_argument` with the name of the option, so nothing in here keeps an
// object with a destructor on the stack: what an option says goes into the script's scratch.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "moonwright/result.hpp"
#include "runtime/actor_script.hpp"
#include "runtime/keep.hpp"

struct lua_State;

namespace moonwright::runtime {

/// One option of a table: its name and what reads the value at the top of the stack.
struct Option {
  const char* name;
  void (*read)(lua_State* L, SpawnRequest& request, const char* name);
};

/// Options of one table, borrowed.
struct OptionList {
  const Option* begin = nullptr;
  std::size_t count = 0;

  constexpr OptionList() noexcept = default;

  template <std::size_t kCount>
  constexpr OptionList(const Option (&options)[kCount]) noexcept : begin(options), count(kCount) {}
};

/// Reads the options of the table at the top of the stack; `where` names it for an unknown one.
/// @param more options that it may have besides.
void read_options(lua_State* L, SpawnRequest& request, OptionList options, const char* where,
                  OptionList more = {});
/// The same for an option that is a table itself.
void read_nested(lua_State* L, SpawnRequest& request, const char* name, OptionList options);

int wrong_type(lua_State* L, const char* name, const char* expected);
/// Raises with the scratch's error as the reason.
int wrong_value(lua_State* L, const char* name);

// The value at the top of the stack:

[[nodiscard]] std::string_view text_of_option(lua_State* L, const char* name);
[[nodiscard]] bool boolean_of_option(lua_State* L, const char* name);
/// Not negative.
[[nodiscard]] std::uint64_t integer_of_option(lua_State* L, const char* name);
/// 0..`max`.
[[nodiscard]] std::uint32_t count_of_option(lua_State* L, const char* name,
                                            std::uint32_t max = ~std::uint32_t{0});
[[nodiscard]] double number_of_option(lua_State* L, const char* name);
/// A number of bytes, or text such as "8MiB".
[[nodiscard]] std::uint64_t bytes_of_option(lua_State* L, const char* name);
/// Seconds, or text such as "200ms".
[[nodiscard]] std::chrono::nanoseconds time_of_option(lua_State* L, const char* name);
/// The same in milliseconds, rounded up.
[[nodiscard]] std::chrono::milliseconds milliseconds_of_option(lua_State* L, const char* name);
/// Whether the value is the text "unlimited".
[[nodiscard]] bool option_is_unlimited(lua_State* L);

/// An option that is one of a few words.
template <class T>
[[nodiscard]] T word_of_option(lua_State* L, const char* name,
                               Result<T> (*parse)(std::string_view)) {
  T value{};
  if (!keep(ActorScript::of(L), parse(text_of_option(L, name)), value)) wrong_value(L, name);
  return value;
}

}  // namespace moonwright::runtime
