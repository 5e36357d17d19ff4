// services.cpp: actors whose scripts are rewritten while they serve.
#include <fstream>
#include <string>
#include <utility>

#include "account.hpp"

namespace moonwright::soak {
namespace {

namespace fs = std::filesystem;

class Services final : public Work {
 public:
  explicit Services(Stage& stage) : stage_(stage) {
    write_source("");
    for (int i = 0; i < kServices; ++i) accounts_.push_back(begin());
  }

  void step(Random& random) override {
    for (int i = 0; i < 40; ++i) use(random, accounts_[pick(random, accounts_.size())]);
    if (random() % 20 == 0) renew(random);
  }

  void end() override {
    for (const Account& account : accounts_) {
      static_cast<void>(stage_.runtime.stop_actor(account.actor(), kPatience));
    }
  }

 private:
  static constexpr int kServices = 30;

  [[nodiscard]] fs::path file() const { return stage_.folder / "service.lua"; }

  /// The next source, with a line of its own. Put in place as a whole, as editors do.
  void write_source(const std::string& line) {
    ++version_;
    const fs::path part = stage_.folder / "service.part";
    std::ofstream(part) << "-- version " << version_ << "\n"
                        << line << R"(
sum = 0
return {
  echo = function(...) return ... end,
  add = function(n) sum = sum + n return sum end,
  sum = function() return sum end,
  slow = function() require("actor").sleep(0.002) return )"
                        << version_ << " end,\n}\n";
    fs::rename(part, file());
  }

  [[nodiscard]] Account begin() {
    SpawnOptions options;
    options.script = Script::file(file().string());
    // Some of them are passive when there is new source.
    if (++begun_ % 3 == 0) options.passivate_after = std::chrono::milliseconds(10);
    return {stage_, std::move(options)};
  }

  void use(Random& random, Account& account) {
    if (!account.alive(stage_)) account = begin();  // memory was short
    if (!account.alive(stage_)) return;
    const CallOptions patient{.timeout = kPatience, .token = {}};
    switch (random() % 8) {
      case 0: return account.add(stage_, static_cast<std::int64_t>(random() % 100));
      case 1: return account.check(stage_);
      case 2: return stage_.ledger.ask(stage_.runtime, account.actor(), "slow", {}, patient);
      default:
        return stage_.ledger.ask_echo(stage_.runtime, account.actor(), {"service", version_},
                                      patient);
    }
  }

  void renew(Random& random) {
    switch (random() % 6) {
      case 0: write_source("this is no Lua"); break;
      case 1: write_source("error 'this generation fails'"); break;
      default: write_source("-- good"); break;
    }
    const ReloadOptions options{.forced = random() % 4 == 0};
    switch (random() % 3) {
      case 0: count(stage_.runtime.reload_changed(options).size()); break;
      case 1: settle(stage_.runtime.reload(Script::file(file().string()), options).get()); break;
      default:
        settle(stage_.runtime.reload(accounts_[pick(random, accounts_.size())].actor(), options)
                   .get());
        break;
    }
    if (random() % 2 == 0) write_source("-- good");
  }

  void count(std::size_t reloaded) { stage_.ledger.count("scripts that had changed", reloaded); }

  void settle(const Result<ReloadReport>& report) {
    if (!report) return stage_.ledger.count("reloads refused");
    stage_.ledger.count("reloads");
    stage_.ledger.count("actors reloaded", report->reloaded);
    stage_.ledger.count("actors that kept what they had", report->kept.size());
  }

  Stage& stage_;
  std::int64_t version_ = 0;
  int begun_ = 0;
  std::vector<Account> accounts_;
};

}  // namespace

std::unique_ptr<Work> make_services(Stage& stage) { return std::make_unique<Services>(stage); }

}  // namespace moonwright::soak
