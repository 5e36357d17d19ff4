// supervision_faults_test.cpp: children that fail in every way actors can - at any time, for good
// or in limbo, without an answer, twice - and what must hold all the same.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <ostream>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lifecycle/supervision.hpp"

namespace moonwright::lifecycle {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Kind = Effect::Kind;

/// Actors that do nothing by themselves. Objects to what no actor could do.
class Troupe {
 public:
  struct Actor {
    Restart restart{};
    bool known = false;
    bool exists = false;   ///< and has not ended for good
    bool lives = false;    ///< in an incarnation, not in limbo
    bool started = false;  ///< its chunk has returned
    bool stop = false;     ///< it was asked to
    bool leave = false;
    bool forgotten = false;
    bool unwanted = false;  ///< by a request that was granted
    std::uint32_t life = 0;
  };

  explicit Troupe(const SupervisorSpec& options)
      : supervision(options, [] { return 0.5; }), now(seconds(1'000)) {}

  void declare(const std::string& id, Restart restart, bool significant) {
    ChildTerms terms;
    terms.id = id;
    terms.restart = restart;
    terms.significant = significant;
    know(supervision.declare(std::move(terms)), restart);
  }
  void start() {
    act([&] { supervision.start(now, effects_); });
  }
  void add(const std::string& id, Restart restart) {
    ChildTerms terms;
    terms.id = id;
    terms.restart = restart;
    act([&] {
      const ChildNumber number = supervision.add(std::move(terms), ++requests, now, effects_);
      if (number != 0) know(number, restart);
    });
  }
  enum class Request { add, stop, restart, erase };
  void request(ChildNumber number, Request what) {
    if (!supervision.view(number)) return;
    asked_[++requests] = {what, number};
    act([&] {
      switch (what) {
        case Request::add: break;
        case Request::stop: supervision.stop_child(number, requests, now, effects_); break;
        case Request::restart: supervision.restart_child(number, requests, now, effects_); break;
        case Request::erase: supervision.delete_child(number, requests, effects_); break;
      }
    });
  }
  void acknowledge(ChildNumber number) {
    Actor& actor = actors[number];
    if (!actor.lives) return;
    actor.started = true;
    act([&] { supervision.child_started(number, actor.life, now, effects_); });
  }
  /// @param for_good not even limbo, though the child would be restarted.
  void end(ChildNumber number, EndKind kind, bool for_good = false) {
    Actor& actor = actors[number];
    if (!actor.lives) return;
    const bool limbo =
        !for_good && !actor.stop && (actor.leave || is_restarted(actor.restart, kind));
    actor.lives = false;
    actor.exists = limbo;
    // Somebody else has stopped it for good, which is taken for what was wanted.
    if (for_good) actor.unwanted = true;
    last_ = {number, actor.life, kind, limbo};
    act([&] { supervision.child_ended(number, actor.life, kind, !limbo, "ended", now, effects_); });
  }
  /// The last notice of an end comes twice.
  void end_again() {
    if (last_.number == 0 || actors[last_.number].lives) return;
    act([&] {
      supervision.child_ended(last_.number, last_.life, last_.kind, !last_.limbo, "again", now,
                              effects_);
    });
  }
  /// It has begun its next life by itself.
  void recycle(ChildNumber number) {
    Actor& actor = actors[number];
    if (!actor.lives || !actor.started || actor.stop || actor.leave) return;
    supervision.child_recycled(number, ++actor.life);
  }
  void pass(milliseconds time) {
    now += time;
    act([&] { supervision.tick(now, effects_); });
  }
  void stop() {
    act([&] { supervision.stop(EndKind::stopped, "stopped", now, effects_); });
  }
  bool answer_one() {
    for (auto& [number, actor] : actors) {
      if (!actor.lives) continue;
      if (actor.stop || actor.leave) {
        end(number, EndKind::stopped);
      } else if (!actor.started) {
        acknowledge(number);
      } else {
        continue;
      }
      return true;
    }
    return false;
  }
  /// Everybody does what is asked, and waits are over, until nothing happens any more.
  void settle() {
    for (int i = 0; i < 10'000; ++i) {
      if (answer_one()) continue;
      if (supervision.next_wake() == kNever) return;
      pass(std::chrono::ceil<milliseconds>(std::max(supervision.next_wake() - now, {})));
    }
    object("it does not settle");
  }

  /// What is wrong once it has settled.
  std::string wrong_at_rest() {
    if (!problem.empty()) return problem;
    if (answered_.size() != requests) return "a request is not answered";
    if (ended) return {};
    if (!started) return "it never was `started`";
    for (const auto& [number, actor] : actors) {
      if (!actor.known) continue;
      const auto view = supervision.view(number);
      if (view.has_value() == actor.forgotten) return "who is forgotten?";
      if (!view) continue;
      const std::string who = std::string(view->id) + " is " + std::string(to_string(view->state));
      const bool at_rest =
          view->state == ChildState::stopped || view->state == ChildState::given_up;
      if (!at_rest && view->state != ChildState::running) return who;
      if (actor.lives == at_rest) return who + ", its actor is not";
      if (view->state == ChildState::stopped && actor.restart == Restart::permanent &&
          !actor.unwanted) {
        return who + ", and nobody asked for that";
      }
    }
    return {};
  }

  Supervision supervision;
  Instant now;
  std::map<ChildNumber, Actor> actors;
  std::string problem;
  std::string log;
  std::vector<Instant> gave_up_at;
  std::uint64_t requests = 0;
  int spawns_that_fail = 0;  ///< of the next ones
  bool started = false;
  bool ended = false;

 private:
  template <class Event>
  void act(Event event) {
    event();
    for (std::size_t i = 0; i < effects_.size(); ++i) perform(Effect(effects_[i]));
    not_spawned_ = 0;
    effects_.clear();
  }
  void know(ChildNumber number, Restart restart) {
    actors[number].known = true;
    actors[number].restart = restart;
  }
  void object(const std::string& what) {
    if (problem.empty()) problem = what;
  }
  void note(const char* what, ChildNumber number) {
    log += (log.empty() ? "" : " ") + std::string(what) + std::to_string(number);
  }
  void begin(Actor& actor, const Effect& effect) {
    if (ended) object("a child is started after the end");
    if (effect.number <= actor.life) object("a life twice");
    actor.life = static_cast<std::uint32_t>(effect.number);
    actor.exists = actor.lives = true;
    actor.started = actor.stop = actor.leave = actor.unwanted = false;
    note("+", effect.child);
  }
  void perform(const Effect& effect) {
    Actor& actor = actors[effect.child];
    switch (effect.kind) {
      case Kind::spawn:
        if (actor.exists) object("two actors of one child");
        begin(actor, effect);
        if (spawns_that_fail == 0) break;
        --spawns_that_fail;
        actor.exists = actor.lives = false;
        not_spawned_ = effect.child;
        supervision.spawn_failed(effect.child, {ErrorCode::io, "no script", {}}, now, effects_);
        break;
      case Kind::restart:
        if (!actor.exists || actor.lives) object("who does not wait is restarted");
        begin(actor, effect);
        break;
      case Kind::suspend:
        if (!actor.lives) object("who does not live is suspended");
        actor.leave = true;
        note("-", effect.child);
        break;
      case Kind::stop:
        // Unless that was decided before it was known.
        if (effect.child == not_spawned_) break;
        if (!actor.exists) object("who does not exist is stopped");
        actor.stop = true;
        note("-", effect.child);
        break;
      case Kind::release:
        if (!actor.exists || actor.lives) object("who does not wait is released");
        actor.exists = false;
        supervision.child_ended(effect.child, actor.life, EndKind::failed, true, "released", now,
                                effects_);
        break;
      case Kind::kill: note("!", effect.child); break;
      case Kind::abandon:
        if (!actor.lives) object("who is not there is left behind");
        actor.exists = actor.lives = false;
        note("?", effect.child);
        break;
      case Kind::forget: actor.forgotten = true; break;
      case Kind::answer:
      case Kind::refuse:
        if (effect.number == 0) break;
        if (!answered_.insert(effect.number).second) object("a request is answered twice");
        if (effect.kind == Kind::answer && asked_[effect.number].first == Request::stop) {
          if (actor.lives) object("a stop is granted while the child lives");
          actor.unwanted = true;
        }
        break;
      case Kind::started: started = true; break;
      case Kind::ended:
        if (ended) object("it ends twice");
        ended = true;
        for (const auto& [number, each] : actors) {
          if (each.exists) object("it ends before child " + std::to_string(number));
        }
        break;
      case Kind::start_failed: break;
      case Kind::give_up: break;
    }
  }

  struct End {
    ChildNumber number = 0;
    std::uint32_t life = 0;
    EndKind kind{};
    bool limbo = false;
  };
  Effects effects_;
  ChildNumber not_spawned_ = 0;  ///< in this batch of effects
  End last_;
  std::map<std::uint64_t, std::pair<Request, ChildNumber>> asked_;
  std::set<std::uint64_t> answered_;
};

struct Step {
  int what;
  int who;
  int how;
};

std::ostream& operator<<(std::ostream& out, const Step& step) {
  return out << '{' << step.what << ", " << step.who << ", " << step.how << '}';
}

struct Story {
  SupervisorSpec options;
  std::vector<Restart> declared;
  std::vector<Step> steps;
};

std::string tell(const Story& story) {
  Troupe troupe(story.options);
  int ids = 0;
  for (const Restart restart : story.declared) {
    troupe.declare("d" + std::to_string(ids++), restart, restart != Restart::permanent);
  }
  troupe.start();
  for (const Step& step : story.steps) {
    if (troupe.ended || !troupe.problem.empty()) break;
    const auto who = static_cast<ChildNumber>(step.who + 1);
    const auto kind = static_cast<EndKind>(step.how % 3);
    switch (step.what) {
      case 0:
      case 1:
      case 2: troupe.answer_one(); break;
      case 3:
        if (!troupe.actors[who].started) troupe.acknowledge(who);
        break;
      case 4:
      case 5: troupe.end(who, EndKind::failed); break;
      case 6: troupe.end(who, kind); break;
      case 7: troupe.end(who, kind, true); break;
      case 8: troupe.end_again(); break;
      case 9: troupe.pass(milliseconds(step.how * step.how)); break;
      case 10: troupe.add("a" + std::to_string(ids++), static_cast<Restart>(step.how % 3)); break;
      case 11: troupe.request(who, Troupe::Request::stop); break;
      case 12: troupe.request(who, Troupe::Request::restart); break;
      case 13: troupe.request(who, Troupe::Request::erase); break;
      case 14: troupe.spawns_that_fail = step.how % 3; break;
      case 15: troupe.recycle(who); break;
      default: troupe.settle();
    }
  }
  if (!troupe.problem.empty()) return troupe.problem;
  troupe.spawns_that_fail = 0;
  troupe.settle();
  if (std::string wrong = troupe.wrong_at_rest(); !wrong.empty()) return wrong;
  troupe.stop();
  troupe.settle();
  if (!troupe.problem.empty()) return troupe.problem;
  return troupe.ended ? "" : "it does not end";
}

SupervisorSpec options_of(Strategy strategy) {
  SupervisorSpec options;
  options.strategy = strategy;
  return options;
}

TEST(SupervisionFaults, AGroupRestartWithinTheStartDoesNotHideThatAllHaveStarted) {
  Troupe troupe(options_of(Strategy::one_for_all));
  for (const char* id : {"a", "b"}) troupe.declare(id, Restart::permanent, false);
  troupe.start();
  troupe.acknowledge(1);
  troupe.end(1, EndKind::failed);
  EXPECT_FALSE(troupe.started);
  troupe.settle();
  EXPECT_EQ(troupe.log, "+1 +2 -2 +1 +2");
  EXPECT_EQ(troupe.wrong_at_rest(), "");
}

TEST(SupervisionFaults, AFailedStartFailsAllEvenAfterAGroupRestartWithinTheStart) {
  Troupe troupe(options_of(Strategy::one_for_all));
  for (const char* id : {"a", "b"}) troupe.declare(id, Restart::permanent, false);
  troupe.start();
  troupe.acknowledge(1);
  troupe.end(1, EndKind::failed);
  troupe.end(2, EndKind::stopped);
  troupe.acknowledge(1);
  troupe.end(2, EndKind::failed);
  troupe.settle();
  EXPECT_TRUE(troupe.ended);
  EXPECT_EQ(troupe.problem, "");
}

TEST(SupervisionFaults, AChildThatIsLeftBehindOnItsWayToARestartIsRestartedElsewhere) {
  Troupe troupe(options_of(Strategy::one_for_one));
  troupe.declare("a", Restart::permanent, false);
  troupe.start();
  troupe.settle();
  troupe.request(1, Troupe::Request::restart);
  troupe.pass(seconds(11));
  troupe.settle();
  EXPECT_EQ(troupe.log, "+1 -1 ?1 +1");
  EXPECT_EQ(troupe.wrong_at_rest(), "");
}

TEST(SupervisionFaults, AnAddedChildThatIsLeftBehindIsForgotten) {
  Troupe troupe(options_of(Strategy::one_for_one));
  troupe.start();
  troupe.add("a", Restart::permanent);
  troupe.settle();
  troupe.request(1, Troupe::Request::restart);
  troupe.pass(seconds(11));
  troupe.settle();
  EXPECT_EQ(troupe.log, "+1 -1 ?1");
  EXPECT_EQ(troupe.wrong_at_rest(), "");
}

TEST(SupervisionFaults, AnAddedChildThatHangsInItsRestartIsForgotten) {
  Troupe troupe(options_of(Strategy::one_for_one));
  troupe.start();
  troupe.add("a", Restart::permanent);
  troupe.settle();
  troupe.end(1, EndKind::failed);
  troupe.pass(seconds(5));
  troupe.pass(seconds(1));
  EXPECT_EQ(troupe.log, "+1 +1 !1 ?1") << "there is nothing left to make another actor from";
  EXPECT_EQ(troupe.wrong_at_rest(), "");
}

TEST(SupervisionFaults, AStopThatIsAskedForWithinAGroupRestartHolds) {
  for (const ChildNumber stopped : {1u, 2u, 3u}) {
    Troupe troupe(options_of(Strategy::one_for_all));
    for (const char* id : {"a", "b", "c"}) troupe.declare(id, Restart::permanent, false);
    troupe.start();
    troupe.settle();
    troupe.end(2, EndKind::failed);
    troupe.request(stopped, Troupe::Request::stop);
    troupe.settle();
    EXPECT_EQ(troupe.wrong_at_rest(), "");
    EXPECT_EQ(troupe.supervision.view(stopped)->state, ChildState::stopped) << stopped;
    troupe.end(stopped == 2 ? 1 : 2, EndKind::failed);
    troupe.settle();
    EXPECT_EQ(troupe.supervision.view(stopped)->state, ChildState::running) << "as in OTP";
  }
}

TEST(SupervisionFaults, WhoIsStoppedBeforeItsTurnIsNotStarted) {
  for (const Strategy strategy : {Strategy::one_for_one, Strategy::one_for_all}) {
    Troupe troupe(options_of(strategy));
    for (const char* id : {"a", "b"}) troupe.declare(id, Restart::permanent, false);
    troupe.start();
    troupe.request(2, Troupe::Request::stop);
    troupe.add("c", Restart::permanent);
    if (strategy != Strategy::one_for_one) troupe.request(3, Troupe::Request::stop);
    troupe.settle();
    EXPECT_EQ(troupe.log, strategy == Strategy::one_for_one ? "+1 +3" : "+1");
    EXPECT_EQ(troupe.supervision.view(2)->state, ChildState::stopped);
    EXPECT_EQ(troupe.supervision.view(3).has_value(), strategy == Strategy::one_for_one);
    EXPECT_EQ(troupe.wrong_at_rest(), "");
  }
}

TEST(SupervisionFaults, AGroupThatGrowsKeepsTheLongerWait) {
  Troupe troupe(options_of(Strategy::rest_for_one));
  for (const char* id : {"a", "b", "c"}) troupe.declare(id, Restart::permanent, false);
  troupe.start();
  troupe.settle();
  troupe.end(3, EndKind::failed);
  troupe.settle();
  troupe.log.clear();
  troupe.end(3, EndKind::failed);
  troupe.end(2, EndKind::failed);
  EXPECT_EQ(troupe.log, "") << "child 3 waits for 50 ms, and child 2 with it";
  troupe.settle();
  EXPECT_EQ(troupe.log, "+2 +3");
}

RC_GTEST_PROP(SupervisionFaults, LeaveNobodyBehind, ()) {
  Story story;
  story.options.strategy = static_cast<Strategy>(*rc::gen::inRange(0, 3));
  story.options.intensity = {*rc::gen::element(1u, 3u, Intensity::kUnlimited), seconds(5)};
  for (int i = *rc::gen::inRange(0, 5); i > 0; --i) {
    story.declared.push_back(static_cast<Restart>(*rc::gen::inRange(0, 3)));
  }
  story.steps = *rc::gen::container<std::vector<Step>>(rc::gen::map(
      rc::gen::tuple(rc::gen::inRange(0, 17), rc::gen::inRange(0, 7), rc::gen::inRange(0, 110)),
      [](const auto& t) {
        return Step{std::get<0>(t), std::get<1>(t), std::get<2>(t)};
      }));
  const std::string wrong = tell(story);
  if (!wrong.empty()) RC_FAIL(wrong);
}

// The same, longer and more of it, without the means to shrink what fails.
TEST(SupervisionFaults, LeaveNobodyBehindInTenThousandLongStories) {
  for (std::uint64_t seed = 0; seed < 10'000; ++seed) {
    std::mt19937_64 random(seed);
    const auto below = [&random](int bound) { return static_cast<int>(random() % bound); };
    constexpr std::uint32_t kLimits[] = {0, 3, 10, Intensity::kUnlimited};
    Story story;
    story.options.strategy = static_cast<Strategy>(below(3));
    story.options.intensity = {kLimits[below(4)], milliseconds(below(2) == 0 ? 100 : 30'000)};
    story.options.max_children = below(4) == 0 ? 6 : 10'000;
    if (below(6) == 0) story.options.auto_shutdown = static_cast<AutoShutdown>(below(3));
    if (story.options.strategy == Strategy::one_for_one && below(2) == 0) {
      story.options.child_intensity = Intensity{2, seconds(1)};
    }
    for (int i = below(6); i > 0; --i) story.declared.push_back(static_cast<Restart>(below(3)));
    for (int i = below(300); i > 0; --i) {
      story.steps.push_back({below(17), below(10), below(110)});
    }
    ASSERT_EQ(tell(story), "") << "seed " << seed;
  }
}

}  // namespace
}  // namespace moonwright::lifecycle
