// own_threads.hpp: what the system knows about the threads of this process.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace moonwright::tests {

/// How many threads there are whose name begins with `prefix`; all of them if it is empty.
[[nodiscard]] inline std::size_t count_threads(const std::string& prefix = {}) {
  std::size_t count = 0;
  std::error_code ignored;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task", ignored)) {
    std::string name;
    std::getline(std::ifstream(task.path() / "comm"), name);
    if (name.starts_with(prefix)) ++count;
  }
  return count;
}

/// How often the threads whose name begins with `prefix` have gone to sleep, all together.
[[nodiscard]] inline std::uint64_t count_naps(const std::string& prefix) {
  std::uint64_t naps = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::getline(std::ifstream(task.path() / "comm"), name);
    if (!name.starts_with(prefix)) continue;
    std::ifstream status(task.path() / "status");
    const std::string key = "voluntary_ctxt_switches:";
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with(key)) naps += std::stoull(line.substr(key.size()));
    }
  }
  return naps;
}

}  // namespace moonwright::tests
