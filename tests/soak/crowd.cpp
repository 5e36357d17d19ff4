// crowd.cpp: actors that come and go in every way there is, and requests that are given up.
#include <utility>

#include "stage.hpp"

namespace moonwright::soak {
namespace {

using std::chrono::milliseconds;

class Crowd final : public Work {
 public:
  explicit Crowd(Stage& stage) : stage_(stage) {}

  void step(Random& random) override {
    for (int i = 0; i < 4; ++i) spawn(random);
    for (int i = 0; i < 30 && !actors_.empty(); ++i) ask(random);
    execute(random);
    while (actors_.size() > kMost) part_with(random);
  }

  void end() override {
    for (const ActorRef& actor : actors_) {
      static_cast<void>(stage_.runtime.stop_actor(actor, milliseconds(500)));
    }
    actors_.clear();
    for (const CancelToken& token : std::exchange(tokens_, {})) CancelToken(token).cancel();
  }

 private:
  static constexpr std::size_t kMost = 60;

  void spawn(Random& random) {
    SpawnOptions options;
    options.script = stage_.script("worker.lua");
    constexpr const char* kHow[] = {"stays", "stays", "stays", "stays", "done", "fails"};
    options.args.emplace_back(kHow[pick(random, std::size(kHow))]);
    options.limits =
        Limits{.memory_bytes_max = 2u << 20,
               .instructions_max = 1'000'000,
               .timeout = milliseconds(500),
               .on_limit = random() % 2 == 0 ? OnLimit::end_actor : OnLimit::abort_message};
    if (random() % 32 == 0) {
      options.sandbox = Sandbox::none;
      options.thread = ThreadKind::dedicated;
      stage_.ledger.count("dedicated threads");
    }
    options.on_exit = stage_.ledger.open_exit();
    auto actor = stage_.runtime.spawn(std::move(options));
    if (!actor) {
      stage_.ledger.was_not_spawned();
      if (actor.error().code != ErrorCode::quota_denied) {
        stage_.ledger.complain("no spawn: " + actor.error().message);
      }
      return;
    }
    stage_.ledger.count("actors spawned");
    actors_.push_back(std::move(*actor));
  }

  void ask(Random& random) {
    Ledger& ledger = stage_.ledger;
    Runtime& runtime = stage_.runtime;
    const std::size_t index = pick(random, actors_.size());
    if (!runtime.stats(actors_[index]) && random() % 16 != 0) {
      // It has ended, of which it is enough to be told now and then.
      std::swap(actors_[index], actors_.back());
      return actors_.pop_back();
    }
    const ActorRef& actor = actors_[index];
    const auto number = static_cast<std::int64_t>(random() % 1'000'000);
    const CallOptions patient{.timeout = kPatience, .token = {}};
    switch (random() % 40) {
      case 0: return ledger.ask(runtime, actor, "fail", {}, patient);
      case 1: return ledger.ask(runtime, actor, "spin", {}, patient);
      case 2: return ledger.ask(runtime, actor, "grow", {}, patient);
      case 3: return ledger.ask(runtime, actor, "leave", {}, patient);
      case 4: return ledger.ask(runtime, actor, "have_children", {6}, patient);
      case 5: return ledger.ask(runtime, actor, "set_timers", {20}, patient);
      case 6: return ledger.ask(runtime, actor, "fork_some", {10}, patient);
      case 7: return ask_around(random, actor);
      case 8:
        ledger.count("calls that have to time out");
        return ledger.ask(runtime, actor, "hang", {}, {.timeout = milliseconds(20), .token = {}});
      case 9: {
        // Cancelled by the step that follows in some time.
        const CancelToken token;
        tokens_.push_back(token);
        if (tokens_.size() > 20) {
          tokens_.front().cancel();
          tokens_.erase(tokens_.begin());
          ledger.count("requests cancelled");
        }
        return ledger.ask(runtime, actor, random() % 2 == 0 ? "hang" : "slow", {10'000},
                          {.timeout = kPatience, .token = token});
      }
      case 10: return ledger.ask(runtime, actor, "slow", {number % 20}, patient);
      case 11: static_cast<void>(runtime.send(actor, "keep", {100})); return;
      case 12: static_cast<void>(runtime.send(actor, "fail")); return;
      default: return ledger.ask_echo(runtime, actor, {number, "text"}, patient);
    }
  }

  void ask_around(Random& random, const ActorRef& actor) {
    constexpr std::int64_t kCalls = 10;
    Values others;
    for (int i = 0; i < 3; ++i) others.emplace_back(actors_[pick(random, actors_.size())]);
    stage_.ledger.ask(stage_.runtime, actor, "ask_around", {Table::list(others), kCalls},
                      {.timeout = kPatience, .token = {}},
                      [&ledger = stage_.ledger](const Result<Values>& answer) {
                        if (!answer) return;
                        const std::int64_t answered = answer->at(0).as_integer();
                        const std::int64_t failed = answer->at(1).as_integer();
                        if (answered + failed != kCalls) {
                          ledger.complain("calls of an actor were neither answered nor failed");
                        }
                        ledger.count("calls between actors", kCalls);
                      });
  }

  void execute(Random& random) {
    constexpr const char* kSources[] = {"return ...",
                                        "error 'as asked'",
                                        "while true do end",
                                        "local t = {} while true do t[#t + 1] = {} end",
                                        "require('actor').sleep(0.01) return 'slept'",
                                        "print(('line\\n'):rep(10))"};
    ExecuteOptions options;
    options.args = {1, "two"};
    options.limits = Limits{.memory_bytes_max = 2u << 20, .instructions_max = 1'000'000};
    if (random() % 8 == 0) options.token.cancel();
    stage_.ledger.count("executions");
    stage_.runtime.execute(Script::text(kSources[pick(random, std::size(kSources))], "executed"),
                           std::move(options), stage_.ledger.open_execution());
  }

  void part_with(Random& random) {
    const std::size_t index = pick(random, actors_.size());
    const ActorRef actor = std::exchange(actors_[index], actors_.back());
    actors_.pop_back();
    // Those that have ended by themselves answer `dead`.
    switch (random() % 3) {
      case 0: static_cast<void>(stage_.runtime.stop_actor(actor, milliseconds(100))); break;
      case 1: static_cast<void>(stage_.runtime.cancel_actor(actor)); break;
      default: static_cast<void>(stage_.runtime.kill_actor(actor)); break;
    }
  }

  Stage& stage_;
  std::vector<ActorRef> actors_;
  std::vector<CancelToken> tokens_;
};

}  // namespace

std::unique_ptr<Work> make_crowd(Stage& stage) { return std::make_unique<Crowd>(stage); }

}  // namespace moonwright::soak
