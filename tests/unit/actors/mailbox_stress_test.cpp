// mailbox_stress_test.cpp: several threads push, several take turns as the owner, and nothing is
// lost, doubled, reordered or forgotten.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "actors/mailbox.hpp"
#include "support/eventually.hpp"

namespace moonwright::actors {
namespace {

using runtime::MessageKind;
using runtime::MessagePtr;
using tests::eventually;

constexpr std::uint64_t kSenders = 3;

// An owner that two threads run in turn, whenever it is scheduled: what an actor is to the workers.
class Owner {
 public:
  explicit Owner(const MailboxLimits& limits) : mailbox_(limits) {
    for (std::thread& worker : workers_) worker = std::thread([this] { work(); });
    schedule();  // its first turn is ours, as the core's is that of an actor
  }
  ~Owner() {
    {
      const std::lock_guard lock(mutex_);
      leaving_ = true;
      changed_.notify_all();
    }
    for (std::thread& worker : workers_) worker.join();
  }

  Mailbox& mailbox() { return mailbox_; }
  // False if the mailbox is closed.
  bool push(MessagePtr message) {
    const bool is_user = message->kind == MessageKind::user;
    const Pushed pushed =
        is_user ? mailbox_.push_user(message.get()) : mailbox_.push_control(message.get());
    if (pushed == Pushed::closed) return false;
    static_cast<void>(message.release());
    if (pushed == Pushed::wakes) schedule();
    return true;
  }
  std::uint64_t taken() const { return taken_.load(); }
  int mistakes() const { return mistakes_.load(); }

 private:
  void schedule() {
    if (scheduled_.exchange(true)) ++mistakes_;
    const std::lock_guard lock(mutex_);
    ++turns_;
    changed_.notify_one();
  }

  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return leaving_ || turns_ > 0; });
      if (turns_ == 0) return;
      --turns_;
      lock.unlock();
      run();
      lock.lock();
    }
  }

  void run() {
    for (;;) {
      if (running_.exchange(true)) ++mistakes_;
      Message* control = mailbox_.take_control();
      while (control != nullptr) take(std::exchange(control, control->next), last_control_);
      while (Message* message = mailbox_.pop_user()) {
        mailbox_.give_back(*message);
        take(message, last_user_);
      }
      // From here on somebody else may be running it.
      running_ = false;
      scheduled_ = false;
      if (mailbox_.try_block()) return;
      if (scheduled_.exchange(true)) ++mistakes_;
    }
  }

  void take(Message* taken, std::array<std::uint64_t, kSenders>& last) {
    const MessagePtr message(taken);
    std::uint64_t& before = last[message->correlation >> 32];
    const std::uint64_t number = message->correlation & 0xffff'ffff;
    if (number <= before) ++mistakes_;
    before = number;
    ++taken_;
  }

  Mailbox mailbox_;
  std::atomic<bool> scheduled_{false};
  std::atomic<bool> running_{false};
  std::atomic<std::uint64_t> taken_{0};
  std::atomic<int> mistakes_{0};
  std::array<std::uint64_t, kSenders> last_user_{};  // owner's own, as all that an actor has
  std::array<std::uint64_t, kSenders> last_control_{};
  std::mutex mutex_;
  std::condition_variable changed_;
  int turns_ = 0;
  bool leaving_ = false;
  std::array<std::thread, 2> workers_;
};

MessagePtr numbered(std::uint64_t sender, std::uint64_t number, MessageKind kind) {
  MessagePtr message(Message::make(kind));
  message->correlation = sender << 32 | number;
  return message;
}

