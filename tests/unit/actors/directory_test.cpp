// directory_test.cpp: a name is one actor's at a time.
#include "actors/directory.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "sim_core.hpp"

namespace moonwright::actors {
namespace {

TEST(Directory, FindsWhatWasAdded) {
  Answers a;
  Answers b;
  Directory directory;
  EXPECT_FALSE(directory.find("a"));
  ASSERT_TRUE(directory.add("a", a.ref()).has_value());
  ASSERT_TRUE(directory.add("b", b.ref()).has_value());
  EXPECT_EQ(directory.find("a"), a.ref());
  EXPECT_EQ(directory.find("b"), b.ref());
  EXPECT_FALSE(directory.find("A"));
  EXPECT_FALSE(directory.find(""));
}

TEST(Directory, GivesANameOnlyOnce) {
  Answers a;
  Answers b;
  Directory directory;
  ASSERT_TRUE(directory.add("name", a.ref()).has_value());
  for (const Answers* taker : {&a, &b}) {
    const auto again = directory.add("name", taker->ref());
    ASSERT_FALSE(again.has_value());
    EXPECT_EQ(again.error().code, ErrorCode::already_exists);
    EXPECT_NE(again.error().message.find("'name'"), std::string::npos);
  }
  EXPECT_EQ(directory.find("name"), a.ref());
}

TEST(Directory, ForgetsANameForItsOwnerOnly) {
  Answers a;
  Answers b;
  Directory directory;
  ASSERT_TRUE(directory.add("name", a.ref()).has_value());
  directory.remove("name", b.ref());
  EXPECT_EQ(directory.find("name"), a.ref());
  directory.remove("name", a.ref());
  directory.remove("name", a.ref());
  EXPECT_FALSE(directory.find("name"));
  EXPECT_TRUE(directory.add("name", b.ref()).has_value());
}

TEST(Directory, TakesNamesOfOneToTwoHundredBytes) {
  Answers a;
  Directory directory;
  EXPECT_TRUE(directory.add(std::string(200, 'x'), a.ref()).has_value());
  EXPECT_TRUE(directory.add(std::string("\0\n \xff", 4), a.ref()).has_value());
  for (const std::string& name : {std::string(), std::string(201, 'x')}) {
    const auto added = directory.add(name, a.ref());
    ASSERT_FALSE(added.has_value());
    EXPECT_EQ(added.error().code, ErrorCode::invalid_argument);
  }
}

TEST(Directory, GivesANameToOneOfThoseWhoRaceForIt) {
  Directory directory;
  for (int round = 0; round < 500; ++round) {
    std::vector<Answers> runners(3);
    std::atomic<int> winners{0};
    std::vector<std::thread> threads;
    threads.reserve(runners.size());
    for (const Answers& runner : runners) {
      threads.emplace_back([&] {
        if (directory.add("prize", runner.ref())) ++winners;
        static_cast<void>(directory.find("prize"));
      });
    }
    for (std::thread& thread : threads) thread.join();
    ASSERT_EQ(winners, 1);
    directory.remove("prize", directory.find("prize"));
  }
}

}  // namespace
}  // namespace moonwright::actors
