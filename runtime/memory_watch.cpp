// memory_watch.cpp: see memory_watch.hpp.
#include "runtime/memory_watch.hpp"

#include <algorithm>
#include <lua.hpp>
#include <utility>

#include "runtime/actor_script.hpp"
#include "runtime/runner.hpp"
#include "runtime/state.hpp"
#include "runtime/warnings.hpp"

namespace moonwright::runtime {
namespace {

constexpr double kTuneFraction = 0.6;
/// A warning is armed again below this part of its threshold.
constexpr double kRearmFraction = 0.9;
/// What is kept for the warning function, of limits that are large enough for it to matter little.
constexpr std::uint64_t kHeadroomMax = 16u << 10;
constexpr std::uint64_t kHeadroomPart = 64;
constexpr std::uint64_t kHeadroomFrom = 256u << 10;
/// A cycle begins when this percentage of the limit would be reached.
constexpr double kFillPercent = 90;
constexpr int kPauseMin = 100;

std::uint64_t part_of(std::uint64_t limit, double fraction) noexcept {
  return static_cast<std::uint64_t>(static_cast<double>(limit) * fraction);
}

}  // namespace

void MemoryWatch::start() {
  script_.state().allocator().set_watcher({this, on_watermark, on_refused, on_squeezed});
  limit_changed();
}

void MemoryWatch::limit_changed() {
  Allocator& allocator = script_.state().allocator();
  const Limits& limits = script_.limits();
  limit_ = limits.memory_bytes_max;
  warned_ = false;
  allocator.close_headroom();
  if (limit_ == kUnlimited) {
    tune_at_ = collect_at_ = warn_at_ = kUnlimited;
    rearm_at_ = 0;
    allocator.set_headroom(0);
    allocator.set_watermark(kUnlimited);
    return;
  }
  tune_at_ = part_of(limit_, kTuneFraction);
  collect_at_ = part_of(limit_, limits.collect_threshold);
  warn_at_ = part_of(limit_, limits.warning_threshold);
  rearm_at_ = part_of(warn_at_, kRearmFraction);
  allocator.set_headroom(limit_ >= kHeadroomFrom ? std::min(kHeadroomMax, limit_ / kHeadroomPart)
                                                 : 0);
  set_next_watermark(allocator.used());
}

void MemoryWatch::on_watermark(void* self) noexcept {
  auto& watch = *static_cast<MemoryWatch*>(self);
  watch.crossed_ = true;
  watch.script_.state().meter().request_hook(Runner::current().running());
}

void MemoryWatch::on_refused(void* self, MemoryRefusal reason) noexcept {
  static_cast<MemoryWatch*>(self)->script_.memory_refused(reason);
}

void MemoryWatch::on_squeezed(void* self) noexcept {
  static_cast<MemoryWatch*>(self)->squeezed_ = true;
  on_watermark(self);
}

/// What it may use is what it has: there is no more to be had.
void MemoryWatch::warn_of_squeeze(lua_State* L) {
  const Instant now = script_.host().now();
  if (!std::exchange(squeezed_, false) || now < squeeze_next_) return;
  squeeze_next_ = later(now, script_.limits().collect_interval);
  const Allocator& allocator = script_.state().allocator();
  warn_of_memory(L, script_, allocator.used(), std::max(allocator.used(), allocator.lease()));
}

void MemoryWatch::set_next_watermark(std::uint64_t used) {
  std::uint64_t next = kUnlimited;
  for (const std::uint64_t mark : {tune_at_, collect_at_, warn_at_}) {
    if (mark > used && (mark != warn_at_ || !warned_)) next = std::min(next, mark);
  }
  script_.state().allocator().set_watermark(next);
}

void MemoryWatch::tune(std::uint64_t used) {
  const CollectorOptions& collector = script_.limits().collector;
  if (collector.mode != CollectorOptions::Mode::incremental) return;
  int pause = collector.pause_percent;
  if (used > tune_at_) {
    const auto fitting =
        static_cast<int>(static_cast<double>(limit_) * kFillPercent / static_cast<double>(used));
    pause = std::clamp(fitting, kPauseMin, std::max<int>(pause, kPauseMin));
  }
  if (std::exchange(pause_, pause) != pause) {
    lua_gc(script_.state().lua(), LUA_GCINC, pause, 0, 0);
  }
}

/// Has cycle_over() called when the collector has been through the heap: what has fallen in between
/// may have risen again by the next look.
int MemoryWatch::watch_cycle(lua_State* L) {
  lua_settop(L, 0);
  lua_newuserdatauv(L, 0, 0);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, cycle_over);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  return 0;
}

/// A finalizer of nothing. An error in it is nobody's matter.
int MemoryWatch::cycle_over(lua_State* L) {
  const State& state = State::of(L);
  MemoryWatch& watch = state.script()->memory_watch();
  if (!watch.warned_) return 0;
  if (state.memory().used < watch.rearm_at_) {
    watch.rearm();
  } else if (lua_getmetatable(L, 1) != 0) {
    // For the next cycle. This takes no memory, of which there may be none.
    lua_setmetatable(L, 1);
  }
  return 0;
}

void MemoryWatch::rearm() {
  Allocator& allocator = script_.state().allocator();
  warned_ = false;
  allocator.close_headroom();
  set_next_watermark(allocator.used());
}

void MemoryWatch::collect_if_due() {
  const Instant now = script_.host().now();
  if (now < collect_next_) return;
  const Collection collection = script_.state().collect();
  // From the end of this one, so that collections never take up all the time.
  collect_next_ = later(script_.host().now(), script_.limits().collect_interval);
  script_.host().collected(collection.before, collection.after);
  tune(collection.after);
  set_next_watermark(collection.after);
}

void MemoryWatch::serve(lua_State* L) {
  crossed_ = false;
  Allocator& allocator = script_.state().allocator();
  if (squeezed_) warn_of_squeeze(L);
  if (limit_ == kUnlimited) return;
  tune(allocator.used());
  if (allocator.used() > collect_at_) collect_if_due();
  const std::uint64_t used = allocator.used();
  if (warned_ && used < rearm_at_) rearm();
  if (!warned_ && used > warn_at_) {
    warned_ = true;
    allocator.open_headroom();
    script_.host().soft_limit(used, limit_);
    warn_of_memory(L, script_, used, limit_);
    static_cast<void>(script_.state().protect(watch_cycle, nullptr));
  }
  set_next_watermark(allocator.used());
}

}  // namespace moonwright::runtime
