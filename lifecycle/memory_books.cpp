// memory_books.cpp: see memory_books.hpp.
#include "lifecycle/memory_books.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace moonwright::lifecycle {
namespace {

/// Of what is left, ahead of need.
constexpr std::uint64_t kAheadPart = 8;
constexpr std::uint64_t kAheadPartUnderPressure = 64;

}  // namespace

MemoryBooks::MemoryBooks(std::uint64_t total) noexcept : total_(std::min(total, kBoundless)) {}

// The budget --------------------------------------------------------------------------------------

MemoryBooks::Answer MemoryBooks::ask(std::uint64_t least, std::uint64_t wanted) {
  const std::uint64_t left = available();
  if (least > left) {
    // Floats may have what is missing: they give it back while there is pressure.
    pressure_ = effects_.recall = true;
    effects_.shed_bytes += least - left;
    return {0, Refusal::budget};
  }
  const std::uint64_t ahead_max =
      (left - least) / (pressure_ ? kAheadPartUnderPressure : kAheadPart);
  const std::uint64_t bytes = least + std::min(wanted - std::min(wanted, least), ahead_max);
  granted_ += bytes;
  feel_pressure();
  return {bytes, Refusal::none};
}

void MemoryBooks::give(std::uint64_t bytes) {
  assert(bytes <= granted_ && "more came back than was lent");
  granted_ -= std::min(bytes, granted_);
  serve_waiting();
  feel_pressure();
}

void MemoryBooks::ask_later(Ticket ticket, std::uint64_t bytes) {
  waiting_.push_back({ticket, bytes});
  serve_waiting();
  feel_pressure();
}

bool MemoryBooks::forget(Ticket ticket) {
  const auto at = std::find_if(waiting_.begin(), waiting_.end(),
                               [ticket](const Waiting& entry) { return entry.ticket == ticket; });
  if (at == waiting_.end()) return false;
  waiting_.erase(at);
  // It may have been in the way of the ones behind it.
  serve_waiting();
  feel_pressure();
  return true;
}

void MemoryBooks::set_total(std::uint64_t bytes) {
  total_ = std::min(bytes, kBoundless);
  if (overdrawn() > 0) effects_.shed_bytes += overdrawn();
  // Floats have another size now.
  effects_.recall = true;
  serve_waiting();
  feel_pressure();
}

void MemoryBooks::serve_waiting() {
  while (!waiting_.empty() && waiting_.front().bytes <= available()) {
    granted_ += waiting_.front().bytes;
    effects_.granted.push_back(waiting_.front().ticket);
    waiting_.pop_front();
  }
}

void MemoryBooks::feel_pressure() {
  const std::uint64_t left = available();
  if (!pressure_ && left < total_ / 10) {
    pressure_ = true;
    effects_.recall = true;
    effects_.shed_bytes += total_ / 20 * 3 - left + overdrawn();
  } else if (pressure_ && left >= total_ / 20 * 3) {
    pressure_ = false;
    // Floats may be large again.
    effects_.recall = true;
  }
}

MemoryBooks::Effects MemoryBooks::take_effects() { return std::exchange(effects_, {}); }

// Shares ------------------------------------------------------------------------------------------

MemoryBooks::Share MemoryBooks::open_share(Share around, std::uint64_t cap, double weight,
                                           std::uint64_t held) {
  assert(around == kNoShare || shares_.contains(around));
  // Numbers come round only after four billion shares; one that is still open is left out.
  do ++last_share_;
  while (last_share_ == kNoShare || shares_.contains(last_share_));
  shares_.emplace(last_share_, Account{around, cap, held, weight, false});
  return last_share_;
}

void MemoryBooks::close_share(Share share) {
  const auto at = shares_.find(share);
  if (at == shares_.end()) return;
  const Account account = at->second;
  if (account.goes_short) --short_shares_;
  shares_.erase(at);
  if (account.held > 0 && account.around != kNoShare) put(account.around, account.held);
}

MemoryBooks::Answer MemoryBooks::take(Share share, std::uint64_t least, std::uint64_t wanted) {
  std::uint64_t room = kBoundless;
  for (Share at = share; at != kNoShare; at = shares_.at(at).around) {
    const Account& account = shares_.at(at);
    room = std::min(room, account.cap - std::min(account.cap, account.held));
  }
  if (least > room) return {0, Refusal::share};
  const std::uint64_t bytes = std::min(std::max(least, wanted), room);
  // What is ahead of need is nobody's due.
  const bool stands_back = short_shares_ > 0 && pressure_;
  if (stands_back && must_stand_back(share, least)) return {0, Refusal::budget};
  const std::uint64_t granted = stands_back ? least : bytes;
  for (Share at = share; at != kNoShare; at = shares_.at(at).around) shares_.at(at).held += granted;
  if (short_shares_ > 0) set_short(share, false);
  return {granted, Refusal::none};
}

void MemoryBooks::put(Share share, std::uint64_t bytes) {
  for (Share at = share; at != kNoShare; at = shares_.at(at).around) {
    Account& account = shares_.at(at);
    assert(bytes <= account.held && "more came back than was taken");
    account.held -= std::min(bytes, account.held);
  }
}

void MemoryBooks::set_cap(Share share, std::uint64_t cap) {
  const auto at = shares_.find(share);
  if (at != shares_.end()) at->second.cap = cap;
}

std::uint64_t MemoryBooks::held(Share share) const {
  const auto at = shares_.find(share);
  return at == shares_.end() ? 0 : at->second.held;
}

void MemoryBooks::set_short(Share share, bool goes_short) {
  for (Share at = share; at != kNoShare;) {
    Account& account = shares_.at(at);
    if (account.weight > 0 && account.goes_short != goes_short) {
      account.goes_short = goes_short;
      short_shares_ += goes_short ? 1 : std::size_t{0} - 1;
    }
    at = account.around;
  }
}

/// Whether `share`, or one around it, would hold more than its part while another of the same place
/// that holds less goes short. The part is what all of them hold and what is left, by their
/// weights.
bool MemoryBooks::must_stand_back(Share share, std::uint64_t bytes) const {
  for (Share at = share; at != kNoShare; at = shares_.at(at).around) {
    const Account& mine = shares_.at(at);
    if (mine.weight <= 0) continue;
    double weights = 0;
    double held = static_cast<double>(available());
    for (const auto& [number, other] : shares_) {
      if (other.around != mine.around || other.weight <= 0) continue;
      weights += other.weight;
      held += static_cast<double>(other.held);
    }
    const double unit = held / weights;
    if (static_cast<double>(mine.held + bytes) <= mine.weight * unit) continue;
    for (const auto& [number, other] : shares_) {
      const bool goes_first = number != at && other.around == mine.around && other.goes_short &&
                              static_cast<double>(other.held) < other.weight * unit;
      if (goes_first) return true;
    }
  }
  return false;
}

}  // namespace moonwright::lifecycle
