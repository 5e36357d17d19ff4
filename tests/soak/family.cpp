// family.cpp: supervised actors that crash, are recycled, and are replaced.
#include <string>
#include <utility>

#include "stage.hpp"

namespace moonwright::soak {
namespace {

using std::chrono::milliseconds;

class Family final : public Work {
 public:
  explicit Family(Stage& stage) : stage_(stage) {
    SupervisorSpec spec;
    spec.intensity.restarts = Intensity::kUnlimited;
    spec.back_off = {.first = milliseconds(1), .most = milliseconds(10)};
    for (int i = 0; i < 20; ++i) {
      ChildSpec child;
      child.id = "child " + std::to_string(i);
      child.spawn.script = stage_.script("worker.lua");
      child.spawn.args = {"stays"};
      child.spawn.name = "soak child " + std::to_string(i);
      child.spawn.limits = Limits{.memory_bytes_max = 2u << 20, .instructions_max = 1'000'000};
      // Old after a moment, so that health alone recycles it again and again.
      child.health.uses = 200;
      child.health.age = milliseconds(200);
      child.health.memory_threshold = 0.001;
      child.health.check_every = milliseconds(20);
      spec.children.push_back(std::move(child));
    }
    auto made = stage_.runtime.supervise(std::move(spec));
    // There may be nothing left of the budget for it at the moment.
    if (made) supervisor_ = std::move(*made);
    stage_.ledger.count(made ? "supervisors" : "supervisors that could not be made");
  }

  void step(Random& random) override {
    for (int i = 0; i < 20; ++i) {
      const auto child = stage_.runtime.whereis("soak child " + std::to_string(pick(random, 20)));
      if (child) use(random, *child);
    }
  }

  void end() override {
    if (supervisor_) static_cast<void>(stage_.runtime.stop_actor(supervisor_, kPatience));
  }

 private:
  void use(Random& random, const ActorRef& child) {
    Runtime& runtime = stage_.runtime;
    const CallOptions patient{.timeout = kPatience, .token = {}};
    switch (random() % 400) {
      case 0: return stage_.ledger.ask(runtime, child, "fail", {}, patient);
      case 1: return stage_.ledger.ask(runtime, child, "leave", {}, patient);
      case 2: return stage_.ledger.ask(runtime, child, "grow", {}, patient);
      case 3: static_cast<void>(runtime.kill_actor(child)); return;
      case 4:
      case 5:
        if (runtime.recycle(child, random() % 2 == 0)) stage_.ledger.count("recyclings asked for");
        return;
      case 6: return stage_.ledger.ask(runtime, child, "set_timers", {10}, patient);
      default: return stage_.ledger.ask_echo(runtime, child, {"family", 1}, patient);
    }
  }

  Stage& stage_;
  ActorRef supervisor_;
};

}  // namespace

std::unique_ptr<Work> make_family(Stage& stage) { return std::make_unique<Family>(stage); }

}  // namespace moonwright::soak
