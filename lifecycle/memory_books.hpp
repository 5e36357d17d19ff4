// memory_books.hpp: who has how much of the memory budget, as a state machine without threads.
//
// Two kinds of account. The *budget* is what all actors together may take from the system; it is
// lent to floats and comes back from them, whoever has it in between. A *share* is a cap on what a
// part of the actors may use of it, an actor's family or what a supervisor looks after; shares lie
// in shares, and what is taken in one is taken in all around it. A share lends nothing by itself.
//
//   event              answer                  what else may follow
//   ask(least, want)   that much, or refusal   pressure, shed
//   give(bytes)                                relief, grants to those who wait
//   ask_later(bytes)                           a grant, when it fits
//   take(share, ...)   that much, or refusal
//   put(share, bytes)
//   went_short(share)                          others stand back
//   set_total(bytes)                           pressure, shed, relief, grants
//
// Pressure begins when less than a tenth of the budget is left, or somebody was refused, and ends
// when three twentieths are left: meanwhile nobody is lent more than a sliver ahead. Ahead of need,
// nobody ever gets more than an eighth of what is left, so that no float takes what others need.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

namespace moonwright::lifecycle {

/// Thread: confined to one at a time. All sizes in bytes.
///
/// Invariants: granted() never grows beyond total(); it exceeds it only after set_total() below it,
/// and then nothing is lent. What a share holds is at least what the shares in it hold together.
class MemoryBooks {
 public:
  using Share = std::uint32_t;
  using Ticket = std::uint64_t;
  static constexpr Share kNoShare = 0;
  /// A budget without a bound. Far from where sums would overflow.
  static constexpr std::uint64_t kBoundless = std::uint64_t{1} << 62;

  enum class Refusal : std::uint8_t {
    none,
    budget,  ///< nothing is left for anybody, or others that have less go first
    share,   ///< the share has used up its cap, or one around it has
  };
  struct Answer {
    std::uint64_t granted = 0;
    Refusal refusal = Refusal::none;
  };
  /// What has to be done after an event, besides answering.
  struct Effects {
    std::vector<Ticket> granted;   ///< who waited, and has it now
    std::uint64_t shed_bytes = 0;  ///< what others should give back, because somebody needs it
    bool recall = false;           ///< floats should give back what they have at hand
  };

  explicit MemoryBooks(std::uint64_t total) noexcept;

  // The budget
  /// Lends from `least` to `wanted` bytes, or nothing.
  Answer ask(std::uint64_t least, std::uint64_t wanted);
  /// Requires: bytes <= granted().
  void give(std::uint64_t bytes);
  /// Lends `bytes` as soon as they are there, in the order of asking, after those who ask now.
  void ask_later(Ticket ticket, std::uint64_t bytes);
  /// Takes a ticket back; false if it is not waiting any more.
  bool forget(Ticket ticket);
  /// Changes the budget, also to less than what is lent: then nothing is until enough came back.
  void set_total(std::uint64_t bytes);

  // Shares
  /// @param weight its part when memory is short, compared with the other shares in `around`; 0:
  /// it takes no part in that.
  /// @param held what of `around` is its own from the start: was taken there before.
  [[nodiscard]] Share open_share(Share around, std::uint64_t cap, double weight,
                                 std::uint64_t held = 0);
  /// What it still holds goes back to those around it. Requires: no share is open in it.
  void close_share(Share share);
  Answer take(Share share, std::uint64_t least, std::uint64_t wanted);
  void put(Share share, std::uint64_t bytes);
  /// Somebody of the share was refused by the budget: until it takes something again, others that
  /// have more than their part stand back.
  void went_short(Share share) { set_short(share, true); }
  void set_cap(Share share, std::uint64_t cap);
  [[nodiscard]] std::uint64_t held(Share share) const;

  [[nodiscard]] Effects take_effects();

  [[nodiscard]] std::uint64_t total() const noexcept { return total_; }
  [[nodiscard]] std::uint64_t granted() const noexcept { return granted_; }
  [[nodiscard]] std::uint64_t available() const noexcept {
    return granted_ >= total_ ? 0 : total_ - granted_;
  }
  /// What is lent beyond the budget, since it was lowered.
  [[nodiscard]] std::uint64_t overdrawn() const noexcept {
    return granted_ > total_ ? granted_ - total_ : 0;
  }
  [[nodiscard]] bool under_pressure() const noexcept { return pressure_; }
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }
  [[nodiscard]] std::size_t shares() const noexcept { return shares_.size(); }

 private:
  struct Account {
    Share around = kNoShare;
    std::uint64_t cap = 0;
    std::uint64_t held = 0;
    double weight = 0;
    bool goes_short = false;  ///< was refused, and has got nothing since
  };
  struct Waiting {
    Ticket ticket;
    std::uint64_t bytes;
  };

  void feel_pressure();
  void serve_waiting();
  void set_short(Share share, bool goes_short);
  [[nodiscard]] bool must_stand_back(Share share, std::uint64_t bytes) const;

  std::uint64_t total_;
  std::uint64_t granted_ = 0;
  bool pressure_ = false;
  std::size_t short_shares_ = 0;
  std::deque<Waiting> waiting_;
  std::unordered_map<Share, Account> shares_;
  Share last_share_ = kNoShare;
  Effects effects_;
};

}  // namespace moonwright::lifecycle
