// sharing.cpp: what endless loops leave to others, and how they share the rest.
#include <chrono>
#include <numeric>
#include <thread>
#include <utility>
#include <vector>

#include "state/workloads.hpp"
#include "support/samples.hpp"
#include "support/stage.hpp"

namespace moonwright::bench {
namespace {

using Clock = std::chrono::steady_clock;

/// A stretch of time on the clock of the scripts, actor.now().
struct Window {
  double start;
  double stop;
};

Window window_of(Stage& stage, const ActorRef& client, double delay, double length) {
  const double now = stage.call(client, "now").at(0).as_float();
  return {now + delay, now + delay + length};
}

std::vector<ActorRef> ready_loops(Stage& stage, int count) {
  std::vector<ActorRef> actors;
  for (int i = 0; i < count; ++i) {
    actors.push_back(stage.spawn("loop.lua"));
    stage.call(actors.back(), "ready");
  }
  return actors;
}

std::vector<Stage::Reply> start(Stage& stage, const std::vector<ActorRef>& loops, Window window) {
  std::vector<Stage::Reply> replies;
  replies.reserve(loops.size());
  for (const ActorRef& loop : loops) {
    replies.push_back(stage.request(loop, "count", {window.start, window.stop}));
  }
  return replies;
}

/// How many rounds each of them has done.
std::vector<double> rounds_of(std::vector<Stage::Reply>& replies) {
  std::vector<double> rounds;
  rounds.reserve(replies.size());
  for (Stage::Reply& reply : replies) rounds.push_back(Stage::await(reply).at(0).as_float());
  return rounds;
}

/// Round trips of the host's own calls, in milliseconds, until `stop`.
std::vector<double> probe(Stage& stage, const ActorRef& echo, Clock::time_point stop) {
  std::vector<double> times;
  while (Clock::now() < stop) {
    const auto before = Clock::now();
    stage.call(echo, "echo", {1});
    times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - before).count());
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
  }
  return times;
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

Figures loops(const Effort& effort) {
  constexpr int kLoops = 100;
  const double length = effort.quick ? 1 : 4;
  Stage stage("state/scripts");
  const ActorRef echo = stage.spawn("echo.lua");
  const ActorRef client = stage.spawn("client.lua");
  stage.call(client, "probe", {echo, 0, 0});
  const std::vector<ActorRef> actors = ready_loops(stage, kLoops);

  // From before the first loop starts until after the window, so that nothing is measured while
  // the machine has less to do.
  const Window window = window_of(stage, client, 0.3, length);
  std::vector<Stage::Reply> replies = start(stage, actors, window);
  Stage::Reply probes = stage.request(client, "probe", {echo, 0.002, window.stop});
  const std::vector<double> from_host =
      probe(stage, echo, Clock::now() + std::chrono::milliseconds(static_cast<int>(length * 1e3)));
  std::vector<double> from_actor;
  for (const Value& seconds : Stage::await(probes).at(0).as_table().elements()) {
    from_actor.push_back(seconds.as_float() * 1e3);
  }
  const std::vector<double> rounds = rounds_of(replies);
  return {{"loops.echo_from_actor_ms_p50", quantile(from_actor, 0.5)},
          {"loops.echo_from_actor_ms_p99", quantile(from_actor, 0.99)},
          {"loops.echo_from_host_ms_p50", quantile(from_host, 0.5)},
          {"loops.echo_from_host_ms_p99", quantile(from_host, 0.99)},
          {"loops.least_to_mean_ratio", quantile(rounds, 0) / mean(rounds)},
          {"loops.most_to_mean_ratio", quantile(rounds, 1) / mean(rounds)}};
}

Figures pairs(const Effort& effort) {
  constexpr int kLoops = 10;
  constexpr int kPairs = 2;
  const double length = effort.quick ? 1 : 3;
  Stage stage("state/scripts");
  std::vector<ActorRef> clients;
  std::vector<ActorRef> echoes;
  for (int i = 0; i < kPairs; ++i) {
    clients.push_back(stage.spawn("client.lua"));
    echoes.push_back(stage.spawn("echo.lua"));
  }
  const auto saturate = [&](double stop) {
    std::vector<Stage::Reply> replies;
    for (int i = 0; i < kPairs; ++i) {
      const auto n = static_cast<std::size_t>(i);
      replies.push_back(stage.request(clients[n], "saturate", {echoes[n], stop}));
    }
    return replies;
  };
  const auto sum = [](const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0);
  };

  // What a loop does with a core of its own, and the pairs with two.
  const std::vector<ActorRef> actors = ready_loops(stage, kLoops);
  const double alone = length / 3;
  std::vector<Stage::Reply> one = start(stage, {actors[0]}, window_of(stage, clients[0], 0, alone));
  const double rounds_of_a_core = rounds_of(one).at(0) / alone;
  std::vector<Stage::Reply> undisturbed = saturate(window_of(stage, clients[0], 0, alone).stop);
  const double calls_alone = sum(rounds_of(undisturbed)) / alone;

  const Window window = window_of(stage, clients[0], 0.05, length);
  std::vector<Stage::Reply> disturbed = saturate(window.stop);
  std::vector<Stage::Reply> replies = start(stage, actors, window);
  const double calls = sum(rounds_of(disturbed)) / (window.stop - window.start);
  std::vector<double> shares = rounds_of(replies);
  for (double& share : shares) share /= rounds_of_a_core * length;
  return {{"pairs.least_loop_of_a_core_ratio", quantile(shares, 0)},
          {"pairs.most_loop_of_a_core_ratio", quantile(shares, 1)},
          {"pairs.calls_to_undisturbed_ratio", calls / calls_alone}};
}

Figures family(const Effort& effort) {
  const double length = effort.quick ? 0.5 : 2;
  Stage stage("state/scripts");
  const ActorRef client = stage.spawn("client.lua");
  const ActorRef bomb = stage.spawn("bomb.lua");
  const std::vector<ActorRef> neighbour = ready_loops(stage, 1);
  std::vector<Stage::Reply> alone = start(stage, neighbour, window_of(stage, client, 0, length));
  const double rounds_alone = rounds_of(alone).at(0);
  const double children = stage.call(bomb, "start").at(0).as_float();
  // Until the family has used up what it may use at once.
  std::vector<Stage::Reply> beside = start(stage, neighbour, window_of(stage, client, 0.5, length));
  return {{"family.children", children},
          {"family.neighbour_to_alone_ratio", rounds_of(beside).at(0) / rounds_alone}};
}

}  // namespace moonwright::bench
