// pool.hpp: several states that do the same work, behind one address.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "moonwright/actor_ref.hpp"
#include "moonwright/cancel_token.hpp"
#include "moonwright/execution.hpp"
#include "moonwright/export.hpp"
#include "moonwright/health.hpp"
#include "moonwright/options.hpp"
#include "moonwright/result.hpp"
#include "moonwright/script.hpp"
#include "moonwright/supervision.hpp"

namespace moonwright {

/// Who of a pool gets a message.
enum class Route : std::uint8_t {
  least_loaded,  ///< whoever has the least to do; it waits if nobody is free
  round_robin,   ///< the next one in turn who is free; it waits if nobody is
  /// Always the same one for the same first argument, as long as the size stays; what comes for one
  /// that is busy waits for that one.
  hash,
  broadcast,  ///< everybody; a request is answered by who answers first
};

/// How many states a pool has. The usage ratio is (in use + waiting) / size.
struct PoolSize {
  std::uint32_t min = 2;  ///< 1..10,000
  /// Up to 10,000. Not given: 10; with a memory budget of the pool, so many as that holds with the
  /// memory limit of each.
  std::optional<std::uint32_t> max{};
  double grow_above = 0.8;    ///< a usage ratio beyond which it grows, above 0
  double shrink_below = 0.2;  ///< and below which it shrinks, less than `grow_above`
  double factor = 1.5;        ///< of a step, above 1, up to 10
  /// How long somebody has to wait without a break before the pool grows; 0: not at all.
  std::chrono::milliseconds patience{100};
  /// How often the ratio is looked at, besides whenever a request waits; 1 ms..24 h.
  std::chrono::milliseconds check_every{10'000};

  friend bool operator==(const PoolSize&, const PoolSize&) = default;
};

/// When a state of a pool is replaced by a fresh one. At most one in ten at a time, and only those
/// that have nothing to do.
struct PoolAging {
  std::uint64_t generation_size =
      1'000;                      ///< executions after which the generation advances; 0: none
  std::uint64_t generations = 1;  ///< it is older than the current one by more than this
  double recycle_below = 50;      ///< its health is below this, 0..100
  /// It was used, and has not been for so long; 0: that does not matter.
  std::chrono::milliseconds stale{300'000};

  friend bool operator==(const PoolAging&, const PoolAging&) = default;
};

/// What waits for a state. Beyond these, requests fail as `overload` and as `timeout`, with the
/// size, how many are in use and how many wait.
struct PoolQueue {
  std::uint32_t max = 1'000;                 ///< 0: nothing waits; up to 1,000,000
  std::chrono::milliseconds timeout{5'000};  ///< 1 ms..24 h

  friend bool operator==(const PoolQueue&, const PoolQueue&) = default;
};

/// What a new state runs before it is ready, besides its script.
struct WarmUp {
  Script script{};           ///< runs after the script of the pool; its results are dropped
  std::uint32_t repeat = 1;  ///< so many times, 1..1,000
  bool collect = true;       ///< collects all garbage afterwards, also without a script
};

/// How a state is cleaned that is used once more. Only for the same script on behalf of the same
/// PoolExecuteOptions::owner, and only if it ended normally; every other state is dropped. Then
/// libraries and metatables are compared with those of a pristine state, and one that differs is
/// dropped too.
struct PoolReuse {
  bool enabled = true;
  bool stack = true;    ///< no coroutine that it has run on is used again
  bool globals = true;  ///< what it has set is gone, what it has changed is as it was
  bool modules = true;  ///< so are the modules that it has required, but for the preloaded ones
  bool collect = true;  ///< two full collections