TEST(MailboxStress, LosesNoWakeUpAndSchedulesNobodyTwice) {
  constexpr std::uint64_t kEach = 60'000;
  Owner owner(MailboxLimits{});
  std::vector<std::thread> senders;
  for (std::uint64_t sender = 0; sender < kSenders; ++sender) {
    senders.emplace_back([&owner, sender] {
      for (std::uint64_t i = 1; i <= kEach; ++i) {
        const bool is_user = i % 3 != sender;
        ASSERT_TRUE(
            owner.push(numbered(sender, i, is_user ? MessageKind::user : MessageKind::reply)));
        // Now and then the owner gets to the end, where blocking races with the next message.
        if (i % 64 == 0) std::this_thread::yield();
      }
    });
  }
  for (std::thread& sender : senders) sender.join();
  EXPECT_TRUE(eventually([&] { return owner.taken() == kSenders * kEach; })) << owner.taken();
  EXPECT_EQ(owner.mistakes(), 0);
}

TEST(MailboxStress, WakesItsOwnerForEachMessageThatFindsItIdle) {
  Owner owner(MailboxLimits{});
  for (std::uint64_t i = 1; i <= 20'000; ++i) {
    const MessageKind kind = i % 2 == 0 ? MessageKind::user : MessageKind::reply;
    ASSERT_TRUE(owner.push(numbered(0, i, kind)));
    if (i % 16 != 0) continue;  // the others come while it is at work, or just going to sleep
    ASSERT_TRUE(eventually([&] { return owner.taken() == i; }));
  }
  EXPECT_EQ(owner.mistakes(), 0);
}

TEST(MailboxStress, IsNeverFullerThanItsBound) {
  constexpr std::uint32_t kMost = 100;
  Owner owner(MailboxLimits{kMost, 1u << 20});
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> refused{0};
  std::vector<std::thread> senders;
  for (std::uint64_t sender = 0; sender < kSenders; ++sender) {
    senders.emplace_back([&, sender] {
      for (std::uint64_t i = 1; i <= 30'000; ++i) {
        if (!owner.mailbox().reserve(Message::cost(0))) {
          ++refused;
          continue;
        }
        MessagePtr message = numbered(sender, i, MessageKind::user);
        message->counted = true;
        ASSERT_TRUE(owner.push(std::move(message)));
        ++accepted;
        // A refused sender's place may show for a moment: one for each of the others.
        ASSERT_LE(owner.mailbox().depth(), kMost + kSenders - 1);
      }
    });
  }
  for (std::thread& sender : senders) sender.join();
  EXPECT_EQ(accepted + refused, kSenders * 30'000);
  EXPECT_TRUE(eventually([&] { return owner.taken() == accepted; }));
  EXPECT_TRUE(eventually([&] { return owner.mailbox().depth() == 0; })) << "all places are back";
  EXPECT_EQ(owner.mistakes(), 0);
}

TEST(MailboxStress, ClosesWithoutLosingAMessage) {
  for (int round = 0; round < 200; ++round) {
    Mailbox mailbox(MailboxLimits{});
    std::atomic<std::uint64_t> accepted{0};
    std::atomic<bool> begun{false};
    std::vector<std::thread> senders;
    for (std::uint64_t sender = 0; sender < 2; ++sender) {
      senders.emplace_back([&, sender] {
        for (std::uint64_t i = 1;; ++i) {
          MessagePtr message =
              numbered(sender, i, i % 2 == 0 ? MessageKind::user : MessageKind::stop);
          const Pushed pushed = message->kind == MessageKind::user
                                    ? mailbox.push_user(message.get())
                                    : mailbox.push_control(message.get());
          if (pushed == Pushed::closed) return;
          static_cast<void>(message.release());
          ++accepted;
          begun = true;
        }
      });
    }
    EXPECT_TRUE(eventually([&] { return begun.load(); }));
    std::uint64_t found = 0;
    Message* chain = mailbox.close();
    while (chain != nullptr) {
      const MessagePtr message(std::exchange(chain, chain->next));
      ++found;
    }
    for (std::thread& sender : senders) sender.join();
    ASSERT_EQ(found, accepted.load());
  }
}

}  // namespace
}  // namespace moonwright::actors
