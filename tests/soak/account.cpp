// account.cpp: see account.hpp.
#include "account.hpp"

#include <string>
#include <utility>

namespace moonwright::soak {

Account::Account(Stage& stage, SpawnOptions options) {
  options.on_exit = stage.ledger.open_exit();
  auto actor = stage.runtime.spawn(std::move(options));
  if (actor) {
    actor_ = std::move(*actor);
    return;
  }
  stage.ledger.was_not_spawned();
  // A script that is about to be rewritten may be wrong at the moment.
  if (actor.error().code != ErrorCode::quota_denied &&
      actor.error().code != ErrorCode::syntax_error) {
    stage.ledger.complain("no account: " + actor.error().message);
  }
}

bool Account::alive(const Stage& stage) const { return actor_ && stage.runtime.stats(actor_); }

void Account::add(Stage& stage, std::int64_t number) {
  asked_ += number;
  stage.ledger.ask(stage.runtime, actor_, "add", {number}, {.timeout = kPatience, .token = {}},
                   [confirmed = confirmed_, number](const Result<Values>& answer) {
                     if (answer) *confirmed += number;
                   });
}

void Account::check(Stage& stage) const {
  stage.ledger.ask(stage.runtime, actor_, "sum", {}, {.timeout = kPatience, .token = {}},
                   [&ledger = stage.ledger, least = confirmed_->load(),
                    most = asked_](const Result<Values>& answer) {
                     if (!answer) return;
                     const std::int64_t sum = answer->front().as_integer();
                     if (sum >= least && sum <= most) return;
                     ledger.complain("an account has " + std::to_string(sum) + ", not " +
                                     std::to_string(least) + " to " + std::to_string(most));
                   });
}

}  // namespace moonwright::soak
