// process_memory_macos.cpp: the reader of macOS, by the kernel's record of the task.
//
// Not compiled here: the project is built and tested on Linux only. It is kept so that a port
// begins with something to correct.
#include <mach/mach.h>

#include <string>

#include "actors/process_memory.hpp"

namespace moonwright {
namespace {

class MacReader final : public ProcessMemoryReader {
 public:
  Result<MemorySnapshot> read() noexcept override {
    task_vm_info_data_t info{};
    mach_msg_type_number_t count = TASK_VM_INFO_COUNT;
    const kern_return_t answer =
        task_info(mach_task_self(), TASK_VM_INFO, reinterpret_cast<task_info_t>(&info), &count);
    if (answer != KERN_SUCCESS) {
      return fail(MemoryFault::measurement_failed, "task_info: " + std::to_string(answer));
    }
    // Older kernels answer with fewer fields; resident_size and internal are among the first.
    if (count < TASK_VM_INFO_REV0_COUNT || info.resident_size == 0) {
      return fail(MemoryFault::invalid_data, "task_info has no resident size");
    }
    MemorySnapshot snapshot;
    snapshot.resident_bytes = info.resident_size;
    // Anonymous memory, in the machine's memory or compressed: the nearest to VmData.
    snapshot.heap_bytes = info.internal + info.compressed;
    snapshot.taken_at = std::chrono::steady_clock::now();
    return snapshot;
  }
};

}  // namespace

ProcessMemoryReader& platform_memory_reader() noexcept {
  static MacReader reader;
  return reader;
}

}  // namespace moonwright
