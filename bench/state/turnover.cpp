// turnover.cpp: what an actor costs that does little and ends.
#include <chrono>
#include <thread>
#include <utility>

#include "state/workloads.hpp"
#include "support/cpu_time.hpp"
#include "support/stage.hpp"

namespace moonwright::bench {

Figures turnover(const Effort& effort) {
  const int rounds = effort.quick ? 10 : 200;
  constexpr int kActors = 500;
  Stage stage("state/scripts");
  SpawnOptions trusted;  // restricted actors may not have so many children
  trusted.sandbox = Sandbox::none;
  const ActorRef spawner = stage.spawn("spawner.lua", std::move(trusted));
  // In rounds, so that few are alive at a time: it is not the memory of many that is measured.
  const auto spawn_and_wait = [&] {
    stage.call(spawner, "start", {kActors});
    while (stage.runtime().actor_count() > 1) {
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
  };
  spawn_and_wait();
  const double start = cpu_seconds();
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < rounds; ++i) spawn_and_wait();
  const double count = static_cast<double>(rounds) * kActors;
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - began;
  return {{"turnover.cpu_us_per_actor", (cpu_seconds() - start) / count * 1e6},
          {"turnover.actors_per_second", count / wall.count()}};
}

}  // namespace moonwright::bench
