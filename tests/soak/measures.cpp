// measures.cpp: see measures.hpp.
#include "measures.hpp"

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <thread>

namespace moonwright::soak {
namespace {

constexpr std::uint64_t kMiB = 1u << 20;

// A sanitizer keeps what was freed, and has an allocator of its own: there the memory of the
// process says nothing about ours.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kOwnMemory = false;
#else
constexpr bool kOwnMemory = true;
#endif

std::uint64_t entries_of(const char* folder) {
  std::error_code ignored;
  const std::filesystem::directory_iterator entries(folder, ignored);
  return static_cast<std::uint64_t>(std::distance(begin(entries), end(entries)));
}

/// What malloc() has given out, in all arenas.
std::uint64_t heap_bytes() {
  const struct mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

/// How often the threads of this process wake up while nothing runs. A timer that was left behind,
/// or an actor, would be one of them.
std::uint64_t wake_ups(std::chrono::milliseconds time) {
  const auto naps = [] {
    std::uint64_t sum = 0;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
      std::ifstream status(task.path() / "status");
      const std::string key = "voluntary_ctxt_switches:";
      for (std::string line; std::getline(status, line);) {
        if (line.starts_with(key)) sum += std::stoull(line.substr(key.size()));
      }
    }
    return sum;
  };
  const std::uint64_t before = naps();
  std::this_thread::sleep_for(time);
  // This thread itself has slept once.
  return naps() - before - 1;
}

}  // namespace

std::uint64_t count_threads() { return entries_of("/proc/self/task"); }

std::uint64_t resident_bytes() {
  const auto snapshot = platform_memory_reader().read();
  return snapshot ? snapshot->resident_bytes : 0;
}

std::vector<Measure> measure(const Runtime& runtime, const CountingSource& source) {
  ::malloc_trim(0);
  const QuotaStatus quota = runtime.quota_status();
  std::vector<Measure> all{
      {"live actors", runtime.actor_count(), 0},
      {"leases and messages", quota.granted - quota.at_hand, 0, true},
      {"memory that actors use", quota.used, 0, true},
      {"overdrawn budget", quota.overdrawn, 0, true},
      {"rows of the budget", quota.actors.size(), 0},
      // Workers keep some of it for what comes next, up to an eighth of the budget together.
      {"budget at hand of threads", quota.at_hand, quota.total / 8, true},
      {"memory of states", source.bytes(), 2 * kMiB, true},
      {"kept dead letters", runtime.dead_letters().size(), 1'000},
      {"threads", count_threads(), 0},
      {"descriptors", entries_of("/proc/self/fd"), 0},
      {"wake-ups while idle", wake_ups(std::chrono::milliseconds(100)), 20},
  };
  if (!kOwnMemory) return all;
  // Kept dead letters and crash reports differ in size, and so do the caches that each thread of
  // malloc() has: half a MiB in ten minutes.
  all.push_back({"heap in use", heap_bytes(), 2 * kMiB, true});
  // Pages that are free in part stay with the process, some 15 MiB of them.
  all.push_back({"resident size", resident_bytes(), 24 * kMiB, true});
  return all;
}

}  // namespace moonwright::soak
