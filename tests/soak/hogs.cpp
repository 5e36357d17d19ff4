// hogs.cpp: actors that together want more memory than there is.
#include <string>
#include <utility>

#include "stage.hpp"

namespace moonwright::soak {
namespace {

using std::chrono::milliseconds;

class Hogs final : public Work {
 public:
  explicit Hogs(Stage& stage) : stage_(stage) {
    // One family has a bound of its own below the budget, the other has not.
    for (const std::uint64_t share : {std::uint64_t{24} << 20, kUnlimited}) {
      SupervisorSpec spec;
      spec.intensity.restarts = Intensity::kUnlimited;
      spec.back_off = {.first = milliseconds(1), .most = milliseconds(10)};
      spec.memory_bytes_max = share;
      for (int i = 0; i < kHogs; ++i) {
        ChildSpec child;
        child.id = "hog " + std::to_string(i);
        child.spawn.name =
            "soak hog " + std::to_string(i) + (share == kUnlimited ? " free" : " bound");
        child.spawn.script = stage_.script("hog.lua");
        child.spawn.quota_wait = milliseconds(200);
        child.weight = 1 + i % 3;
        names_.push_back(child.spawn.name);
        spec.children.push_back(std::move(child));
      }
      auto made = stage_.runtime.supervise(std::move(spec));
      if (made) supervisors_.push_back(std::move(*made));
      stage_.ledger.count(made ? "supervisors" : "supervisors that could not be made");
    }
  }

  void step(Random& random) override {
    const CallOptions patient{.timeout = kPatience, .token = {}};
    for (int i = 0; i < 4; ++i) {
      const auto hog = stage_.runtime.whereis(names_[pick(random, names_.size())]);
      if (!hog) continue;
      const auto size = static_cast<std::int64_t>(1 + random() % 2'000);
      switch (random() % 6) {
        case 0: stage_.ledger.ask(stage_.runtime, *hog, "let_go", {}, patient); break;
        case 1: stage_.ledger.ask(stage_.runtime, *hog, "gulp", {size}, patient); break;
        case 2: stage_.ledger.ask_echo(stage_.runtime, *hog, {size}, patient); break;
        default: stage_.ledger.ask(stage_.runtime, *hog, "take", {size}, patient); break;
      }
    }
    if (stage_.runtime.quota_status().under_pressure) stage_.ledger.count("looks under pressure");
    if (random() % 100 == 0) change_the_budget(random);
  }

  void end() override {
    static_cast<void>(stage_.runtime.set_memory_budget(kBudget));
    for (const ActorRef& supervisor : supervisors_) {
      static_cast<void>(stage_.runtime.stop_actor(supervisor, kPatience));
    }
  }

 private:
  static constexpr int kHogs = 12;
  /// What they could have in a few seconds is several times that.
  static constexpr std::uint64_t kBudget = std::uint64_t{128} << 20;

  void change_the_budget(Random& random) {
    const std::uint64_t bytes = random() % 2 == 0 ? kBudget : kBudget * 3 / 4;
    if (stage_.runtime.set_memory_budget(bytes)) stage_.ledger.count("changes of the budget");
  }

  Stage& stage_;
  std::vector<ActorRef> supervisors_;
  std::vector<std::string> names_;
};

}  // namespace

std::unique_ptr<Work> make_hogs(Stage& stage) { return std::make_unique<Hogs>(stage); }

}  // namespace moonwright::soak
