// live_actors.cpp: an intrusive list under a lock.
#include "actors/live_actors.hpp"

#include <deque>

namespace moonwright::actors {

bool LiveActors::add(LiveEntry& entry) {
  const std::lock_guard lock(mutex_);
  if (closed_) return false;
  entry.previous_ = nullptr;
  entry.next_ = first_;
  if (first_ != nullptr) first_->previous_ = &entry;
  first_ = &entry;
  ++count_;
  return true;
}

void LiveActors::remove(LiveEntry& entry) noexcept {
  const std::lock_guard lock(mutex_);
  if (entry.previous_ != nullptr) entry.previous_->next_ = entry.next_;
  if (entry.next_ != nullptr) entry.next_->previous_ = entry.previous_;
  if (first_ == &entry) first_ = entry.next_;
  if (--count_ == 0) empty_.notify_all();
}

std::size_t LiveActors::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

void LiveActors::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

void LiveActors::for_each(const std::function<void(LiveEntry&)>& visit) {
  const std::lock_guard lock(mutex_);
  for (LiveEntry* entry = first_; entry != nullptr; entry = entry->next_) visit(*entry);
}

std::size_t LiveActors::visit_oldest(std::size_t most,
                                     const std::function<bool(LiveEntry&)>& wanted,
                                     const std::function<void(LiveEntry&)>& visit) {
  const std::lock_guard lock(mutex_);
  std::deque<LiveEntry*> oldest;
  std::size_t total = 0;
  for (LiveEntry* entry = first_; entry != nullptr; entry = entry->next_) {
    if (!wanted(*entry)) continue;
    ++total;
    oldest.push_back(entry);
    if (oldest.size() > most) oldest.pop_front();
  }
  for (LiveEntry* const entry : oldest) visit(*entry);
  return total;
}

bool LiveActors::wait_until_empty(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  return empty_.wait_until(lock, deadline, [this] { return count_ == 0; });
}

}  // namespace moonwright::actors
