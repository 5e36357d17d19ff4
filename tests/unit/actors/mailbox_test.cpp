// mailbox_test.cpp: order, lanes, bounds and the end of a mailbox, on one thread.
#include "actors/mailbox.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace moonwright::actors {
namespace {

using runtime::MessageKind;
using runtime::MessagePtr;

MailboxLimits bound(std::uint32_t messages, std::uint64_t bytes = 1u << 20) {
  return {messages, bytes};
}

Message* numbered(std::uint64_t number, MessageKind kind = MessageKind::user) {
  Message* message = Message::make(kind);
  message->correlation = number;
  return message;
}

std::vector<std::uint64_t> numbers(Message* chain) {
  std::vector<std::uint64_t> all;
  while (chain != nullptr) {
    const MessagePtr message(std::exchange(chain, chain->next));
    all.push_back(message->correlation);
  }
  return all;
}

std::vector<std::uint64_t> pop_all(Mailbox& mailbox) {
  std::vector<std::uint64_t> all;
  while (Message* message = mailbox.pop_user()) {
    message->next = nullptr;
    all.push_back(numbers(message).front());
  }
  return all;
}

using Numbers = std::vector<std::uint64_t>;

TEST(Mailbox, KeepsTheOrderOfUserMessages) {
  Mailbox mailbox(bound(100));
  static_cast<void>(mailbox.push_user(numbered(1)));
  static_cast<void>(mailbox.push_user(numbered(2)));
  EXPECT_TRUE(mailbox.has_user());
  static_cast<void>(mailbox.push_user(numbered(3)));
  EXPECT_EQ(pop_all(mailbox), (Numbers{1, 2, 3}));
  EXPECT_FALSE(mailbox.has_user());
  static_cast<void>(mailbox.push_user(numbered(4)));
  EXPECT_EQ(pop_all(mailbox), (Numbers{4}));
}

TEST(Mailbox, KeepsTheOrderOfControlMessages) {
  Mailbox mailbox(bound(100));
  for (std::uint64_t i = 1; i <= 3; ++i) {
    static_cast<void>(mailbox.push_control(numbered(i, MessageKind::reply)));
  }
  EXPECT_EQ(numbers(mailbox.take_control()), (Numbers{1, 2, 3}));
  EXPECT_EQ(mailbox.take_control(), nullptr);
}

TEST(Mailbox, HasControlMessagesOvertakeUserMessages) {
  Mailbox mailbox(bound(100));
  static_cast<void>(mailbox.push_user(numbered(1)));
  static_cast<void>(mailbox.push_control(numbered(2, MessageKind::kill)));
  EXPECT_EQ(numbers(mailbox.take_control()), (Numbers{2}));
  EXPECT_EQ(pop_all(mailbox), (Numbers{1}));
}

TEST(Mailbox, LeavesTheFirstTurnOfItsOwnerToWhoeverMadeIt) {
  Mailbox mailbox(bound(100));
  EXPECT_EQ(mailbox.push_user(numbered(1)), Pushed::ok);
  EXPECT_EQ(mailbox.push_control(numbered(2, MessageKind::start)), Pushed::ok);
  EXPECT_EQ(numbers(mailbox.take_control()), (Numbers{2}));
  EXPECT_EQ(pop_all(mailbox), (Numbers{1}));
}

TEST(Mailbox, HasOnlyTheFirstMessageScheduleItsOwner) {
  Mailbox mailbox(bound(100));
  EXPECT_TRUE(mailbox.try_block());
  EXPECT_EQ(mailbox.push_user(numbered(1)), Pushed::wakes);
  EXPECT_EQ(mailbox.push_user(numbered(2)), Pushed::ok);
  EXPECT_EQ(mailbox.push_control(numbered(3, MessageKind::stop)), Pushed::ok);
  static_cast<void>(numbers(mailbox.take_control()));
  static_cast<void>(pop_all(mailbox));
  EXPECT_EQ(mailbox.push_user(numbered(4)), Pushed::ok) << "the owner has not blocked it yet";
}

TEST(Mailbox, WakesItsOwnerForEitherLaneOnceItIsBlocked) {
  Mailbox mailbox(bound(100));
  EXPECT_TRUE(mailbox.try_block());
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(mailbox.push_control(numbered(1, MessageKind::stop)), Pushed::wakes);
    static_cast<void>(numbers(mailbox.take_control()));
    EXPECT_TRUE(mailbox.try_block());
    EXPECT_EQ(mailbox.push_user(numbered(1)), Pushed::wakes);
    static_cast<void>(pop_all(mailbox));
    EXPECT_TRUE(mailbox.try_block());
  }
}

TEST(Mailbox, DoesNotBlockWhileAControlMessageWaits) {
  Mailbox mailbox(bound(100));
  static_cast<void>(mailbox.push_control(numbered(1, MessageKind::stop)));
  EXPECT_FALSE(mailbox.try_block());
  EXPECT_EQ(numbers(mailbox.take_control()), (Numbers{1}));
  EXPECT_TRUE(mailbox.try_block());
}

TEST(Mailbox, DoesNotBlockOverAUserMessageThatItsOwnerHasNotSeen) {
  Mailbox mailbox(bound(100));
  static_cast<void>(mailbox.push_user(numbered(1)));
  EXPECT_FALSE(mailbox.try_block());
  EXPECT_TRUE(mailbox.try_block()) << "the owner has seen it and cannot take it now";
  EXPECT_EQ(mailbox.push_user(numbered(2)), Pushed::wakes);
  EXPECT_EQ(pop_all(mailbox), (Numbers{1, 2}));
}

