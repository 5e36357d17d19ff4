// script_threads.cpp: see script_threads.hpp.
#include "actors/script_threads.hpp"

#include <algorithm>
#include <utility>

namespace moonwright::actors {

using runtime::ChunkPool;
using runtime::Runner;

ScriptThreads::~ScriptThreads() {
  const std::lock_guard lock(mutex_);
  for (const Entry& entry : entries_) {
    // A thread that drives two runtimes, as a test does, may be another one's by now.
    if (entry.runner->chunk_pool() != entry.pool.get()) continue;
    entry.runner->set_chunk_pool(nullptr);
    entry.runner->set_memory_lender(nullptr);
  }
}

void ScriptThreads::add(Runner& runner) {
  auto pool = std::make_unique<ChunkPool>(source_, spare_bytes_max_);
  runner.set_chunk_pool(pool.get());
  std::unique_ptr<MemoryFloat> at_hand;
  if (broker_ != nullptr) at_hand = std::make_unique<MemoryFloat>(*broker_, *pool);
  runner.set_memory_lender(at_hand.get());
  {
    const std::lock_guard lock(mutex_);
    entries_.push_back({&runner, std::move(pool), std::move(at_hand)});
  }
  watchdog_.add(runner);
}

void ScriptThreads::dismiss(Runner& runner) {
  if (!watchdog_.watches(runner)) return;
  watchdog_.dismiss(runner);
  runner.set_chunk_pool(nullptr);
  runner.set_memory_lender(nullptr);
  const std::lock_guard lock(mutex_);
  const auto at = std::find_if(entries_.begin(), entries_.end(),
                               [&](const Entry& entry) { return entry.runner == &runner; });
  // It gives back what is in the pool, which therefore goes after it.
  at->at_hand.reset();
  std::swap(*at, entries_.back());
  entries_.pop_back();
}

std::uint64_t ScriptThreads::at_hand() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t sum = 0;
  for (const Entry& entry : entries_) {
    if (entry.at_hand != nullptr) sum += entry.at_hand->spare();
  }
  return sum;
}

void ScriptThreads::empty_floats() {
  const std::lock_guard lock(mutex_);
  for (const Entry& entry : entries_) {
    if (entry.at_hand != nullptr) entry.at_hand->empty();
  }
}

}  // namespace moonwright::actors
