// live_actors_test.cpp: the list knows who is alive, and whoever waits for the end is told.
#include "actors/live_actors.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <future>
#include <set>

namespace moonwright::actors {
namespace {

struct Entry : LiveEntry {};

std::set<const LiveEntry*> all(LiveActors& live) {
  std::set<const LiveEntry*> entries;
  live.for_each([&](LiveEntry& entry) { entries.insert(&entry); });
  return entries;
}

TEST(LiveActors, ListsThoseWhoHaveBegunAndNotEnded) {
  LiveActors live;
  std::array<Entry, 4> entries;
  for (Entry& entry : entries) EXPECT_TRUE(live.add(entry));
  EXPECT_EQ(live.count(), 4u);
  live.remove(entries[1]);
  live.remove(entries[3]);
  EXPECT_EQ(all(live), (std::set<const LiveEntry*>{&entries[0], &entries[2]}));
  live.remove(entries[0]);
  live.remove(entries[2]);
  EXPECT_EQ(live.count(), 0u);
  EXPECT_TRUE(all(live).empty());
}

TEST(LiveActors, LetsNobodyInOnceClosed) {
  LiveActors live;
  Entry before;
  Entry after;
  EXPECT_TRUE(live.add(before));
  live.close();
  EXPECT_FALSE(live.add(after));
  EXPECT_EQ(live.count(), 1u);
  live.remove(before);
}

TEST(LiveActors, WaitsUntilTheLastHasEnded) {
  using std::chrono::hours;
  const auto now = std::chrono::steady_clock::now();
  LiveActors live;
  EXPECT_TRUE(live.wait_until_empty(now));
  Entry entry;
  EXPECT_TRUE(live.add(entry));
  EXPECT_FALSE(live.wait_until_empty(now));
  auto waiting =
      std::async(std::launch::async, [&] { return live.wait_until_empty(now + hours(1)); });
  live.remove(entry);
  EXPECT_TRUE(waiting.get());
}

}  // namespace
}  // namespace moonwright::actors
