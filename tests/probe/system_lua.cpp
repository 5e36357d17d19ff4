// system_lua.cpp: the probe of runtime/lua_probe.cpp with the system's liblua5.4: passes if it says
// of that release what is known of it. Debian 12 has 5.4.4, with the errors; see SECURITY.md.
#include <cstdio>
#include <lua.hpp>
#include <optional>
#include <string>

#include "runtime/lua_probe.hpp"

int main() {
  using moonwright::runtime::problem_with_lua;
  using moonwright::runtime::release_of;
  const std::optional<std::string> problem = problem_with_lua();
  const int release = release_of(lua_ident);
  std::printf("%s: %s\n", lua_ident, problem ? problem->c_str() : "no known problem");
  return problem.has_value() == (release < 50408) ? 0 : 1;
}
