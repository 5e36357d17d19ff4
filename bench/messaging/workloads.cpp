// workloads.cpp: see workloads.hpp. Clocks start when the actors are ready, that is, have answered
// once, and stop with the last reply.
#include "messaging/workloads.hpp"

#include <chrono>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "support/memory.hpp"
#include "support/stage.hpp"

namespace moonwright::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kScripts = "messaging/scripts";

/// How often a second something happened that happened `count` times in `work`.
template <class Work>
double rate(int count, Work&& work) {
  const auto start = Clock::now();
  std::forward<Work>(work)();
  return count / std::chrono::duration<double>(Clock::now() - start).count();
}

struct Pair {
  ActorRef client;
  ActorRef echo;
};

Pair ready_pair(Stage& stage) {
  Pair pair{stage.spawn("client.lua"), stage.spawn("echo.lua")};
  stage.call(pair.client, "call", {pair.echo, 1});
  return pair;
}

Figures call() {
  constexpr int kCalls = 300'000;
  Stage stage(kScripts);
  const Pair pair = ready_pair(stage);
  return {{"call", rate(kCalls, [&] { stage.call(pair.client, "call", {pair.echo, kCalls}); })}};
}

Figures call_parallel() {
  constexpr int kPairs = 50;
  constexpr int kCallsEach = 6'000;
  Stage stage(kScripts);
  std::vector<Pair> pairs;
  pairs.reserve(kPairs);
  for (int i = 0; i < kPairs; ++i) pairs.push_back(ready_pair(stage));
  const auto run = [&] {
    std::vector<Stage::Reply> replies;
    replies.reserve(pairs.size());
    for (const Pair& pair : pairs) {
      replies.push_back(stage.request(pair.client, "call", {pair.echo, kCallsEach}));
    }
    for (Stage::Reply& reply : replies) Stage::await(reply);
  };
  return {{"call_parallel", rate(kPairs * kCallsEach, run)}};
}

Figures fan_in(const char* key, const char* how) {
  constexpr int kSenders = 4;
  constexpr int kMessagesEach = 150'000;
  Stage stage(kScripts);
  SpawnOptions roomy;
  roomy.mailbox = {.messages_max = 1'000'000, .bytes_max = 256ull << 20};
  const ActorRef sink = stage.spawn("sink.lua", roomy);
  stage.call(sink, "expect", {0});
  std::vector<ActorRef> senders;
  senders.reserve(kSenders);
  for (int i = 0; i < kSenders; ++i) {
    senders.push_back(stage.spawn("sender.lua"));
    stage.call(senders.back(), how, {sink, 0});
  }
  const auto run = [&] {
    Stage::Reply all = stage.request(sink, "expect", {kSenders * kMessagesEach});
    std::vector<Stage::Reply> replies;
    replies.reserve(senders.size());
    for (const ActorRef& sender : senders) {
      replies.push_back(stage.request(sender, how, {sink, kMessagesEach}));
    }
    // The senders first: if a message was refused, it is one of them who knows why.
    for (Stage::Reply& reply : replies) Stage::await(reply);
    Stage::await(all);
  };
  return {{key, rate(kSenders * kMessagesEach, run)}};
}

Figures fan_in_table() { return fan_in("fan_in_table", "send_tables"); }
Figures fan_in_int() { return fan_in("fan_in_int", "send_integers"); }

Figures ring() {
  constexpr std::size_t kNodes = 503;
  constexpr int kHops = 500'000;
  Stage stage(kScripts);
  std::vector<ActorRef> nodes;
  nodes.reserve(kNodes);
  for (std::size_t i = 0; i < kNodes; ++i) nodes.push_back(stage.spawn("node.lua"));
  for (std::size_t i = 0; i < kNodes; ++i) {
    stage.call(nodes[i], "join", {nodes[(i + 1) % kNodes], nodes[0]});
  }
  return {{"ring", rate(kHops, [&] { stage.call(nodes[0], "start", {kHops}); })}};
}

Figures payload() {
  constexpr int kCalls = 3'000;
  Stage stage(kScripts);
  const Pair pair = ready_pair(stage);
  return {{"payload", rate(kCalls, [&] {
             stage.call(pair.client, "call_with_payload", {pair.echo, kCalls});
           })}};
}

Figures spawn() {
  constexpr int kActors = 100'000;
  Stage stage(kScripts);
  SpawnOptions trusted;  // restricted actors may not have so many children
  trusted.sandbox = Sandbox::none;
  const ActorRef spawner = stage.spawn("spawner.lua", trusted);
  stage.call(spawner, "start", {1});
  const double before = resident_bytes();
  const double actors_per_second = rate(kActors, [&] { stage.call(spawner, "start", {kActors}); });
  return {{"spawn", actors_per_second}, {"bytes_per_actor", (resident_bytes() - before) / kActors}};
}

constexpr Workload kWorkloads[] = {
    {"call", "one client, one echo actor, 300,000 calls in sequence", call},
    {"call_parallel", "50 pairs at once, 6,000 calls each", call_parallel},
    {"fan_in_table", "4 senders, 150,000 messages with a table each, to one actor", fan_in_table},
    {"fan_in_int", "the same with one integer", fan_in_int},
    {"ring", "503 actors, 500,000 hops", ring},
    {"payload", "3,000 calls echoing a table of 100 tables of 3 fields", payload},
    {"spawn", "100,000 echo actors started and kept; also bytes_per_actor", spawn},
};

}  // namespace

std::span<const Workload> workloads() { return kWorkloads; }

}  // namespace moonwright::bench
