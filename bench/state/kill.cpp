// kill.cpp: how late an endless loop is ended.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "state/workloads.hpp"
#include "support/samples.hpp"
#include "support/stage.hpp"

namespace moonwright::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr std::chrono::milliseconds kTimeLimit{200};

/// Has a new actor loop until its time is over; answers when it was over for the caller.
Clock::time_point run_to_its_end(Stage& stage, Clock::time_point& start) {
  SpawnOptions options;
  options.limits = Limits{.timeout = kTimeLimit};
  const ActorRef loop = stage.spawn("loop.lua", std::move(options));
  stage.call(loop, "ready");
  start = Clock::now();
  const auto answer = stage.request(loop, "forever").get();
  const Clock::time_point end = Clock::now();
  if (answer || answer.error().code != ErrorCode::timeout || end - start < kTimeLimit) {
    std::fprintf(stderr, "an endless loop did not end by its timeout: %s\n",
                 answer ? "it returned" : answer.error().message.c_str());
    _exit(1);
  }
  return end;
}

}  // namespace

Figures kill(const Effort& effort) {
  RuntimeOptions options;
  options.workers = 1;
  Stage stage("state/scripts", std::move(options));
  const ActorRef echo = stage.spawn("echo.lua");
  stage.call(echo, "echo", {1});
  std::vector<double> late;
  std::vector<double> next;
  const int count = effort.quick ? 3 : 15;
  for (int i = 0; i < count; ++i) {
    Clock::time_point start;
    const Clock::time_point end = run_to_its_end(stage, start);
    stage.call(echo, "echo", {i});
    next.push_back(Milliseconds(Clock::now() - end).count());
    late.push_back(Milliseconds(end - start - kTimeLimit).count());
  }
  return {{"kill.late_ms_p50", quantile(late, 0.5)},
          {"kill.late_ms_max", quantile(late, 1)},
          {"kill.next_actor_ms_p50", quantile(next, 0.5)},
          {"kill.next_actor_ms_max", quantile(next, 1)}};
}

}  // namespace moonwright::bench
