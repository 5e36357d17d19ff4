// process_memory_linux.cpp: the reader of Linux, by /proc/self/status.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <string>
#include <system_error>

#include "actors/process_memory.hpp"

namespace moonwright {
namespace {

class LinuxReader final : public ProcessMemoryReader {
 public:
  Result<MemorySnapshot> read() noexcept override {
    // A kernel writes about 1.5 KB; what does not fit comes after the fields that are wanted.
    std::array<char, 8192> text;
    const auto size = read_status(text.data(), text.size());
    if (!size) return fail(size.error());
    auto snapshot = actors::parse_process_status({text.data(), *size});
    if (snapshot) snapshot->taken_at = std::chrono::steady_clock::now();
    return snapshot;
  }

 private:
  static Result<std::size_t> read_status(char* text, std::size_t room) {
    const int file = ::open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    if (file < 0) return refused("cannot open", errno);
    std::size_t size = 0;
    ssize_t count = 0;
    int error = 0;
    do {
      count = ::read(file, text + size, room - size);
      if (count > 0) size += static_cast<std::size_t>(count);
      error = count < 0 ? errno : 0;
    } while ((count > 0 && size < room) || error == EINTR);
    ::close(file);
    if (error != 0) return refused("cannot read", error);
    return size;
  }

  static tl::unexpected<Error> refused(const char* what, int error) {
    return fail(MemoryFault::measurement_failed, std::string(what) + " /proc/self/status: " +
                                                     std::generic_category().message(error));
  }
};

}  // namespace

ProcessMemoryReader& platform_memory_reader() noexcept {
  // It has no state: it is the one object because an address is all that anybody wants of it.
  static LinuxReader reader;
  return reader;
}

}  // namespace moonwright
