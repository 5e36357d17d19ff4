// data_model.hpp: what the data of one simulated actor may be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace moonwright::actors {

/// An actor whose data is a chain of numbers, each of which changes it to something that it has
/// never been before. So whatever a later life begins with says of which moment it is.
///
/// The model does not know what has been decided in the actor, only what scripts and answers tell:
/// it keeps all that is possible, and complains when something else is seen.
class DataModel {
 public:
  using Chain = std::uint64_t;
  /// Chains, and how many numbers they have.
  using Moments = std::map<Chain, std::size_t>;

  /// What a script that has nothing begins with.
  static constexpr Chain kEmpty = 0;

  /// The chain with one more number.
  [[nodiscard]] static Chain longer(Chain chain, std::uint64_t number) noexcept {
    return (chain * 0x9E3779B97F4A7C15u + number) & 0x7FFF'FFFF'FFFF'FFFFu;
  }

  // What is ordered, or known to be possible

  /// Its script says nothing of what matters: who gets a fresh state for his health has nothing.
  void set_plain() noexcept { is_plain_ = true; }
  /// It may lose, or tear, what it has from now on: it was forced, or there is little memory.
  void weaken() noexcept { is_weak_ = true; }
  void order_recycling() noexcept { recycling_ = true; }
  void order_restore(const Moments& what);
  /// A source that refuses data has been offered: then a life begins without any.
  void refuse_data() noexcept { may_be_refused_ = true; }

  // What is seen

  /// A life begins, the next one in the course of things, after a crash, or, if there was one
  /// between that nobody has seen, both.
  void begin_life(bool recycled, bool restarted);
  /// The script has `chain`, of `length` numbers. Answers what is wrong; empty if nothing is.
  [[nodiscard]] std::string see(Chain chain, std::size_t length);
  /// A number has been added to `chain`.
  void change(Chain chain, std::uint64_t number);
  /// What it has may be kept from now on, without another word.
  void may_be_kept() { kept_.insert(now_.begin(), now_.end()); }
  /// It has been kept.
  void is_kept() { kept_ = now_; }
  /// All that it may have now.
  [[nodiscard]] Moments now() const;

 private:
  std::set<Chain> now_{kEmpty};
  std::set<Chain> kept_{kEmpty};  ///< what a life after a crash may begin with
  std::set<Chain> ordered_;       ///< what somebody wants it to begin with
  Moments lengths_{{kEmpty, 0}};  ///< of all that it ever was
  bool is_plain_ = false;
  bool is_weak_ = false;
  bool recycling_ = false;
  bool may_be_refused_ = false;
};

}  // namespace moonwright::actors
