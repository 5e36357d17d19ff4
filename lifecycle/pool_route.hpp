// pool_route.hpp: which state of a pool gets the next message. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "moonwright/pool.hpp"

namespace moonwright::lifecycle {

/// A place in [0, count) for a key: the one that comes out highest when each is mixed with the key.
/// Where the count grows by one, one key in `count` moves, and only to the new place.
/// Requires: count > 0.
[[nodiscard]] constexpr std::size_t place_of(std::uint64_t key, std::size_t count) noexcept {
  std::size_t best = 0;
  std::uint64_t highest = 0;
  for (std::size_t place = 0; place < count; ++place) {
    std::uint64_t mixed = key ^ ((place + 1) * 0x9E37'79B9'7F4A'7C15ULL);
    mixed = (mixed ^ (mixed >> 32)) * 0xD6E8'FEB8'6659'FD93ULL;
    mixed = (mixed ^ (mixed >> 32)) * 0xD6E8'FEB8'6659'FD93ULL;
    mixed ^= mixed >> 32;
    if (mixed < highest) continue;
    highest = mixed;
    best = place;
  }
  return best;
}

/// Chooses among members in the order of their places.
class PoolRouter {
 public:
  explicit PoolRouter(Route route) noexcept : route_(route) {}

  [[nodiscard]] Route route() const noexcept { return route_; }
  /// Whether messages wait at the pool until a member is free, and not at the members.
  [[nodiscard]] bool holds_back() const noexcept {
    return route_ == Route::least_loaded || route_ == Route::round_robin;
  }

  /// Of `count` members the one that a message is for; none if everybody who could take it is
  /// busy. Not for Route::broadcast.
  /// @param load_of answers by place what a member has to do, or nothing of one that takes nothing
  ///   now: std::optional<std::uint32_t>(std::size_t place).
  /// @param key of the message; for Route::hash.
  template <class LoadOf>
  [[nodiscard]] std::optional<std::size_t> choose(std::size_t count, std::uint64_t key,
                                                  const LoadOf& load_of) noexcept {
    if (count == 0) return std::nullopt;
    if (route_ == Route::hash) return place_of(key, count);
    if (route_ == Route::round_robin) {
      for (std::size_t i = 0; i < count; ++i) {
        const std::size_t at = (next_ + i) % count;
        if (!load_of(at)) continue;
        next_ = at + 1;
        return at;
      }
      return std::nullopt;
    }
    // The first of those with the least: what is used stays warm, what is not can be given up.
    std::optional<std::size_t> best;
    std::uint32_t least = 0;
    for (std::size_t at = 0; at < count; ++at) {
      const std::optional<std::uint32_t> load = load_of(at);
      if (!load || (best && *load >= least)) continue;
      best = at;
      least = *load;
      if (least == 0) break;
    }
    return best;
  }

 private:
  Route route_;
  std::size_t next_ = 0;  ///< for Route::round_robin
};

}  // namespace moonwright::lifecycle
