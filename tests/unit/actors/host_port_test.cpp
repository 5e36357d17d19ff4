// host_port_test.cpp: every request from C++ is completed exactly once.
#include "actors/host_port.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "manual_clock.hpp"
#include "support/eventually.hpp"

namespace moonwright::actors {
namespace {

using std::chrono::seconds;

MessagePtr message(MessageKind kind, std::uint64_t number, const Values& values) {
  runtime::ByteBuffer bytes;
  runtime::RefList refs;
  EXPECT_TRUE(runtime::encode_values(values, MessageLimits{}, bytes, refs).has_value());
  MessagePtr made(Message::make(kind, bytes.view(), refs));
  made->correlation = number;
  return made;
}

MessagePtr failure(std::uint64_t number) {
  return message(MessageKind::failure, number,
                 {static_cast<std::int64_t>(ErrorCode::no_handler), "none", "traceback"});
}

class HostPortTest : public ::testing::Test {
 protected:
  ~HostPortTest() override {
    if (port_) port().close({});
  }

  HostPort& port() { return HostPort::of(port_); }
  std::uint64_t open(std::chrono::nanoseconds time) {
    return port().open(clock_.now() + time,
                       [this](Result<Values> result) { results_.push_back(std::move(result)); });
  }
  bool deliver(MessagePtr made) { return port().deliver(std::move(made), nullptr); }

