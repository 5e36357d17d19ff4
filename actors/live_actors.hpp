// live_actors.hpp: which actors there are, so that a runtime can stop them.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>

namespace moonwright::actors {

/// A place in the list of live actors.
class LiveEntry {
 protected:
  LiveEntry() = default;
  ~LiveEntry() = default;

 private:
  friend class LiveActors;
  LiveEntry* previous_ = nullptr;
  LiveEntry* next_ = nullptr;
};

/// The actors that have begun and not ended.
///
/// Thread: any.
class LiveActors {
 public:
  /// Answers false, and does not add, once close() has been called.
  [[nodiscard]] bool add(LiveEntry& entry);
  void remove(LiveEntry& entry) noexcept;
  [[nodiscard]] std::size_t count() const;

  /// Lets no more in.
  void close();
  /// Calls `visit` for each, under the lock: it must not add or remove.
  void for_each(const std::function<void(LiveEntry&)>& visit);
  /// Calls `visit` for the `most` of those that are `wanted` that have been there for longest, the
  /// newest of them first, under the lock; answers how many are wanted. Neither may add or remove.
  std::size_t visit_oldest(std::size_t most, const std::function<bool(LiveEntry&)>& wanted,
                           const std::function<void(LiveEntry&)>& visit);
  /// Waits until there are none; answers false if that takes longer.
  [[nodiscard]] bool wait_until_empty(std::chrono::steady_clock::time_point deadline);

 private:
  mutable std::mutex mutex_;
  std::condition_variable empty_;
  LiveEntry* first_ = nullptr;
  std::size_t count_ = 0;
  bool closed_ = false;
};

}  // namespace moonwright::actors
