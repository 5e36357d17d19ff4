// memory_books_test.cpp: the budget is never exceeded, and every byte is somewhere.
#include "lifecycle/memory_books.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <utility>
#include <vector>

namespace moonwright::lifecycle {
namespace {

using Refusal = MemoryBooks::Refusal;
using Share = MemoryBooks::Share;
using Ticket = MemoryBooks::Ticket;
constexpr Share kNone = MemoryBooks::kNoShare;

TEST(MemoryBooks, LendWhatIsThereAndNoMore) {
  MemoryBooks books(1'000);
  EXPECT_EQ(books.ask(400, 400).granted, 400u);
  EXPECT_EQ(books.available(), 600u);
  const auto refused = books.ask(601, 601);
  EXPECT_EQ(refused.granted, 0u);
  EXPECT_EQ(refused.refusal, Refusal::budget);
  EXPECT_EQ(books.ask(600, 600).granted, 600u);
  EXPECT_EQ(books.available(), 0u);
  books.give(1'000);
  EXPECT_EQ(books.available(), books.total());
}

TEST(MemoryBooks, LendAheadOnlyAPartOfWhatIsLeft) {
  MemoryBooks books(8'000);
  EXPECT_EQ(books.ask(0, 8'000).granted, 1'000u) << "an eighth";
  EXPECT_EQ(books.ask(6'300, 8'000).granted, 6'300u + 700 / 8);
  ASSERT_TRUE(books.under_pressure());
  EXPECT_EQ(books.ask(0, 8'000).granted, books.available() / 64) << "a sixty-fourth";
}

TEST(MemoryBooks, AreUnderPressureWithHysteresis) {
  MemoryBooks books(1'000);
  static_cast<void>(books.ask(900, 900));
  EXPECT_FALSE(books.under_pressure());
  static_cast<void>(books.take_effects());
  static_cast<void>(books.ask(1, 1));
  EXPECT_TRUE(books.under_pressure());
  const auto effects = books.take_effects();
  EXPECT_TRUE(effects.recall);
  EXPECT_EQ(effects.shed_bytes, 51u) << "what is missing to the end of the pressure";
  books.give(50);
  EXPECT_TRUE(books.under_pressure());
  EXPECT_FALSE(books.take_effects().recall);
  books.give(1);
  EXPECT_FALSE(books.under_pressure());
  EXPECT_TRUE(books.take_effects().recall);
}

TEST(MemoryBooks, HaveOthersShedWhatSomebodyIsRefused) {
  MemoryBooks books(1'000);
  static_cast<void>(books.ask(500, 500));
  EXPECT_EQ(books.ask(600, 600).refusal, Refusal::budget);
  const auto effects = books.take_effects();
  EXPECT_TRUE(effects.recall);
  EXPECT_EQ(effects.shed_bytes, 100u);
}

TEST(MemoryBooks, GrantThoseWhoWaitInTheirOrder) {
  MemoryBooks books(1'000);
  static_cast<void>(books.ask(1'000, 1'000));
  books.ask_later(1, 300);
  books.ask_later(2, 100);
  books.ask_later(3, 100);
  books.give(299);
  EXPECT_TRUE(books.take_effects().granted.empty()) << "the second would fit, and waits";
  books.give(101);
  EXPECT_EQ(books.take_effects().granted, (std::vector<Ticket>{1, 2}));
  EXPECT_TRUE(books.forget(3));
  EXPECT_FALSE(books.forget(3));
  EXPECT_FALSE(books.forget(1)) << "it has it";
  books.give(500);
  EXPECT_TRUE(books.take_effects().granted.empty());
  EXPECT_EQ(books.granted(), 500u);
}

TEST(MemoryBooks, GrantTheOnesBehindWhenTheFirstGivesUp) {
  MemoryBooks books(1'000);
  static_cast<void>(books.ask(900, 900));
  books.ask_later(1, 500);
  books.ask_later(2, 50);
  EXPECT_TRUE(books.forget(1));
  EXPECT_EQ(books.take_effects().granted, (std::vector<Ticket>{2}));
}

TEST(MemoryBooks, LendNothingWhileMoreIsLentThanThereIs) {
  MemoryBooks books(1'000);
  static_cast<void>(books.ask(800, 800));
  books.set_total(500);
  EXPECT_EQ(books.available(), 0u);
  EXPECT_EQ(books.overdrawn(), 300u);
  EXPECT_TRUE(books.under_pressure());
  EXPECT_GE(books.take_effects().shed_bytes, 300u);
  EXPECT_EQ(books.ask(1, 1).refusal, Refusal::budget);
  books.give(350);
  EXPECT_EQ(books.ask(50, 50).granted, 50u);
  books.set_total(2'000);
  EXPECT_EQ(books.available(), 1'500u);
  EXPECT_FALSE(books.under_pressure());
}

TEST(MemoryBooks, CanBeWithoutABound) {
  MemoryBooks books(std::numeric_limits<std::uint64_t>::max());
  for (int i = 0; i < 100; ++i) EXPECT_EQ(books.ask(1 << 20, 8 << 20).granted, 8u << 20);
  EXPECT_FALSE(books.under_pressure());
}

TEST(MemoryBooks, TakeInAllSharesAround) {
  MemoryBooks books(1'000);
  const Share outer = books.open_share(kNone, 100, 0);
  const Share left = books.open_share(outer, 80, 0);
  const Share right = books.open_share(outer, 80, 0);
  EXPECT_EQ(books.take(left, 70, 90).granted, 80u) << "as much ahead as fits";
  EXPECT_EQ(books.take(right, 21, 21).refusal, Refusal::share);
  EXPECT_EQ(books.held(right), 0u);
  EXPECT_EQ(books.take(right, 20, 20).granted, 20u);
  books.put(left, 80);
  EXPECT_EQ(books.held(outer), 20u);
  books.close_share(right);
  EXPECT_EQ(books.held(outer), 0u) << "what it still had went back";
  EXPECT_EQ(books.granted(), 0u) << "a share lends nothing";
}

TEST(MemoryBooks, CountWhatAShareHasFromTheStart) {
  MemoryBooks books(1'000);
  const Share outer = books.open_share(kNone, 100, 0);
  static_cast<void>(books.take(outer, 60, 60));
  const Share inner = books.open_share(outer, 70, 0, 60);
  EXPECT_EQ(books.take(inner, 11, 11).refusal, Refusal::share);
  EXPECT_EQ(books.take(inner, 10, 10).granted, 10u);
  EXPECT_EQ(books.held(outer), 70u);
}

TEST(MemoryBooks, ObeyACapThatChanges) {
  MemoryBooks books(1'000);
  const Share share = books.open_share(kNone, 100, 0);
  static_cast<void>(books.take(share, 100, 100));
  books.set_cap(share, 50);
  EXPECT_EQ(books.take(share, 1, 1).refusal, Refusal::share);
  books.put(share, 60);
  EXPECT_EQ(books.take(share, 10, 10).granted, 10u);
  EXPECT_EQ(books.take(share, 1, 1).refusal, Refusal::share);
}

/// Two shares of one place, of weights 3 and 1, and a budget of which nearly everything is lent.
class Short : public ::testing::Test {
 protected:
  Short() {
    static_cast<void>(books_.take(heavy_, 300, 300));
    static_cast<void>(books_.take(light_, 600, 600));
    static_cast<void>(books_.ask(950, 950));
  }
  MemoryBooks books_{1'000};
  Share heavy_ = books_.open_share(kNone, MemoryBooks::kBoundless, 3);
  Share light_ = books_.open_share(kNone, MemoryBooks::kBoundless, 1);
};

TEST_F(Short, NobodyStandsBackWhileNobodyWasRefused) {
  EXPECT_EQ(books_.take(light_, 10, 10).granted, 10u);
}

TEST_F(Short, WhoHasMoreThanItsPartStandsBackForOneThatHasLess) {
  books_.went_short(heavy_);
  EXPECT_EQ(books_.take(light_, 10, 10).refusal, Refusal::budget);
  EXPECT_EQ(books_.take(heavy_, 10, 500).granted, 10u) << "and nobody takes ahead";
  // It has got something; the other one may go on.
  EXPECT_EQ(books_.take(light_, 10, 10).granted, 10u);
}

TEST_F(Short, WhoHasLessThanItsPartDoesNotStandBack) {
  books_.went_short(light_);
  EXPECT_EQ(books_.take(heavy_, 10, 10).granted, 10u);
}

TEST_F(Short, TheDeadAreNotWaitedFor) {
  books_.went_short(heavy_);
  books_.close_share(heavy_);
  EXPECT_EQ(books_.take(light_, 10, 10).granted, 10u);
}

TEST_F(Short, NobodyStandsBackOnceThereIsEnough) {
  books_.went_short(heavy_);
  books_.give(500);
  ASSERT_FALSE(books_.under_pressure());
  EXPECT_EQ(books_.take(light_, 10, 10).granted, 10u);
}

// Anything in any order ---------------------------------------------------------------------------

enum class Step : std::uint8_t {
  ask,
  give,
  later,
  forget,
  total,
  open,
  close,
  take,
  put,
  cap,
  short_of,
  end,
};

struct Event {
  Step step;
  std::uint32_t which;
  std::uint32_t bytes;
};

std::ostream& operator<<(std::ostream& out, const Event& event) {
  return out << "{" << static_cast<int>(event.step) << ", " << event.which << ", " << event.bytes
             << "}";
}

rc::Gen<std::vector<Event>> events() {
  return rc::gen::container<std::vector<Event>>(rc::gen::apply(
      [](int step, std::uint32_t which, std::uint32_t bytes) {
        return Event{static_cast<Step>(step), which, bytes};
      },
      rc::gen::inRange(0, static_cast<int>(Step::end)), rc::gen::inRange<std::uint32_t>(0, 1'000),
      rc::gen::inRange<std::uint32_t>(0, 3'000)));
}

/// What has been lent, as those who have it know it.
struct Model {
  std::vector<std::uint64_t> lent;
  std::map<Ticket, std::uint64_t> waiting;
  struct Open {
    Share share;
    Share around;
    std::uint64_t held;  ///< by itself, not in shares in it
    std::uint64_t cap;
  };
  std::vector<Open> shares;
  Ticket last_ticket = 0;

  [[nodiscard]] std::uint64_t sum() const {
    return std::accumulate(lent.begin(), lent.end(), std::uint64_t{0});
  }
  [[nodiscard]] std::uint64_t held_in(Share share) const {
    std::uint64_t sum = 0;
    for (const Open& open : shares) {
      if (open.share == share) sum += open.held;
      if (open.around == share) sum += held_in(open.share);
    }
    return sum;
  }
  [[nodiscard]] bool has_inner(Share share) const {
    return std::any_of(shares.begin(), shares.end(),
                       [share](const Open& open) { return open.around == share; });
  }
};

void step(MemoryBooks& books, Model& model, const Event& event) {
  Model::Open* const open =
      model.shares.empty() ? nullptr : &model.shares[event.which % model.shares.size()];
  const bool was_overdrawn = books.overdrawn() > 0;
  switch (event.step) {
    case Step::ask: {
      const std::uint64_t left = books.available();
      const auto answer = books.ask(event.bytes, event.bytes + event.which);
      RC_ASSERT((answer.refusal == Refusal::none) == (event.bytes <= left));
      if (answer.refusal == Refusal::none) {
        RC_ASSERT(answer.granted >= event.bytes);
        RC_ASSERT(answer.granted <= std::uint64_t{event.bytes} + event.which);
        model.lent.push_back(answer.granted);
      }
      break;
    }
    case Step::give: {
      if (model.lent.empty()) break;
      const std::size_t at = event.which % model.lent.size();
      const std::uint64_t bytes = std::min<std::uint64_t>(event.bytes, model.lent[at]);
      model.lent[at] -= bytes;
      books.give(bytes);
      break;
    }
    case Step::later:
      model.waiting.emplace(++model.last_ticket, event.bytes);
      books.ask_later(model.last_ticket, event.bytes);
      break;
    case Step::forget: {
      const Ticket ticket = model.last_ticket == 0 ? 0 : event.which % model.last_ticket + 1;
      RC_ASSERT(books.forget(ticket) == (model.waiting.erase(ticket) == 1));
      break;
    }
    case Step::total: books.set_total(1'000 + 3 * event.bytes); break;
    case Step::open: {
      const Share around = open == nullptr || event.which % 3 == 0 ? kNone : open->share;
      const std::uint64_t cap = event.bytes;
      model.shares.push_back({books.open_share(around, cap, event.which % 4), around, 0, cap});
      break;
    }
    case Step::close: {
      if (open == nullptr || model.has_inner(open->share)) break;
      books.close_share(open->share);
      model.shares.erase(model.shares.begin() + (open - model.shares.data()));
      break;
    }
    case Step::take: {
      if (open == nullptr) break;
      const auto answer = books.take(open->share, event.bytes, event.bytes + event.which);
      if (answer.refusal != Refusal::none) break;
      RC_ASSERT(answer.granted >= event.bytes);
      open->held += answer.granted;
      RC_ASSERT(answer.granted == 0 || books.held(open->share) <= open->cap);
      break;
    }
    case Step::put: {
      if (open == nullptr) break;
      const std::uint64_t bytes = std::min<std::uint64_t>(event.bytes, open->held);
      open->held -= bytes;
      books.put(open->share, bytes);
      break;
    }
    case Step::cap:
      if (open == nullptr) break;
      open->cap = event.bytes;
      books.set_cap(open->share, event.bytes);
      break;
    case Step::short_of:
      if (open != nullptr) books.went_short(open->share);
      break;
    case Step::end: break;
  }
  for (const Ticket ticket : books.take_effects().granted) {
    const auto at = model.waiting.find(ticket);
    RC_ASSERT(at != model.waiting.end());
    model.lent.push_back(at->second);
    model.waiting.erase(at);
  }
  if (!was_overdrawn && event.step != Step::total) RC_ASSERT(books.overdrawn() == 0u);
}

RC_GTEST_PROP(MemoryBooksProperty, EveryByteIsSomewhereAndNoneIsThereTwice, ()) {
  MemoryBooks books(5'000);
  Model model;
  for (const Event& event : *events()) {
    step(books, model, event);
    RC_ASSERT(books.granted() == model.sum());
    RC_ASSERT(books.available() + books.granted() == books.total() + books.overdrawn());
    RC_ASSERT(books.waiting() == model.waiting.size());
    for (const Model::Open& open : model.shares) {
      RC_ASSERT(books.held(open.share) == model.held_in(open.share));
    }
    const bool may_be_calm = books.available() >= books.total() / 10;
    RC_ASSERT(books.under_pressure() || may_be_calm);
    if (!model.waiting.empty()) {
      RC_ASSERT(model.waiting.begin()->second > books.available());
    }
  }
  for (const std::uint64_t bytes : model.lent) books.give(bytes);
  const std::size_t left = books.take_effects().granted.size();
  if (left == 0) RC_ASSERT(books.granted() == 0u);
}

}  // namespace
}  // namespace moonwright::lifecycle
