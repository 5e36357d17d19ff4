// callback_thread_test.cpp: callbacks run one by one, in order, and all of them.
#include "actors/callback_thread.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "support/eventually.hpp"
#include "support/own_threads.hpp"

namespace moonwright::actors {
namespace {

TEST(CallbackThread, RunsCallbacksInTheOrderInWhichTheyWerePosted) {
  std::vector<int> seen;
  {
    CallbackThread callbacks;
    for (int i = 0; i < 1'000; ++i) callbacks.post([&seen, i] { seen.push_back(i); });
    callbacks.stop();
  }
  ASSERT_EQ(seen.size(), 1'000u) << "stop() runs what has been posted";
  for (int i = 0; i < 1'000; ++i) EXPECT_EQ(seen[static_cast<std::size_t>(i)], i);
}

TEST(CallbackThread, KnowsItself) {
  CallbackThread callbacks;
  std::atomic<int> inside{-1};
  callbacks.post([&] { inside = callbacks.is_current() ? 1 : 0; });
  EXPECT_FALSE(callbacks.is_current());
  EXPECT_TRUE(tests::eventually([&] { return inside == 1; }));
}

TEST(CallbackThread, HasThePosterRunWhatComesAfterTheEnd) {
  CallbackThread callbacks;
  callbacks.stop();
  std::thread::id ran;
  callbacks.post([&] { ran = std::this_thread::get_id(); });
  EXPECT_EQ(ran, std::this_thread::get_id());
  EXPECT_EQ(tests::count_threads("moonwright.call"), 0u);
}

TEST(CallbackThread, LetsACallbackPostAnother) {
  std::atomic<int> left{100};
  CallbackThread callbacks;
  std::function<void()> next = [&] {
    if (--left > 0) callbacks.post(next);
  };
  callbacks.post(next);
  EXPECT_TRUE(tests::eventually([&] { return left == 0; }));
}

// What a callback holds may do anything when it goes, post included.
TEST(CallbackThread, DropsACallbackWithoutHoldingItsLock) {
  std::atomic<bool> ran{false};
  CallbackThread callbacks;
  std::shared_ptr<void> held(nullptr, [&](void*) { callbacks.post([&ran] { ran = true; }); });
  callbacks.post([moved = std::move(held)] {});
  EXPECT_TRUE(tests::eventually([&] { return ran.load(); }));
}

}  // namespace
}  // namespace moonwright::actors
