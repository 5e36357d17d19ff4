// watchdog.cpp: see watchdog.hpp.
#include "actors/watchdog.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace moonwright::actors {

using runtime::Runner;

Watchdog::Watchdog(runtime::SignalLease signal, std::uint32_t slice_ticks) noexcept
    : signal_(std::move(signal)), slice_ticks_(std::max(slice_ticks, 1u)) {}

Watchdog::~Watchdog() {
  const std::lock_guard lock(mutex_);
  for (const Watched& watched : watched_) {
    // A signal that is still on its way must find the handler.
    watched.runner->settle_signals();
    watched.runner->set_watcher(nullptr);
  }
}

void Watchdog::add(Runner& runner) {
  runner.adopt_thread();
  runner.set_watcher(this);
  const std::lock_guard lock(mutex_);
  watched_.push_back({&runner, 0, 0});
}

void Watchdog::dismiss(Runner& runner) {
  if (runner.watcher() != this) return;
  const std::lock_guard lock(mutex_);
  runner.settle_signals();
  runner.set_watcher(nullptr);
  std::erase_if(watched_, [&](const Watched& watched) { return watched.runner == &runner; });
}

bool Watchdog::look() noexcept {
  const std::lock_guard lock(mutex_);
  bool busy = false;
  for (Watched& watched : watched_) {
    const std::uint64_t turn = watched.runner->turn();
    const bool in_turn = turn % 2 != 0;
    busy = busy || in_turn;
    if (!in_turn || turn != watched.turn) {
      watched.turn = turn;
      watched.age = 0;
      continue;
    }
    ++watched.age;
    const bool over = watched.age >= slice_ticks_;
    watched.runner->interrupt(over ? runtime::kLook | runtime::kSliceOver : runtime::kLook,
                              signal_.signal());
  }
  return busy;
}

}  // namespace moonwright::actors
