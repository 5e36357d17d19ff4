// script_file.hpp: a file on the command line, looked at before anything is started for it.
#pragma once

#include <moonwright/result.hpp>
#include <string>

namespace moonwright::cli {

/// Whether `path` can be read as a script. The message is the reason alone, without the path.
/// Errors: not_found, io.
[[nodiscard]] Result<void> check_readable(const std::string& path);

/// The folder that a program's other scripts and modules are found in: "." for "main.lua".
[[nodiscard]] std::string folder_of(const std::string& path);
/// "main.lua" for "dir/main.lua".
[[nodiscard]] std::string file_name_of(const std::string& path);

}  // namespace moonwright::cli