TEST(Mailbox, RefusesOneMessageMoreThanItsBound) {
  Mailbox mailbox(bound(3));
  const std::size_t cost = Message::cost(0);
  for (std::size_t i = 1; i <= 3; ++i) {
    EXPECT_TRUE(mailbox.reserve(cost));
    EXPECT_EQ(mailbox.depth(), i);
  }
  EXPECT_FALSE(mailbox.reserve(cost));
  EXPECT_FALSE(mailbox.reserve(cost));
  EXPECT_EQ(mailbox.depth(), 3u) << "a refusal leaves nothing behind";
}

TEST(Mailbox, RefusesOneByteMoreThanItsBound) {
  Mailbox mailbox(bound(100, 4'096));
  EXPECT_FALSE(mailbox.reserve(4'097));
  EXPECT_TRUE(mailbox.reserve(4'000));
  EXPECT_FALSE(mailbox.reserve(97));
  EXPECT_TRUE(mailbox.reserve(96));
  EXPECT_FALSE(mailbox.reserve(1));
  EXPECT_EQ(mailbox.depth(), 2u);
}

TEST(Mailbox, CountsTheLargestBoundsThatAreAllowed) {
  Mailbox mailbox(bound(8'000'000, 512ull << 30));
  for (int i = 0; i < 511; ++i) ASSERT_TRUE(mailbox.reserve(1ull << 30)) << i;
  EXPECT_TRUE(mailbox.reserve(1ull << 30));
  EXPECT_FALSE(mailbox.reserve(1));
  EXPECT_EQ(mailbox.depth(), 512u);
}

TEST(Mailbox, TakesExactlyAsManyMessagesAsItIsAllowedTo) {
  const std::uint32_t most = 100'000;
  Mailbox mailbox(bound(most, 1ull << 30));
  for (std::uint32_t i = 0; i < most; ++i) ASSERT_TRUE(mailbox.reserve(100));
  EXPECT_FALSE(mailbox.reserve(100));
}

// Puts a counted message in and takes it out again.
void pass_one(Mailbox& mailbox, std::size_t size) {
  const MessagePtr message(Message::make(MessageKind::user, std::string(size, 'x')));
  message->counted = true;
  ASSERT_TRUE(mailbox.reserve(Message::cost(size)));
  mailbox.give_back(*message);
}

TEST(Mailbox, GivesThePlaceOfACountedMessageBack) {
  Mailbox mailbox(bound(2));
  for (int i = 0; i < 1'000; ++i) pass_one(mailbox, 10);
  EXPECT_EQ(mailbox.depth(), 0u);
}

TEST(Mailbox, GivesNothingBackForMessagesThatDoNotCount) {
  Mailbox mailbox(bound(1));
  ASSERT_TRUE(mailbox.reserve(Message::cost(0)));
  const MessagePtr notice(numbered(1, MessageKind::down));
  mailbox.give_back(*notice);
  EXPECT_EQ(mailbox.depth(), 1u);
  EXPECT_FALSE(mailbox.reserve(Message::cost(0)));
}

TEST(Mailbox, HasGivenEverythingBackWhenItBlocks) {
  Mailbox mailbox(bound(100'000));
  for (int i = 0; i < 10; ++i) pass_one(mailbox, 10);
  EXPECT_TRUE(mailbox.try_block());
  EXPECT_EQ(mailbox.depth(), 0u);
}

TEST(Mailbox, KeepsBackOnlyAFewPlacesMeanwhile) {
  Mailbox many(bound(100'000));
  for (int i = 0; i < 10'000; ++i) pass_one(many, 10);
  EXPECT_LT(many.depth(), 64u);
  Mailbox large(bound(100'000, 1u << 20));
  for (int i = 0; i < 10; ++i) pass_one(large, 1u << 16);
  EXPECT_LE(large.depth(), 1u);
}

TEST(Mailbox, AnswersWhatWasInsideWhenItCloses) {
  Mailbox mailbox(bound(100));
  static_cast<void>(mailbox.push_user(numbered(3)));
  static_cast<void>(mailbox.push_user(numbered(4)));
  EXPECT_TRUE(mailbox.has_user());
  static_cast<void>(mailbox.push_user(numbered(5)));
  static_cast<void>(mailbox.push_control(numbered(1, MessageKind::reply)));
  static_cast<void>(mailbox.push_control(numbered(2, MessageKind::reply)));
  EXPECT_EQ(numbers(mailbox.close()), (Numbers{1, 2, 3, 4, 5}));
  EXPECT_EQ(mailbox.close(), nullptr);
}

TEST(Mailbox, RefusesEverythingOnceItIsClosed) {
  Mailbox mailbox(bound(100));
  EXPECT_EQ(mailbox.close(), nullptr);
  const MessagePtr user(numbered(1));
  const MessagePtr control(numbered(2, MessageKind::stop));
  EXPECT_EQ(mailbox.push_user(user.get()), Pushed::closed);
  EXPECT_EQ(mailbox.push_control(control.get()), Pushed::closed);
}

TEST(Mailbox, DropsWhatIsInsideWhenItGoes) {
  Mailbox mailbox(bound(100));
  static_cast<void>(mailbox.push_user(numbered(1)));
  EXPECT_TRUE(mailbox.has_user());
  static_cast<void>(mailbox.push_user(numbered(2)));
  static_cast<void>(mailbox.push_control(numbered(3, MessageKind::stop)));
}

}  // namespace
}  // namespace moonwright::actors