  friend bool operator==(const PoolReuse&, const PoolReuse&) = default;
};

/// How to make a pool. All of it has defaults: a pool without a script has states that execute.
struct PoolOptions {
  std::string name{};  ///< registered if not empty
  /// The script, the arguments, the limits and the sandbox of each state. With a script that
  /// returns a behaviour the pool takes messages. Not to be used: `name`, `token`, `on_exit`,
  /// `chunk_return`, `limits_cover_chunk`.
  SpawnOptions spawn{};
  std::vector<std::string> preload{};  ///< modules that are required before the script, at most 100
  WarmUp warm_up{};
  PoolSize size{};
  Route route = Route::least_loaded;
  /// Messages that a state is given at a time, 1..1,000. An execution has a state of its own.
  std::uint32_t concurrency = 1;
  PoolAging aging{};
  PoolQueue queue{};
  PoolReuse reuse{};
  HealthOptions health{};  ///< of the states; `recycle` and `check_every` are the pool's own matter
  /// What all states may use together of the memory budget; kUnlimited: no share of its own.
  std::uint64_t memory_bytes_max = kUnlimited;
  /// What a state has to be ready, 1 ms..24 h.
  std::chrono::milliseconds start_deadline{5'000};
  Intensity intensity{};  ///< of restarts of all states: beyond it the pool gives up
};

/// How a pool is doing.
struct PoolMetrics {
  std::uint64_t created = 0;    ///< states that have been made, fresh ones of old places included
  std::uint32_t size = 0;       ///< states that are ready or in use
  std::uint32_t target = 0;     ///< states that there are to be
  std::uint32_t available = 0;  ///< states that have nothing to do
  std::uint32_t in_use = 0;
  std::uint32_t waiting = 0;     ///< requests
  std::uint64_t recycled = 0;    ///< states replaced because of their generation, health or age
  std::uint64_t executions = 0;  ///< messages and executions that were handed to a state
  std::uint64_t refused = 0;     ///< as `overload`
  std::uint64_t timed_out = 0;   ///< while they waited
  std::uint64_t generation = 1;
  double usage_ratio = 0;
  std::uint64_t memory_used_bytes = 0;
  std::uint64_t memory_bytes_max = kUnlimited;  ///< the budget of the pool
  std::chrono::nanoseconds wait_p50{0};         ///< for a state; at most twice too large
  std::chrono::nanoseconds wait_p99{0};
};

/// How to execute a script in a state of a pool, which has limits and a sandbox of its own.
struct PoolExecuteOptions {
  std::string id{};  ///< comes back in the result; means nothing to the runtime
  Values args{};     ///< the chunk sees them as `...`
  /// On whose behalf the script runs: see PoolReuse. Empty: the state is dropped in any case.
  std::string owner{};
  /// Tripping it gives the execution up, also while it waits: its result is the error `cancelled`.
  std::optional<CancelToken> token{};
  /// Keeps what is printed and logged in the result: see ExecuteOptions.
  bool capture = true;
  std::size_t output_bytes_max = 1u << 20;
  LogLevel capture_log_level = LogLevel::info;
};

/// A pool, as a C++ program uses it. See docs/pools.md.
///
/// Messages to ref() go to one of its states, as PoolOptions::route says, and its answer comes
/// straight back. execute() runs a script in a state of its own, which is dropped afterwards and
/// replaced: nothing of a script is left for the next one, unless they have the same owner.
///
/// Thread: any. A handle; copies are the same pool. It neither keeps the pool nor the runtime: once
/// those are gone, everything fails as `stopped` or `dead`.
class MOONWRIGHT_API Pool {
 public:
  /// No pool.
  Pool() = default;

  [[nodiscard]] const ActorRef& ref() const noexcept { return ref_; }

  /// Runs a script once and tells everything about it. Every failure is in the result; besides
  /// those of Runtime::execute(): overload (as many wait as may), timeout (it has waited for as
  /// long as it may), both with the size of the pool, how many are in use and how many wait.
  /// Waiting for the future on one of the runtime's own threads may wait for ever: do not.
  [[nodiscard]] std::future<ExecutionResult> execute(Script script,
                                                     PoolExecuteOptions options = {}) const;
  /// The same with a callback, called exactly once, on the runtime's callback thread.
  void execute(Script script, PoolExecuteOptions options,
               std::function<void(ExecutionResult)> done) const;

  /// Errors in the future: dead, stopped, timeout.
  [[nodiscard]] std::future<Result<PoolMetrics>> metrics(
      std::chrono::nanoseconds timeout = std::chrono::seconds(5)) const;

  /// Begins a new generation: states that are too old then are replaced when they have nothing to
  /// do. Does not wait. Errors: dead, stopped.
  Result<void> advance() const;

  /// Asks the pool to end in order: it takes nothing new, and what it has is finished, unless that
  /// takes longer than `deadline`. Does not wait. Errors: dead, stopped.
  Result<void> stop(std::chrono::nanoseconds deadline) const;

 private:
  friend class Runtime;
  Pool(ActorRef ref, std::weak_ptr<void> runtime) noexcept
      : ref_(std::move(ref)), runtime_(std::move(runtime)) {}

  ActorRef ref_;
  std::weak_ptr<void> runtime_;  ///< the core, kept alive during a call
};

/// Whether every value is in its range and goes together with the others. Thread: any.
/// Errors: invalid_argument (which one, and what is allowed).
[[nodiscard]] MOONWRIGHT_API Result<void> check(const PoolOptions& options);

/// "least_loaded", "round_robin", "hash", "broadcast".
[[nodiscard]] MOONWRIGHT_API std::string_view to_string(Route value) noexcept;
/// The inverse. Errors: invalid_argument; the message lists the names.
[[nodiscard]] MOONWRIGHT_API Result<Route> parse_route(std::string_view name);

}  // namespace moonwright
