// command_check.cpp: compiles, and runs nothing.
#include "cli/command_check.hpp"

#include <algorithm>
#include <cstdio>
#include <moonwright/script.hpp>
#include <string>

#include "cli/exit_codes.hpp"
#include "cli/report.hpp"
#include "cli/script_file.hpp"

namespace moonwright::cli {
namespace {

int check_file(const std::string& path) {
  Result<void> checked = check_readable(path);
  if (checked) checked = check(Script::file(path));
  if (checked) return kExitDone;
  if (checked.error().code == ErrorCode::syntax_error) {
    // file:line: message, and nothing else, as editors expect it. Lua shortens a long path to
    // "...its/end.lua"; what is wrong with a whole file has no line, and no file either.
    const std::string& message = checked.error().message;
    const bool has_place = message.starts_with(path + ':') || message.starts_with("...");
    std::fprintf(stderr, "%s%s\n", has_place ? "" : (path + ": ").c_str(), message.c_str());
    return kExitFailed;
  }
  complain("cannot check '" + path + "': " + checked.error().message);
  return kExitUsage;
}

}  // namespace

int command_check(const CheckOptions& options) {
  int exit_code = kExitDone;
  for (const std::string& path : options.files) exit_code = std::max(exit_code, check_file(path));
  return exit_code;
}

}  // namespace moonwright::cli