  ManualClock clock_;
  TimerService timers_{clock_, TimerService::Mode::manual};
  ActorRef port_ = HostPort::make(clock_, timers_);
  std::vector<Result<Values>> results_;
};

TEST_F(HostPortTest, HandsOverTheValuesOfAReply) {
  const auto number = open(seconds(1));
  EXPECT_TRUE(deliver(message(MessageKind::reply, number, {1, "two"})));
  ASSERT_EQ(results_.size(), 1u);
  EXPECT_EQ(results_[0].value(), (Values{1, "two"}));
}

TEST_F(HostPortTest, HandsOverTheErrorOfAFailure) {
  EXPECT_TRUE(deliver(failure(open(seconds(1)))));
  ASSERT_EQ(results_.size(), 1u);
  EXPECT_EQ(results_[0].error(), (Error{ErrorCode::no_handler, "none", "traceback"}));
}

TEST_F(HostPortTest, DropsAllAnswersButTheFirst) {
  const auto number = open(seconds(1));
  EXPECT_TRUE(deliver(message(MessageKind::reply, number, {1})));
  EXPECT_TRUE(deliver(message(MessageKind::reply, number, {2})));
  EXPECT_TRUE(deliver(failure(number)));
  port().fail_request(number, {ErrorCode::dead, "late", {}});
  clock_.advance(seconds(10));
  timers_.run_due();
  port().close({ErrorCode::stopped, "late", {}});
  ASSERT_EQ(results_.size(), 1u);
  EXPECT_EQ(results_[0].value(), Values{1});
}

TEST_F(HostPortTest, DropsAnswersToRequestsThatItNeverMade) {
  EXPECT_TRUE(deliver(message(MessageKind::reply, 77, {1})));
  EXPECT_TRUE(results_.empty());
}

TEST_F(HostPortTest, TakesNothingButAnswers) {
  for (const MessageKind kind : {MessageKind::down, MessageKind::stop, MessageKind::kill}) {
    EXPECT_FALSE(deliver(MessagePtr(Message::make(kind))));
  }
  EXPECT_EQ(port().post({ActorRef{}, 0, kNever, "", {}}, nullptr), Posted::dead);
}

TEST_F(HostPortTest, AnswersCorruptForBytesThatAreNoAnswer) {
  for (const MessageKind kind : {MessageKind::reply, MessageKind::failure}) {
    MessagePtr broken(Message::make(kind, "\xc1"));
    broken->correlation = open(seconds(1));
    deliver(std::move(broken));
  }
  const Values too_few(2);
  deliver(message(MessageKind::failure, open(seconds(1)), too_few));
  ASSERT_EQ(results_.size(), 3u);
  for (const auto& result : results_) EXPECT_EQ(result.error().code, ErrorCode::corrupt);
}

TEST_F(HostPortTest, AnswersTimeoutAtEachDeadlineAndNotBefore) {
  open(seconds(3));
  open(seconds(1));
  open(seconds(2));
  EXPECT_EQ(timers_.alarms_set(), 1u) << "one alarm, however many requests";
  for (std::size_t second = 1; second <= 3; ++second) {
    clock_.advance(seconds(1) - std::chrono::nanoseconds(1));
    timers_.run_due();
    EXPECT_EQ(results_.size(), second - 1);
    clock_.advance(std::chrono::nanoseconds(1));
    timers_.run_due();
    ASSERT_EQ(results_.size(), second);
    EXPECT_EQ(results_.back().error().code, ErrorCode::timeout);
  }
  EXPECT_EQ(timers_.alarms_set(), 0u);
}

TEST_F(HostPortTest, KeepsADeadlineThatIsNeverOpen) {
  const auto number =
      port().open(kNever, [this](Result<Values> result) { results_.push_back(std::move(result)); });
  EXPECT_EQ(timers_.alarms_set(), 0u);
  deliver(message(MessageKind::reply, number, {}));
  EXPECT_EQ(results_.size(), 1u);
}

TEST_F(HostPortTest, CompletesWhatIsOpenWhenItCloses) {
  for (int i = 0; i < 10; ++i) open(seconds(1 + i));
  port().close({ErrorCode::stopped, "the runtime has stopped", {}});
  ASSERT_EQ(results_.size(), 10u);
  for (const auto& result : results_) EXPECT_EQ(result.error().code, ErrorCode::stopped);
  EXPECT_EQ(timers_.alarms_set(), 0u);
}

TEST_F(HostPortTest, CompletesAtOnceWhatIsOpenedAfterItsEnd) {
  port().close({ErrorCode::stopped, "the runtime has stopped", {}});
  EXPECT_EQ(open(seconds(1)), 0u);
  ASSERT_EQ(results_.size(), 1u);
  EXPECT_EQ(results_[0].error().code, ErrorCode::stopped);
  EXPECT_EQ(timers_.alarms_set(), 0u);
}

// What `done` uses is gone soon after the port is closed.
TEST_F(HostPortTest, WaitsForAnAnswerThatIsJustBeingHandedOver) {
  std::atomic<bool> inside{false};
  std::atomic<bool> goes_on{false};
  std::atomic<bool> finished{false};
  const auto number = port().open(kNever, [&](const Result<Values>&) {
    inside = true;
    static_cast<void>(tests::eventually([&] { return goes_on.load(); }));
    finished = true;
  });
  std::thread answering([&] { deliver(message(MessageKind::reply, number, {})); });
  EXPECT_TRUE(tests::eventually([&] { return inside.load(); }));
  std::thread closing([&] {
    port().close({ErrorCode::stopped, "", {}});
    EXPECT_TRUE(finished);
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  goes_on = true;
  answering.join();
  closing.join();
}

// An actor of another runtime may still owe an answer when the one that asked is gone.
TEST(HostPort, OutlivesItsRuntime) {
  ActorRef kept;
  bool done = false;
  {
    ManualClock clock;
    TimerService timers(clock, TimerService::Mode::manual);
    const ActorRef port = HostPort::make(clock, timers);
    kept = port;
    const auto number = HostPort::of(port).open(clock.now() + seconds(1),
                                                [&done](const Result<Values>&) { done = true; });
    HostPort::of(port).close({ErrorCode::stopped, "gone", {}});
    EXPECT_EQ(number, 1u);
  }
  EXPECT_TRUE(done);
  EXPECT_TRUE(HostPort::of(kept).deliver(message(MessageKind::reply, 1, {}), nullptr));
}

// Answers, deadlines and the end race for the same requests.
TEST(HostPort, CompletesEachRequestOnceWhateverComesFirst) {
  SystemClock clock;
  TimerService timers(clock, TimerService::Mode::threaded);
  const ActorRef ref = HostPort::make(clock, timers);
  HostPort& port = HostPort::of(ref);
  constexpr std::uint64_t kRequests = 20'000;
  std::vector<std::atomic<int>> completed(kRequests + 1);
  std::atomic<std::uint64_t> opened{0};
  std::thread answering([&] {
    for (std::uint64_t number = 1; number <= kRequests;) {
      if (opened < number) continue;
      port.deliver(number % 2 == 0 ? message(MessageKind::reply, number, {}) : failure(number),
                   nullptr);
      ++number;
    }
  });
  std::thread failing([&] {
    for (std::uint64_t number = 1; number <= kRequests;) {
      if (opened < number) continue;
      port.fail_request(number, {ErrorCode::dead, "", {}});
      ++number;
    }
  });
  for (std::uint64_t i = 1; i <= kRequests; ++i) {
    const auto time = std::chrono::microseconds(i % 50);
    const auto number =
        port.open(clock.now() + time, [&completed, i](const Result<Values>&) { ++completed[i]; });
    ASSERT_EQ(number, i);
    opened = i;
  }
  port.close({ErrorCode::stopped, "", {}});
  answering.join();
  failing.join();
  for (std::uint64_t i = 1; i <= kRequests; ++i) ASSERT_EQ(completed[i], 1) << i;
}

}  // namespace
}  // namespace moonwright::actors
