// os_library.hpp: the os library.
#pragma once

struct lua_State;

namespace moonwright::runtime {

/// Pushes the library as the state's level allows: a lua_CFunction like upstream's luaopen_os.
///
/// At `none` all of it but `exit` and `setlocale`, which would act on the whole process. Below,
/// `clock`, `date`, `difftime` and `time`: `date` is written as in the C locale and in a bounded
/// number of steps, and `clock` is the time since the library was opened, because the CPU time of
/// the process would tell what other actors do.
/// Raises: memory errors.
int open_os(lua_State* L);

}  // namespace moonwright::runtime
