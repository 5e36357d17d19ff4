// script_file.cpp: what the file system says about a script.
#include "cli/script_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "cli/report.hpp"

namespace moonwright::cli {

Result<void> check_readable(const std::string& path) {
  struct stat file {};
  if (::stat(path.c_str(), &file) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return fail(ErrorCode::not_found, "no such file");
    return fail(ErrorCode::io, error_text(errno));
  }
  if (S_ISDIR(file.st_mode)) return fail(ErrorCode::io, "it is a directory");
  if (::access(path.c_str(), R_OK) != 0) return fail(ErrorCode::io, error_text(errno));
  return {};
}

std::string folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

std::string file_name_of(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

}  // namespace moonwright::cli
