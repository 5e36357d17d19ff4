// sleepers.cpp: actors that give their state back whenever they are idle.
#include <utility>

#include "account.hpp"

namespace moonwright::soak {
namespace {

using std::chrono::milliseconds;

class Sleepers final : public Work {
 public:
  explicit Sleepers(Stage& stage) : stage_(stage) {
    for (std::size_t i = 0; i < kSleepers; ++i) accounts_.push_back(begin());
  }

  void step(Random& random) override {
    for (int i = 0; i < 10; ++i) use(random, accounts_[pick(random, kSleepers)]);
  }

  void end() override {
    for (const Account& account : accounts_) {
      static_cast<void>(stage_.runtime.stop_actor(account.actor(), kPatience));
    }
  }

 private:
  static constexpr std::size_t kSleepers = 200;

  [[nodiscard]] Account begin() {
    SpawnOptions options;
    options.script = stage_.script("account.lua");
    options.passivate_after = milliseconds(10);
    return {stage_, std::move(options)};
  }

  void use(Random& random, Account& account) {
    // Killed as below, or memory was short.
    if (!account.alive(stage_)) account = begin();
    if (!account.alive(stage_)) return;
    Runtime& runtime = stage_.runtime;
    switch (random() % 200) {
      case 0: static_cast<void>(runtime.kill_actor(account.actor())); return;
      case 1: static_cast<void>(runtime.stop_actor(account.actor(), milliseconds(100))); return;
      default: break;
    }
    switch (random() % 8) {
      case 0: return passivate(account);
      case 1: return account.check(stage_);
      case 2:
        return stage_.ledger.ask(runtime, account.actor(), "slow", {},
                                 {.timeout = kPatience, .token = {}});
      default: return account.add(stage_, static_cast<std::int64_t>(random() % 100));
    }
  }

  /// It may be in the middle of something, and says so.
  void passivate(const Account& account) {
    const auto done = stage_.ledger.open();
    const auto passive = stage_.runtime.passivate(account.actor()).get();
    done(passive ? Result<void>() : tl::unexpected(passive.error()));
    if (passive) stage_.ledger.count("actors put to rest by hand");
  }

  Stage& stage_;
  std::vector<Account> accounts_;
};

}  // namespace

std::unique_ptr<Work> make_sleepers(Stage& stage) { return std::make_unique<Sleepers>(stage); }

}  // namespace moonwright::soak
