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

std::uint8_t Watchdog::attention_for(Watched& watched, std::uint64_t turn) const noexcept {
  const bool in_turn = turn % 2 != 0;
  if (!in_turn || turn != watched.turn) {
    watched.turn = turn;
    watched.age = 0;
    return 0;
  }
  ++watched.age;
  const bool over = watched.age >= slice_ticks_;
  return over ? runtime::kLook | runtime::kSliceOver : runtime::kLook;
}

bool Watchdog::look() noexcept {
  const std::lock_guard lock(mutex_);
  const bool sampling = profilers_.any();
  std::uint64_t samples_outside = 0;
  bool busy = false;
  for (Watched& watched : watched_) {
    const std::uint64_t turn = watched.runner->turn();
    const bool in_turn = turn % 2 != 0;
    busy = busy || in_turn;
    std::uint8_t attention = attention_for(watched, turn);
    if (sampling) {
      samples_outside += watched.runner->take_samples_outside();
      if (in_turn) watched.runner->request_sample();
      if (in_turn) attention |= runtime::kSample;
    }
    if (attention != 0) watched.runner->interrupt(attention, signal_.signal());
  }
  profilers_.take_outside(samples_outside);
  return busy;
}

}  // namespace moonwright::actors
