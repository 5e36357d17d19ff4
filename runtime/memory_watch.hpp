// memory_watch.hpp: what is done as the memory of a state nears its limit.
#pragma once

#include <cstdint>

#include "moonwright/limits.hpp"
#include "runtime/allocator.hpp"
#include "runtime/message.hpp"

struct lua_State;

namespace moonwright::runtime {

class ActorScript;
class State;

/// From three fifths of the limit on, the collector works harder the less is left; from the collect
/// threshold on, full collections are forced, not too often; at the warning threshold the script is
/// warned, once, until less than nine tenths of that is in use again; and an allocation that fails
/// for good ends the task. Where others have left so little that only a collection made room, the
/// script is warned too, whatever its own limit.
///
/// Thread: confined to the state's. Borrows the script for its life.
class MemoryWatch {
 public:
  explicit MemoryWatch(ActorScript& script) noexcept : script_(script) {}
  MemoryWatch(const MemoryWatch&) = delete;
  MemoryWatch& operator=(const MemoryWatch&) = delete;

  /// Begins, once the script has its state.
  void start();
  /// The limit of the script has changed.
  void limit_changed();

  /// Whether something is to be done at the next hook.
  [[nodiscard]] bool crossed() const noexcept { return crossed_; }
  /// Does what is to be done, in a hook on `L`.
  void serve(lua_State* L);
  /// Between two tasks, and now and then in a long one: forces a collection if one is due, and has
  /// the script warned again once it has let go of enough.
  void look(std::uint64_t used) {
    if (warned_ && used < rearm_at_) rearm();
    if (used > collect_at_) collect_if_due();
  }

 private:
  static int cycle_over(lua_State* L);
  static int watch_cycle(lua_State* L);
  static void on_watermark(void* self) noexcept;
  static void on_refused(void* self, MemoryRefusal reason) noexcept;
  static void on_squeezed(void* self) noexcept;
  void warn_of_squeeze(lua_State* L);
  void collect_if_due();
  void rearm();
  void tune(std::uint64_t used);
  void set_next_watermark(std::uint64_t used);

  ActorScript& script_;
  std::uint64_t limit_ = kUnlimited;
  std::uint64_t tune_at_ = kUnlimited;
  std::uint64_t collect_at_ = kUnlimited;
  std::uint64_t warn_at_ = kUnlimited;
  std::uint64_t rearm_at_ = 0;
  Instant collect_next_{};  ///< not before
  int pause_ = 0;           ///< what the collector has been told; 0: nothing yet
  Instant squeeze_next_{};  ///< no warning of one before
  bool crossed_ = false;
  bool squeezed_ = false;
  bool warned_ = false;
};

}  // namespace moonwright::runtime
