// script_threads.cpp: see script_threads.hpp.
#include "actors/script_threads.hpp"

#include <utility>

namespace moonwright::actors {

using runtime::ChunkPool;
using runtime::Runner;

ScriptThreads::~ScriptThreads() {
  const std::lock_guard lock(mutex_);
  for (const Entry& entry : entries_) entry.runner->set_chunk_pool(nullptr);
}

void ScriptThreads::add(Runner& runner) {
  auto pool = std::make_unique<ChunkPool>(source_, spare_bytes_max_);
  runner.set_chunk_pool(pool.get());
  {
    const std::lock_guard lock(mutex_);
    entries_.push_back({&runner, std::move(pool)});
  }
  watchdog_.add(runner);
}

void ScriptThreads::dismiss(Runner& runner) {
  if (!watchdog_.watches(runner)) return;
  watchdog_.dismiss(runner);
  runner.set_chunk_pool(nullptr);
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [&](const Entry& entry) { return entry.runner == &runner; });
}

}  // namespace moonwright::actors
