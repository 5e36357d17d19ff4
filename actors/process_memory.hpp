// process_memory.hpp: what the operating system says about this process, read and understood.
//
// platform_memory_reader() is in one file for each system: process_memory_linux.cpp, _macos.cpp and
// _windows.cpp. The build takes the one that fits.
#pragma once

#include <string_view>

#include "moonwright/memory_tracker.hpp"

namespace moonwright::actors {

/// Reads the text of /proc/self/status: VmRSS and VmData, in kB. `taken_at` is left alone.
/// Errors: invalid_data (a field is missing, is no number of kB, or is more than 64 bits hold).
/// Thread: any.
[[nodiscard]] Result<MemorySnapshot> parse_process_status(std::string_view text);

}  // namespace moonwright::actors
