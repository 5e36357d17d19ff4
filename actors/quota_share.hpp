// quota_share.hpp: a share of the memory budget, as long as somebody uses it.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "actors/quota_broker.hpp"

namespace moonwright::actors {

/// A bound on what several actors have in use together, kept in the broker's books: for what a
/// supervisor looks after. Families have the same in their Subtree.
///
/// Whoever makes it hands it to the actors' specifications, and keeps it for as long as it wants to
/// change or nest it; it closes with the last of them.
///
/// Thread: any.
class QuotaShare final : public runtime::MemoryShare {
 public:
  /// @param around null: directly in the budget. Kept.
  /// @param cap in bytes; kUnlimited: only the weight counts.
  /// @param weight its part when memory is short, compared with the other shares in `around`; 0: it
  /// takes no part in that.
  QuotaShare(std::shared_ptr<QuotaBroker> broker, std::shared_ptr<QuotaShare> around,
             std::uint64_t cap, double weight) noexcept
      : broker_(std::move(broker)),
        around_(std::move(around)),
        number_(broker_->open_share(number_of(around_.get()), cap, weight)) {}
  ~QuotaShare() { broker_->close_share(number_); }
  QuotaShare(const QuotaShare&) = delete;
  QuotaShare& operator=(const QuotaShare&) = delete;

  [[nodiscard]] runtime::MemoryGrant take(std::uint64_t least,
                                          std::uint64_t wanted) noexcept override {
    return broker_->take(number_, least, wanted);
  }
  void give(std::uint64_t bytes) noexcept override { broker_->put(number_, bytes); }
  void went_short() noexcept override { broker_->went_short(number_); }

  void set_cap(std::uint64_t bytes) noexcept { broker_->set_cap(number_, bytes); }
  /// What those who use it have taken.
  [[nodiscard]] std::uint64_t held() const noexcept { return broker_->held(number_); }
  [[nodiscard]] static QuotaBroker::Share number_of(const QuotaShare* share) noexcept {
    return share == nullptr ? QuotaBroker::Books::kNoShare : share->number_;
  }

 private:
  std::shared_ptr<QuotaBroker> broker_;
  std::shared_ptr<QuotaShare> around_;
  const QuotaBroker::Share number_;
};

}  // namespace moonwright::actors
