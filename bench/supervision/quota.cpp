// quota.cpp: see quota.hpp.
#include "quota.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/comparison.hpp"
#include "support/give_up.hpp"
#include "support/stage.hpp"

namespace moonwright::bench {
namespace {

constexpr std::uint64_t kMiB = 1u << 20;

RuntimeOptions with_budget(std::uint64_t bytes) {
  RuntimeOptions options;
  options.memory_budget_bytes = bytes;
  return options;
}

RuntimeOptions without_quotas() {
  RuntimeOptions options;
  options.quotas = false;
  return options;
}

/// Counts what is taken from the system, and the most there ever was.
class CountingSource final : public MemorySource {
 public:
  void* allocate(std::size_t size) noexcept override {
    void* const block = std::malloc(size);
    if (block != nullptr) add(size);
    return block;
  }
  void* reallocate(void* block, std::size_t old_size, std::size_t new_size) noexcept override {
    void* const moved = std::realloc(block, new_size);
    if (moved == nullptr) return nullptr;
    bytes_.fetch_sub(old_size);
    add(new_size);
    return moved;
  }
  void deallocate(void* block, std::size_t size) noexcept override {
    bytes_.fetch_sub(size);
    std::free(block);
  }

  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_.load(); }
  [[nodiscard]] std::uint64_t peak() const noexcept { return peak_.load(); }

 private:
  void add(std::size_t size) noexcept {
    const std::uint64_t now = bytes_.fetch_add(size) + size;
    std::uint64_t peak = peak_.load();
    while (now > peak && !peak_.compare_exchange_weak(peak, now)) {
    }
  }

  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::uint64_t> peak_{0};
};

}  // namespace

Figures run_lease_cost(int runs) {
  Stage with("supervision/scripts", with_budget(1'024 * kMiB));
  Stage without("supervision/scripts", without_quotas());
  Figures figures;
  struct Work {
    const char* name;
    int count;
  };
  for (const Work work : {Work{"calls", 100'000}, {"flood", 200'000}, {"garbage", 300'000}}) {
    const auto pair_on = [](Stage& stage) {
      SpawnOptions trusted;
      trusted.sandbox = Sandbox::none;
      return stage.spawn("pair.lua", std::move(trusted));
    };
    const ActorRef here = pair_on(with);
    const ActorRef there = pair_on(without);
    const auto run_with = [&] { with.call(here, work.name, {work.count}); };
    const auto run_without = [&] { without.call(there, work.name, {work.count}); };
    const Comparison times = compare(runs, run_with, run_without);
    figures.push_back({std::string("lease_cost_") + work.name, times.ratio()});
    figures.push_back({std::string(work.name) + "_ns", times.without / work.count * 1e9});
  }
  return figures;
}

Figures run_random_growth(int actors, std::chrono::seconds time) {
  // Each may hold some 100 KiB, and has 30 KiB on average: more than there is.
  constexpr int kSize = 8'000;
  const std::uint64_t budget = static_cast<std::uint64_t>(actors) * (32u << 10);
  CountingSource source;
  RuntimeOptions options = with_budget(budget);
  options.memory_source = &source;
  options.workers = 2;
  options.log.level = LogLevel::off;
  auto runtime = Runtime::start(std::move(options));
  if (!runtime) give_up(runtime.error().message);

  std::uint64_t most_granted = 0;
  std::uint64_t most_used = 0;
  std::uint64_t samples = 0;
  const auto look = [&] {
    const QuotaStatus status = runtime->quota_status();
    ++samples;
    most_granted = std::max(most_granted, status.granted);
    most_used = std::max(most_used, status.used);
    if (status.granted > budget) give_up("more was granted than there is");
    if (status.granted + status.available != budget) give_up("the books do not add up");
    if (source.peak() > budget) give_up("more was taken from the system than there is");
  };

  std::mt19937 random(1);
  std::uint64_t refused_spawns = 0;
  std::uint64_t ended = 0;
  const auto spawn = [&]() -> ActorRef {
    SpawnOptions how;
    how.script = Script::file(std::string(MOONWRIGHT_SOURCE_DIR) +
                              "/bench/supervision/scripts/breathing.lua");
    how.args = {kSize};
    auto made = runtime->spawn(std::move(how));
    if (made) return *made;
    if (made.error().code != ErrorCode::quota_denied) give_up(made.error().message);
    ++refused_spawns;
    return {};
  };
  std::vector<ActorRef> all(static_cast<std::size_t>(actors));
  for (ActorRef& actor : all) actor = spawn();
  std::uint64_t steps = 0;
  std::uint64_t overloads = 0;
  const auto until = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < until) {
    for (int i = 0; i < 1'000; ++i) {
      ActorRef& actor = all[random() % all.size()];
      if (!actor) actor = spawn();
      if (!actor) continue;
      const auto sent = runtime->send(actor, "step");
      ++steps;
      if (sent) continue;
      if (sent.error().code == ErrorCode::overload) {
        ++overloads;
        std::this_thread::sleep_for(std::chrono::microseconds(100));
      } else {
        ++ended;
        actor = spawn();
      }
    }
    look();
  }
  const auto report = runtime->stop(std::chrono::seconds(30));
  if (!report || !report->complete()) give_up("it did not stop");
  const QuotaStatus end = runtime->quota_status();
  if (end.granted != 0 || end.available != budget) give_up("something is left at the end");
  { const Runtime gone = std::move(*runtime); }
  if (source.bytes() != 0) give_up("memory is left at the end");
  const auto mib = [](std::uint64_t bytes) { return static_cast<double>(bytes) / kMiB; };
  return {{"growth_actors", static_cast<double>(actors)},
          {"growth_budget_mib", mib(budget)},
          {"growth_most_granted_mib", mib(most_granted)},
          {"growth_most_used_mib", mib(most_used)},
          {"growth_most_taken_mib", mib(source.peak())},
          {"growth_steps", static_cast<double>(steps)},
          {"growth_samples", static_cast<double>(samples)},
          {"growth_ended_by_quota", static_cast<double>(ended)},
          {"growth_refused_spawns", static_cast<double>(refused_spawns)},
          {"growth_overloads", static_cast<double>(overloads)}};
}

}  // namespace moonwright::bench
