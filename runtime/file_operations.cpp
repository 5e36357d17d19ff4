// file_operations.cpp: see file_operations.hpp.
#include "runtime/file_operations.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

namespace moonwright::runtime {

int FileOperations::create(const std::string& path) {
  return ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
}

int FileOperations::open_folder(const std::string& path) {
  return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

long FileOperations::write(int file, const char* bytes, std::size_t size) {
  return ::write(file, bytes, size);
}

int FileOperations::sync(int file) { return ::fsync(file); }

int FileOperations::close(int file) { return ::close(file); }

int FileOperations::rename(const std::string& from, const std::string& to) {
  return std::rename(from.c_str(), to.c_str());
}

int FileOperations::remove(const std::string& path) { return ::unlink(path.c_str()); }

}  // namespace moonwright::runtime
