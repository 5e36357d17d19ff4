// quota_desk.hpp: what the actors of one runtime have to do with its broker.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "actors/clock.hpp"
#include "actors/live_actors.hpp"
#include "actors/memory_float.hpp"
#include "actors/quota_broker.hpp"
#include "moonwright/options.hpp"
#include "moonwright/quota.hpp"
#include "moonwright/result.hpp"

namespace moonwright::actors {

class ScriptActor;
class ScriptThreads;

/// Takes `bytes` of what `broker` has to lend from `payer`, or from itself if that is null or lends
/// what another runtime has. Without a broker there is nothing to pay.
[[nodiscard]] inline bool pay(QuotaBroker* broker, MemoryFloat* payer,
                              std::uint64_t bytes) noexcept {
  if (broker == nullptr) return true;
  if (payer != nullptr && &payer->broker() == broker) [[likely]]
    return payer->pay(bytes);
  return broker->ask(bytes, bytes).bytes != 0;
}
/// The inverse.
inline void refund(QuotaBroker* broker, MemoryFloat* to, std::uint64_t bytes) noexcept {
  if (broker == nullptr || bytes == 0) return;
  if (to != nullptr && &to->broker() == broker) [[likely]] {
    to->refund(bytes);
  } else {
    broker->give(bytes);
  }
}

/// Memory that was lent to somebody who is still being made. Goes back unless it is taken over.
///
/// Thread: confined to one at a time.
class FirstLease {
 public:
  /// What a new actor gets, before it has run: its state fits.
  static constexpr std::uint64_t kBytes = 16u << 10;

  FirstLease() noexcept = default;
  explicit FirstLease(std::shared_ptr<QuotaBroker> broker) noexcept : broker_(std::move(broker)) {}
  ~FirstLease() {
    if (broker_ != nullptr) broker_->give(kBytes);
  }
  FirstLease(FirstLease&&) noexcept = default;
  FirstLease& operator=(FirstLease&& other) noexcept {
    std::swap(broker_, other.broker_);
    return *this;
  }

  [[nodiscard]] bool held() const noexcept { return broker_ != nullptr; }
  /// It is the caller's now; 0 if there is none.
  [[nodiscard]] std::uint64_t take_over() noexcept {
    return std::exchange(broker_, nullptr) != nullptr ? kBytes : 0;
  }

 private:
  std::shared_ptr<QuotaBroker> broker_;
};

/// Thread: any.
class QuotaDesk final : private QuotaListener {
 public:
  /// Borrows its arguments, except for the options.
  QuotaDesk(const RuntimeOptions& options, LiveActors& live, const Clock& clock);
  ~QuotaDesk();
  QuotaDesk(const QuotaDesk&) = delete;
  QuotaDesk& operator=(const QuotaDesk&) = delete;

  /// Whether there is a budget at all. Without one the broker only keeps the shares of families.
  [[nodiscard]] bool enforced() const noexcept { return enforced_; }
  /// The broker, if there is a budget; else null.
  [[nodiscard]] std::shared_ptr<QuotaBroker> budget() const noexcept {
    return enforced_ ? broker_ : nullptr;
  }
  [[nodiscard]] QuotaBroker& broker() noexcept { return *broker_; }
  [[nodiscard]] const std::shared_ptr<QuotaBroker>& shared_broker() const noexcept {
    return broker_;
  }
  /// Lends where no float is at hand.
  [[nodiscard]] runtime::MemoryShare* direct() noexcept { return enforced_ ? &direct_ : nullptr; }

  /// For a new actor. Errors: quota_denied.
  [[nodiscard]] Result<FirstLease> first_lease(MemoryFloat* at_hand);

  /// Has `actor` told when there is a first lease for it.
  void wait_for_lease(ScriptActor& actor);
  /// The inverse: it is not told any more, unless it is on its way already.
  void forget_lease(ScriptActor& actor) noexcept;

  /// One line: what was asked for, what is left, and who has most of it.
  [[nodiscard]] std::string shortage(std::uint64_t asked_bytes) const;
  [[nodiscard]] QuotaStatus status(const ScriptThreads& threads) const;
  /// Changes the budget; answers what has been granted beyond it.
  [[nodiscard]] Result<std::uint64_t> set_budget(std::uint64_t bytes);

  /// Has idle actors give memory back if the broker wants that. They are asked to collect first:
  /// those that use most and have been idle for longest. Where that was done lately and was not
  /// enough, idle children of supervisors that are not quite well get a fresh state: the lowest
  /// health first, and then who has been idle for longest. At the end of a turn, or outside of all.
  void shed_if_asked() noexcept;

  /// What has been granted, as those who have it know it: leases and mailboxes. What threads have
  /// at hand is to be added. Exact while no actor runs.
  [[nodiscard]] std::uint64_t held_by_actors() const;

 private:
  void quota_granted(std::uint64_t ticket) noexcept override;
  [[nodiscard]] std::string most_held() const;
  void recycle_some(std::uint64_t wanted);

  const bool enforced_;
  LiveActors& live_;
  const Clock& clock_;
  std::shared_ptr<QuotaBroker> broker_;
  DirectLender direct_;
  std::atomic<Instant> last_shed_{Instant{}};
};

}  // namespace moonwright::actors
