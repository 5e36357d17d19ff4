// process_memory_none.cpp: the reader of systems that nobody has written one for.
#include "actors/process_memory.hpp"

namespace moonwright {
namespace {

class NoReader final : public ProcessMemoryReader {
 public:
  Result<MemorySnapshot> read() noexcept override {
    return fail(MemoryFault::platform_unavailable, "nothing measures memory on this system");
  }
};

}  // namespace

ProcessMemoryReader& platform_memory_reader() noexcept {
  static NoReader reader;
  return reader;
}

}  // namespace moonwright
