// observer.cpp: whoever looks at all of it meanwhile, and a second runtime that comes and goes.
#include <utility>

#include "stage.hpp"

namespace moonwright::soak {
namespace {

class Observer final : public Work {
 public:
  explicit Observer(Stage& stage) : stage_(stage) {}

  void step(Random& random) override {
    stage_.ledger.count("looks of the observer");
    const QuotaStatus status = stage_.runtime.quota_status();
    if (status.granted > status.total + status.overdrawn) {
      stage_.ledger.complain("more of the budget is granted than there is");
    }
    switch (random() % 8) {
      case 0: static_cast<void>(stage_.runtime.tree({.tasks = true}).get()); break;
      case 1: static_cast<void>(stage_.runtime.dead_letters()); break;
      case 2: listen(random); break;
      case 3: profile(random); break;
      case 4: run_another_runtime(); break;
      default: look_at_one(random); break;
    }
  }

  void end() override {
    subscription_ = {};
    cpu_.stop();
    memory_.stop();
  }

 private:
  void listen(Random& random) {
    subscription_ = random() % 3 == 0 ? EventSubscription()
                                      : stage_.runtime.on_event([](const Event& /*event*/) {});
  }

  void profile(Random& random) {
    cpu_.stop();
    memory_.stop();
    cpu_ = CpuProfiler();
    memory_ = MemoryProfiler();
    if (random() % 2 == 0) stage_.runtime.profile_cpu(cpu_);
    if (const auto vault = stage_.runtime.whereis("soak vault 0")) {
      static_cast<void>(stage_.runtime.profile_memory(memory_, *vault));
    }
  }

  void look_at_one(Random& random) {
    const auto actor = stage_.runtime.whereis(random() % 2 == 0 ? "soak vault 1" : "soak child 1");
    if (!actor) return;
    static_cast<void>(stage_.runtime.stats(*actor));
    static_cast<void>(stage_.runtime.health(*actor));
    static_cast<void>(stage_.runtime.tasks(*actor).get());
    if (random() % 2 == 0) static_cast<void>(stage_.runtime.collect(*actor));
  }

  void run_another_runtime() {
    RuntimeOptions options;
    options.workers = 1;
    auto runtime = Runtime::start(std::move(options));
    if (!runtime) return stage_.ledger.complain("no second runtime: " + runtime.error().message);
    SpawnOptions spawn;
    spawn.script = stage_.script("worker.lua");
    spawn.args = {"stays"};
    const auto actor = runtime->spawn(std::move(spawn));
    if (actor) stage_.ledger.ask_echo(*runtime, *actor, {1}, {.timeout = kPatience, .token = {}});
    const auto report = runtime->stop(kPatience);
    if (!report || !report->complete()) stage_.ledger.complain("a second runtime does not stop");
    stage_.ledger.count("second runtimes");
  }

  Stage& stage_;
  EventSubscription subscription_;
  CpuProfiler cpu_;
  MemoryProfiler memory_;
};

}  // namespace

std::unique_ptr<Work> make_observer(Stage& stage) { return std::make_unique<Observer>(stage); }

}  // namespace moonwright::soak
