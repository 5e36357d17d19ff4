// process_memory_windows.cpp: the reader of Windows, by the counters of the process.
//
// Not compiled here: the project is built and tested on Linux only. It is kept so that a port
// begins with something to correct.
#include <windows.h>
// psapi.h needs windows.h before it.
#include <psapi.h>

#include <string>

#include "actors/process_memory.hpp"

namespace moonwright {
namespace {

class WindowsReader final : public ProcessMemoryReader {
 public:
  Result<MemorySnapshot> read() noexcept override {
    PROCESS_MEMORY_COUNTERS_EX counters{};
    counters.cb = sizeof counters;
    if (GetProcessMemoryInfo(GetCurrentProcess(),
                             reinterpret_cast<PROCESS_MEMORY_COUNTERS*>(&counters),
                             sizeof counters) == 0) {
      return fail(MemoryFault::measurement_failed,
                  "GetProcessMemoryInfo: error " + std::to_string(GetLastError()));
    }
    if (counters.WorkingSetSize == 0) {
      return fail(MemoryFault::invalid_data, "the working set has no size");
    }
    MemorySnapshot snapshot;
    snapshot.resident_bytes = counters.WorkingSetSize;
    snapshot.heap_bytes = counters.PrivateUsage;
    snapshot.taken_at = std::chrono::steady_clock::now();
    return snapshot;
  }
};

}  // namespace

ProcessMemoryReader& platform_memory_reader() noexcept {
  static WindowsReader reader;
  return reader;
}

}  // namespace moonwright
