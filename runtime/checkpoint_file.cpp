// checkpoint_file.cpp: see checkpoint_file.hpp.
#include "runtime/checkpoint_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace moonwright {

namespace {

using runtime::FileOperations;
using runtime::kPreviousSuffix;

tl::unexpected<Error> system_error(std::string_view step, const std::string& path, int reason) {
  const ErrorCode code = reason == ENOENT ? ErrorCode::not_found : ErrorCode::io;
  return fail(code, "cannot " + std::string(step) + " " + path + ": " +
                        std::generic_category().message(reason));
}

tl::unexpected<Error> write_error(std::string_view step, const std::string& path) {
  return fail(ErrorCode::io, "cannot " + std::string(step) + " " + path + ": " +
                                 std::generic_category().message(errno));
}

// A descriptor, closed whatever happens.
class Open {
 public:
  Open(FileOperations& files, int file) noexcept : files_(files), file_(file) {}
  ~Open() { close(); }
  Open(const Open&) = delete;
  Open& operator=(const Open&) = delete;
  [[nodiscard]] bool fine() const noexcept { return file_ >= 0; }
  [[nodiscard]] int number() const noexcept { return file_; }
  int close() noexcept { return file_ < 0 ? 0 : files_.close(std::exchange(file_, -1)); }

 private:
  FileOperations& files_;
  int file_;
};

bool write_all(FileOperations& files, int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const long written = files.write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      if (written == 0) errno = EIO;
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

Result<void> write_new(FileOperations& files, const std::string& path, std::string_view bytes) {
  Open file(files, files.create(path));
  if (!file.fine()) return write_error("create", path);
  if (!write_all(files, file.number(), bytes)) return write_error("write", path);
  if (files.sync(file.number()) < 0) return write_error("force to the disk", path);
  if (file.close() < 0) return write_error("close", path);
  return {};
}

Result<void> sync_folder_of(FileOperations& files, const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "."
                             : slash == 0               ? "/"
                                                        : path.substr(0, slash);
  const Open open(files, files.open_folder(folder));
  if (!open.fine()) return write_error("open the folder", folder);
  if (files.sync(open.number()) < 0) return write_error("force to the disk the folder", folder);
  return {};
}

Result<std::string> read_all(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return system_error("open", path, errno);
  struct stat about {};
  std::string bytes;
  int reason = ::fstat(file, &about) < 0 ? errno : 0;
  if (reason == 0 && !S_ISREG(about.st_mode)) reason = S_ISDIR(about.st_mode) ? EISDIR : EINVAL;
  if (reason == 0) bytes.resize(static_cast<std::size_t>(about.st_size));
  std::size_t have = 0;
  while (reason == 0 && have < bytes.size()) {
    const ssize_t count = ::read(file, &bytes[have], bytes.size() - have);
    if (count == 0) break;  // it has become shorter, which its checksum will tell
    if (count > 0) have += static_cast<std::size_t>(count);
    if (count < 0 && errno != EINTR) reason = errno;
  }
  ::close(file);
  if (reason != 0) return system_error("read", path, reason);
  bytes.resize(have);
  return bytes;
}

Result<Checkpoint> read_one(const std::string& path) {
  auto bytes = read_all(path);
  if (!bytes) return fail(std::move(bytes.error()));
  auto checkpoint = Checkpoint::decode(*bytes);
  if (!checkpoint) {
    return fail(checkpoint.error().code, path + ": " + checkpoint.error().message);
  }
  return checkpoint;
}

std::string previous_of(const std::string& path) { return path + std::string(kPreviousSuffix); }

}  // namespace

Result<void> runtime::write_checkpoint(FileOperations& files, const std::string& path,
                                       const Checkpoint& checkpoint) {
  auto bytes = checkpoint.encode();
  if (!bytes) return fail(std::move(bytes.error()));
  const std::string part = path + std::string(kNewSuffix);
  const std::string previous = previous_of(path);
  if (auto done = write_new(files, part, *bytes); !done) {
    const int reason = errno;
    files.remove(part);
    errno = reason;
    return done;
  }
  // From one of these steps to the next, there is a whole file under at least one of the names.
  const bool had_one = files.rename(path, previous) == 0;
  if (!had_one && errno != ENOENT) {
    auto error = write_error("keep the previous checkpoint of", path);
    files.remove(part);
    return error;
  }
  if (files.rename(part, path) < 0) {
    auto error = write_error("put in place", path);
    if (had_one && files.rename(previous, path) < 0) {
      error.value().message += "; what was there is now " + previous;
    }
    files.remove(part);
    return error;
  }
  return sync_folder_of(files, path);
}

Result<void> write_checkpoint(const std::string& path, const Checkpoint& checkpoint) {
  FileOperations files;
  return runtime::write_checkpoint(files, path, checkpoint);
}

Result<Checkpoint> read_checkpoint(const std::string& path) {
  auto checkpoint = read_one(path);
  if (checkpoint) return checkpoint;
  Error error = std::move(checkpoint.error());
  if (::access(previous_of(path).c_str(), F_OK) == 0) {
    error.message += "; the previous checkpoint is in " + previous_of(path);
  }
  return fail(std::move(error));
}

Result<StoredCheckpoint> read_checkpoint_or_previous(const std::string& path) {
  auto checkpoint = read_checkpoint(path);
  if (checkpoint) return StoredCheckpoint{.checkpoint = std::move(*checkpoint)};
  const ErrorCode code = checkpoint.error().code;
  if (code != ErrorCode::not_found && code != ErrorCode::corrupt &&
      code != ErrorCode::incompatible) {
    return fail(std::move(checkpoint.error()));
  }
  auto previous = read_one(previous_of(path));
  if (!previous) return fail(std::move(checkpoint.error()));
  return StoredCheckpoint{.checkpoint = std::move(*previous),
                          .is_previous = true,
                          .reason = std::move(checkpoint.error())};
}

}  // namespace moonwright
