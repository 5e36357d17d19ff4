// pool.cpp: whether a pool can be made of what was asked for.
#include "moonwright/pool.hpp"

namespace moonwright {
namespace {

constexpr std::chrono::hours kTimeMax{24};
constexpr std::uint32_t kStatesMax = 10'000;
constexpr std::uint32_t kWaitingMax = 1'000'000;
constexpr std::size_t kModulesMax = 100;

tl::unexpected<Error> invalid(std::string text) {
  return fail(ErrorCode::invalid_argument, std::move(text));
}

bool in_range(std::chrono::milliseconds time, std::chrono::milliseconds least) {
  return time >= least && time <= kTimeMax;
}

constexpr std::chrono::milliseconds kNone{0};
constexpr std::chrono::milliseconds kLeast{1};

Result<void> check(const PoolSize& size) {
  if (size.min < 1 || size.min > kStatesMax) return invalid("size.min is not in 1..10,000");
  if (size.max && (*size.max < size.min || *size.max > kStatesMax)) {
    return invalid("size.max is not in size.min..10,000");
  }
  if (!(size.grow_above > 0 && size.grow_above <= 100)) {
    return invalid("size.grow_above is not above 0 and at most 100");
  }
  if (!(size.shrink_below >= 0 && size.shrink_below < size.grow_above)) {
    return invalid("size.shrink_below is not in 0..size.grow_above");
  }
  if (!(size.factor > 1 && size.factor <= 10)) {
    return invalid("size.factor is not above 1 and at most 10");
  }
  if (!in_range(size.patience, kNone)) return invalid("size.patience is not in 0..24 h");
  if (!in_range(size.check_every, kLeast)) return invalid("size.check_every is not in 1 ms..24 h");
  return {};
}

Result<void> check(const PoolAging& aging) {
  if (!(aging.recycle_below >= 0 && aging.recycle_below <= 100)) {
    return invalid("aging.recycle_below is not in 0..100");
  }
  if (aging.stale < kNone) return invalid("aging.stale is negative");
  return {};
}

Result<void> check_spawn(const SpawnOptions& spawn) {
  if (!spawn.name.empty()) return invalid("spawn.name: the name of a pool is its own");
  if (spawn.token || spawn.on_exit) return invalid("token and on_exit are not for pools");
  if (spawn.chunk_return != ChunkReturn::behaviour || spawn.limits_cover_chunk) {
    return invalid("chunk_return and limits_cover_chunk are not for pools");
  }
  return {};
}

}  // namespace

Result<void> check(const PoolOptions& options) {
  if (auto fine = check(options.size); !fine) return fine;
  if (auto fine = check(options.aging); !fine) return fine;
  if (auto fine = check_spawn(options.spawn); !fine) return fine;
  if (options.preload.size() > kModulesMax) return invalid("preload has more than 100 modules");
  if (options.warm_up.repeat < 1 || options.warm_up.repeat > 1'000) {
    return invalid("warm_up.repeat is not in 1..1,000");
  }
  if (options.concurrency < 1 || options.concurrency > 1'000) {
    return invalid("concurrency is not in 1..1,000");
  }
  if (options.queue.max > kWaitingMax) return invalid("queue.max is not in 0..1,000,000");
  if (!in_range(options.queue.timeout, kLeast)) {
    return invalid("queue.timeout is not in 1 ms..24 h");
  }
  if (options.memory_bytes_max == 0) return invalid("memory of a pool is 0");
  if (!in_range(options.start_deadline, kLeast)) {
    return invalid("start_deadline is not in 1 ms..24 h");
  }
  if (!in_range(options.intensity.period, kLeast)) {
    return invalid("intensity.period is not in 1 ms..24 h");
  }
  return {};
}

}  // namespace moonwright
