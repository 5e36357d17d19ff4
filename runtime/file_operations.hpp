// file_operations.hpp: what writing a file safely asks of the system, one step each.
#pragma once

#include <cstddef>
#include <string>

namespace moonwright::runtime {

/// The system's calls, so that a test can have any of them fail. All answer what the system does:
/// a negative number for an error, which is in errno.
///
/// Thread: any.
class FileOperations {
 public:
  virtual ~FileOperations() = default;

  /// A new, empty file for writing, which only its owner may read; what was there is gone.
  [[nodiscard]] virtual int create(const std::string& path);
  /// Opens a folder, for sync().
  [[nodiscard]] virtual int open_folder(const std::string& path);
  /// Writes some of the bytes, and answers how many.
  [[nodiscard]] virtual long write(int file, const char* bytes, std::size_t size);
  /// Has everything written so far survive the loss of power.
  [[nodiscard]] virtual int sync(int file);
  virtual int close(int file);
  [[nodiscard]] virtual int rename(const std::string& from, const std::string& to);
  virtual int remove(const std::string& path);
};

}  // namespace moonwright::runtime
