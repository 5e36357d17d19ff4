// file_module.hpp: the module `fs`, by which a script reads and writes the files that it was given.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "moonwright/sandbox.hpp"
#include "runtime/host.hpp"

namespace moonwright::actors {

inline constexpr char kFileModule[] = "fs";

/// The functions read, write, append, list, stat and remove, for what is below the paths of
/// `files`, which are real ones. Nothing leads out of them: neither `..` nor a link, also one that
/// is made later. They block the thread for as long as the system takes.
/// @param base where relative paths begin, with a slash at its end.
[[nodiscard]] std::shared_ptr<const runtime::HostModule> make_file_module(FileAccess files,
                                                                          std::string base);

/// Whether `path` is `folder` or below it. Both are absolute and have no `.`, `..` or `//`.
[[nodiscard]] bool is_below(std::string_view path, std::string_view folder) noexcept;

}  // namespace moonwright::actors
