// error_value.hpp: errors as scripts see them: tables with code, message and traceback.
#pragma once

#include <string>
#include <string_view>

#include "moonwright/error.hpp"
#include "runtime/task.hpp"

struct lua_State;

namespace moonwright::runtime {

/// Pushes an error table: `code`, `message`, `traceback`, and `scope` unless it is null. tostring()
/// of it is the message and the traceback. Raises: memory errors.
void push_error(lua_State* L, ErrorCode code, std::string_view message,
                std::string_view traceback = {}, const char* scope = nullptr);

/// Pushes an error table and raises it. Never returns; the result is for `return raise(...)`.
int raise(lua_State* L, ErrorCode code, std::string_view message, const char* scope = nullptr);
/// The same for an Error that lives outside the stack of this C function.
int raise(lua_State* L, const Error& error);
/// With a format as lua_pushfstring() has it.
int raise_format(lua_State* L, ErrorCode code, const char* format, ...)
    __attribute__((format(printf, 3, 4)));

/// Raises `invalid_argument` for argument `index` of the running function: as luaL_argerror() and
/// luaL_typeerror() do, but with a code that scripts can branch on.
int argument_error(lua_State* L, int index, const char* problem);
int type_error(lua_State* L, int index, const char* expected);

/// Pushes the error that a failed delivery carries. Raises: memory errors.
void push_failure(lua_State* L, const Delivery& delivery);

/// Whether the value at `index` is an error table of ours. Never raises.
[[nodiscard]] bool is_error_value(lua_State* L, int index) noexcept;
/// The code of the error table at `index`; `error` if the script has changed it to something else.
/// Raises: memory errors.
[[nodiscard]] ErrorCode error_code_at(lua_State* L, int index);

/// Takes away the frame that ends every traceback, the runtime's own. Empty if no other is left.
void trim_traceback(std::string& traceback);

/// The code that a failed post is reported with, and its text.
[[nodiscard]] ErrorCode code_of(Posted posted) noexcept;
[[nodiscard]] const char* text_of(Posted posted) noexcept;

}  // namespace moonwright::runtime
