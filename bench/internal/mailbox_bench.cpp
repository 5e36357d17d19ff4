// mailbox_bench.cpp: what a message costs on its way through a mailbox.
#include <benchmark/benchmark.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "actors/mailbox.hpp"

namespace moonwright::actors {
namespace {

using runtime::MessageKind;
using runtime::MessagePtr;

Message* make_message() { return Message::make(MessageKind::user, "a short one"); }

// Spins until `condition` holds, and lets others run where there are more threads than cores.
template <class Condition>
void spin_until(Condition condition) {
  for (int i = 1; !condition(); ++i) {
    if (i % 1'000 == 0) std::this_thread::yield();
  }
}

// The allocation that is part of all the others.
void bench_make(benchmark::State& bench) {
  for (auto _ : bench) {
    const MessagePtr message(make_message());
    benchmark::DoNotOptimize(message.get());
  }
  bench.SetItemsProcessed(bench.iterations());
}

// In and out on one thread, so many at a time.
void bench_push_pop(benchmark::State& bench) {
  Mailbox mailbox(MailboxLimits{});
  for (auto _ : bench) {
    for (std::int64_t i = 0; i < bench.range(0); ++i) {
      benchmark::DoNotOptimize(mailbox.push_user(make_message()));
    }
    while (Message* message = mailbox.pop_user()) Message::destroy(message);
  }
  bench.SetItemsProcessed(bench.iterations() * bench.range(0));
}

// The same for messages that take a place and give it back.
void bench_push_pop_bounded(benchmark::State& bench) {
  Mailbox mailbox(MailboxLimits{});
  for (auto _ : bench) {
    for (std::int64_t i = 0; i < bench.range(0); ++i) {
      Message* const message = make_message();
      message->counted = mailbox.reserve(Message::cost(message->size));
      benchmark::DoNotOptimize(mailbox.push_user(message));
    }
    while (Message* message = mailbox.pop_user()) {
      mailbox.give_back(*message);
      Message::destroy(message);
    }
  }
  bench.SetItemsProcessed(bench.iterations() * bench.range(0));
}

void bench_push_take_control(benchmark::State& bench) {
  Mailbox mailbox(MailboxLimits{});
  for (auto _ : bench) {
    benchmark::DoNotOptimize(mailbox.push_control(Message::make(MessageKind::reply)));
    Message* chain = mailbox.take_control();
    while (chain != nullptr) Message::destroy(std::exchange(chain, chain->next));
  }
  bench.SetItemsProcessed(bench.iterations());
}

void bench_block_and_wake(benchmark::State& bench) {
  Mailbox mailbox(MailboxLimits{});
  for (auto _ : bench) {
    benchmark::DoNotOptimize(mailbox.try_block());
    benchmark::DoNotOptimize(mailbox.push_user(make_message()));
    Message::destroy(mailbox.pop_user());
  }
  bench.SetItemsProcessed(bench.iterations());
}

void bench_refuse(benchmark::State& bench) {
  Mailbox mailbox(MailboxLimits{1, 1'024});
  benchmark::DoNotOptimize(mailbox.reserve(100));
  for (auto _ : bench) benchmark::DoNotOptimize(mailbox.reserve(100));
  bench.SetItemsProcessed(bench.iterations());
}

// One message back and forth between two threads: two mailboxes, two hops a round.
void bench_ping(benchmark::State& bench) {
  Mailbox here(MailboxLimits{});
  Mailbox there(MailboxLimits{});
  std::atomic<bool> over{false};
  std::thread echo([&] {
    Message* message = nullptr;
    for (;;) {
      spin_until([&] { return (message = there.pop_user()) != nullptr || over.load(); });
      if (message == nullptr) return;
      benchmark::DoNotOptimize(here.push_user(message));
    }
  });
  Message* message = make_message();
  for (auto _ : bench) {
    benchmark::DoNotOptimize(there.push_user(message));
    spin_until([&] { return (message = here.pop_user()) != nullptr; });
  }
  over = true;
  echo.join();
  Message::destroy(message);
  bench.SetItemsProcessed(2 * bench.iterations());
}

// So many threads push as fast as they can; this one takes everything out.
void bench_fan_in(benchmark::State& bench) {
  constexpr std::int64_t kEach = 20'000;
  const std::int64_t producers = bench.range(0);
  for (auto _ : bench) {
    Mailbox mailbox(MailboxLimits{});
    std::vector<std::thread> threads;
    for (std::int64_t p = 0; p < producers; ++p) {
      threads.emplace_back([&mailbox] {
        for (std::int64_t i = 0; i < kEach; ++i) {
          benchmark::DoNotOptimize(mailbox.push_user(make_message()));
        }
      });
    }
    for (std::int64_t left = producers * kEach; left > 0; --left) {
      Message* message = nullptr;
      spin_until([&] { return (message = mailbox.pop_user()) != nullptr; });
      Message::destroy(message);
    }
    for (std::thread& thread : threads) thread.join();
  }
  bench.SetItemsProcessed(bench.iterations() * producers * kEach);
}

BENCHMARK(bench_make)->Name("Mailbox/make");
BENCHMARK(bench_push_pop)->Name("Mailbox/push_pop")->Arg(1)->Arg(64)->Arg(4'096);
BENCHMARK(bench_push_pop_bounded)->Name("Mailbox/push_pop_bounded")->Arg(1)->Arg(64);
BENCHMARK(bench_push_take_control)->Name("Mailbox/push_take_control");
BENCHMARK(bench_block_and_wake)->Name("Mailbox/block_and_wake");
BENCHMARK(bench_refuse)->Name("Mailbox/refuse");
BENCHMARK(bench_ping)->Name("Mailbox/ping")->UseRealTime();
BENCHMARK(bench_fan_in)->Name("Mailbox/fan_in")->Arg(1)->Arg(2)->Arg(4)->UseRealTime();

}  // namespace
}  // namespace moonwright::actors
