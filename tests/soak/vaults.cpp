// vaults.cpp: actors that are checkpointed, crash, and are given older states back.
#include <string>
#include <utility>

#include "stage.hpp"

namespace moonwright::soak {
namespace {

using std::chrono::milliseconds;

class Vaults final : public Work {
 public:
  explicit Vaults(Stage& stage) : stage_(stage) {
    SupervisorSpec spec;
    spec.intensity.restarts = Intensity::kUnlimited;
    spec.back_off = {.first = milliseconds(1), .most = milliseconds(10)};
    for (int i = 0; i < kVaults; ++i) {
      ChildSpec child;
      child.id = "vault " + std::to_string(i);
      child.spawn.name = name_of(i);
      child.spawn.script = stage_.script("vault.lua");
      child.spawn.checkpoint_every = milliseconds(20);
      if (i % 4 == 0) {
        // Less often: the disk keeps the thread waiting that all callbacks run on.
        child.spawn.checkpoint_every = milliseconds(500);
        child.spawn.checkpoint_file =
            (stage_.folder / ("vault-" + std::to_string(i) + ".checkpoint")).string();
      }
      if (i % 4 == 1) child.spawn.passivate_after = milliseconds(5);
      spec.children.push_back(std::move(child));
    }
    auto made = stage_.runtime.supervise(std::move(spec));
    // There may be nothing left of the budget for it at the moment.
    if (made) supervisor_ = std::move(*made);
    stage_.ledger.count(made ? "supervisors" : "supervisors that could not be made");
  }

  void step(Random& random) override {
    Ledger& ledger = stage_.ledger;
    for (int i = 0; i < 8; ++i) {
      const auto vault = stage_.runtime.whereis(name_of(static_cast<int>(pick(random, kVaults))));
      if (!vault) continue;
      const CallOptions patient{.timeout = kPatience, .token = {}};
      switch (random() % 40) {
        case 0: ledger.ask(stage_.runtime, *vault, "fail", {}, patient); break;
        case 1: take(*vault); break;
        case 2: give_back(random, *vault); break;
        case 3:
        case 4:
        case 5: look(*vault); break;
        default: ledger.ask(stage_.runtime, *vault, "move", {20}, patient); break;
      }
    }
  }

  void end() override {
    if (supervisor_) static_cast<void>(stage_.runtime.stop_actor(supervisor_, kPatience));
  }

 private:
  static constexpr int kVaults = 8;

  [[nodiscard]] static std::string name_of(int number) {
    return "soak vault " + std::to_string(number);
  }

  void look(const ActorRef& vault) {
    stage_.ledger.ask(stage_.runtime, vault, "look", {}, {.timeout = kPatience, .token = {}},
                      [&ledger = stage_.ledger](const Result<Values>& answer) {
                        if (answer && answer->size() > 1) {
                          ledger.complain("a vault: " + std::string(answer->at(1).as_string()));
                        }
                      });
  }

  void take(const ActorRef& vault) {
    const auto done = stage_.ledger.open();
    auto taken = stage_.runtime.checkpoint(vault).get();
    done(taken ? Result<void>() : tl::unexpected(taken.error()));
    if (!taken) return;
    stage_.ledger.count("checkpoints asked for");
    through_a_file(*taken);
    kept_.push_back(std::move(*taken));
    if (kept_.size() > 10) kept_.erase(kept_.begin());
  }

  void through_a_file(const Checkpoint& checkpoint) {
    const std::string file = (stage_.folder / "by-hand.checkpoint").string();
    if (const auto written = write_checkpoint(file, checkpoint); !written) {
      return stage_.ledger.complain(written.error().message);
    }
    const auto read = read_checkpoint(file);
    if (!read) return stage_.ledger.complain(read.error().message);
    if (read->size_bytes() != checkpoint.size_bytes() || read->info() != checkpoint.info()) {
      stage_.ledger.complain("a checkpoint is another one when it is read");
    }
  }

  void give_back(Random& random, const ActorRef& vault) {
    if (kept_.empty()) return;
    if (stage_.runtime.restore(vault, kept_[pick(random, kept_.size())])) {
      stage_.ledger.count("checkpoints given back");
    }
  }

  Stage& stage_;
  ActorRef supervisor_;
  std::vector<Checkpoint> kept_;
};

}  // namespace

std::unique_ptr<Work> make_vaults(Stage& stage) { return std::make_unique<Vaults>(stage); }

}  // namespace moonwright::soak
