// supervision_test.cpp: OTP's rules, against a model of their text and against random events.
#include "lifecycle/supervision.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <set>
#include <string>
#include <vector>

namespace moonwright::lifecycle {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Kind = Effect::Kind;

/// Actors as the supervisor sees them, each of which does what it is told, at once or when asked.
class Stage {
 public:
  explicit Stage(const SupervisorSpec& options)
      : supervision_(options, [] { return 0.5; }), now_(seconds(1'000)) {}

  struct Actor {
    bool exists = false;  ///< and has not ended for good
    bool lives = false;   ///< in an incarnation, not in limbo
    std::uint32_t life = 0;
    bool asked_to_stop = false;
    bool asked_to_leave = false;
  };

  ChildNumber declare(const std::string& id, Restart restart, bool significant = false) {
    ChildTerms terms;
    terms.id = id;
    terms.restart = restart;
    terms.significant = significant;
    const ChildNumber number = supervision_.declare(std::move(terms));
    ids_[number] = id;
    restarts_[number] = restart;
    return number;
  }

  void start() {
    act([&] { supervision_.start(now_, effects_); });
  }
  void add(const std::string& id, Restart restart) {
    ChildTerms terms;
    terms.id = id;
    terms.restart = restart;
    act([&] {
      const ChildNumber number = supervision_.add(std::move(terms), ++requests_, now_, effects_);
      if (number == 0) return;
      ids_[number] = id;
      restarts_[number] = restart;
    });
  }

  /// Does everything that actors do by themselves, until nothing is left to do.
  void settle() {
    for (bool moved = true; moved;) {
      moved = false;
      const auto actors = actors_;
      for (const auto& [number, actor] : actors) {
        if (starting_.contains(number)) {
          started(number);
        } else if (actor.asked_to_stop) {
          end(number, EndKind::stopped);
        } else if (actor.asked_to_leave) {
          end(number, EndKind::stopped);
        } else {
          continue;
        }
        moved = true;
        break;
      }
    }
  }

  void started(ChildNumber number) {
    starting_.erase(number);
    act([&] { supervision_.child_started(number, actors_[number].life, now_, effects_); });
  }

  /// The life of a child is over. Whether the actor waits or goes is decided as the actor does.
  void end(ChildNumber number, EndKind kind) {
    Actor& actor = actors_[number];
    if (!actor.exists || !actor.lives) return;
    const bool final =
        actor.asked_to_stop || (!actor.asked_to_leave && !is_restarted(restarts_[number], kind));
    actor.lives = false;
    actor.asked_to_leave = false;
    starting_.erase(number);
    if (final) actor.exists = actor.asked_to_stop = false;
    act([&] {
      supervision_.child_ended(number, actor.life, kind, final, "ended", now_, effects_);
    });
  }

  void tick() {
    act([&] { supervision_.tick(now_, effects_); });
  }
  void pass(milliseconds time) {
    now_ += time;
    tick();
  }
  void stop() {
    act([&] { supervision_.stop(EndKind::stopped, "stopped", now_, effects_); });
  }
  template <class Request>
  void request(Request make) {
    act([&] { make(supervision_, ++requests_, now_, effects_); });
  }

  [[nodiscard]] std::string take_log() { return std::exchange(log_, {}); }
  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] Supervision& supervision() { return supervision_; }
  [[nodiscard]] std::map<ChildNumber, Actor>& actors() { return actors_; }
  [[nodiscard]] std::uint64_t open_requests() const { return requests_ - answered_.size(); }
  [[nodiscard]] ChildState state(ChildNumber number) const {
    const auto view = supervision_.view(number);
    return view ? view->state : ChildState::stopped;
  }

 private:
  template <class Event>
  void act(Event event) {
    event();
    for (std::size_t i = 0; i < effects_.size(); ++i) perform(effects_[i]);
    effects_.clear();
    EXPECT_TRUE(!ended_ || std::none_of(actors_.begin(), actors_.end(), [](const auto& entry) {
      return entry.second.exists;
    })) << "nobody is left when a supervisor ends";
  }

  void note(const char* what, ChildNumber number) {
    log_ += (log_.empty() ? "" : " ") + std::string(what) + ids_[number];
  }

  void perform(const Effect effect) {
    Actor& actor = actors_[effect.child];
    switch (effect.kind) {
      case Kind::spawn:
        EXPECT_FALSE(actor.exists) << "two actors of one child";
        EXPECT_FALSE(ended_);
        actor = {true, true, static_cast<std::uint32_t>(effect.number), false, false};
        starting_.insert(effect.child);
        note("+", effect.child);
        break;
      case Kind::restart:
        EXPECT_TRUE(actor.exists && !actor.lives) << "only what waits is restarted";
        EXPECT_GT(effect.number, actor.life);
        actor.lives = true;
        actor.life = static_cast<std::uint32_t>(effect.number);
        starting_.insert(effect.child);
        note("+", effect.child);
        break;
      case Kind::suspend:
        EXPECT_TRUE(actor.lives);
        actor.asked_to_leave = true;
        note("-", effect.child);
        break;
      case Kind::stop:
        EXPECT_TRUE(actor.exists);
        actor.asked_to_stop = true;
        note("-", effect.child);
        break;
      case Kind::release: {
        EXPECT_TRUE(actor.exists && !actor.lives);
        actor.exists = false;
        const std::uint32_t life = actor.life;
        supervision_.child_ended(effect.child, life, EndKind::failed, true, "released", now_,
                                 effects_);
        break;
      }
      case Kind::kill: kill_.push_back(effect.child); break;
      case Kind::abandon: actor = {}; break;
      case Kind::answer:
      case Kind::refuse:
        if (effect.number != 0) {
          EXPECT_TRUE(answered_.insert(effect.number).second) << "answered twice";
        }
        break;
      case Kind::ended:
        EXPECT_FALSE(ended_);
        ended_ = true;
        log_ += log_.empty() ? "ended" : " ended";
        break;
      case Kind::forget:
      case Kind::started:
      case Kind::start_failed:
      case Kind::give_up: break;
    }
  }

  Supervision supervision_;
  Instant now_;
  Effects effects_;
  std::map<ChildNumber, Actor> actors_;
  std::map<ChildNumber, std::string> ids_;
  std::map<ChildNumber, Restart> restarts_;
  std::set<ChildNumber> starting_;
  std::vector<ChildNumber> kill_;
  std::set<std::uint64_t> answered_;
  std::uint64_t requests_ = 0;
  std::string log_;
  bool ended_ = false;
};

SupervisorSpec options_of(Strategy strategy, std::uint32_t restarts = 5) {
  SupervisorSpec options;
  options.strategy = strategy;
  options.intensity = {restarts, seconds(30)};
  options.back_off.first = milliseconds(0);
  return options;
}

// The whole matrix, against what OTP's manual says happens
// -----------------------------------------

struct Case {
  Strategy strategy;
  std::vector<Restart> kinds;
  EndKind end;
  std::size_t position;
};

/// From supervisor(3): which children are stopped and started, and in which order, when the one at
/// `position` ends. A child that ends for good and is temporary is gone.
std::string expected(const Case& c) {
  const std::size_t count = c.kinds.size();
  const Restart kind = c.kinds[c.position];
  const bool restarted =
      kind == Restart::permanent || (kind == Restart::transient && c.end == EndKind::failed);
  if (!restarted) return "";
  std::size_t first = c.position;
  if (c.strategy == Strategy::one_for_all) first = 0;
  const std::size_t last = c.strategy == Strategy::one_for_one ? c.position + 1 : count;
  std::string log;
  const auto add = [&log](const char* what, std::size_t child) {
    log += (log.empty() ? "" : " ") + std::string(what) + std::to_string(child);
  };
  for (std::size_t i = last; i-- > first;) {
    if (i != c.position) add("-", i);
  }
  for (std::size_t i = first; i < last; ++i) {
    if (i == c.position || c.kinds[i] != Restart::temporary) add("+", i);
  }
  return log;
}

TEST(Supervision, DoesWhatTheManualOfOtpSaysInEachCase) {
  constexpr Restart kKinds[] = {Restart::permanent, Restart::transient, Restart::temporary};
  std::size_t cases = 0;
  for (const Strategy strategy :
       {Strategy::one_for_one, Strategy::one_for_all, Strategy::rest_for_one}) {
    for (std::size_t count = 1; count <= 4; ++count) {
      std::size_t combinations = 1;
      for (std::size_t i = 0; i < count; ++i) combinations *= 3;
      for (std::size_t combination = 0; combination < combinations; ++combination) {
        std::vector<Restart> kinds;
        for (std::size_t i = 0, rest = combination; i < count; ++i, rest /= 3) {
          kinds.push_back(kKinds[rest % 3]);
        }
        for (const EndKind end : {EndKind::normal, EndKind::stopped, EndKind::failed}) {
          for (std::size_t position = 0; position < count; ++position) {
            Stage stage(options_of(strategy));
            std::vector<ChildNumber> children;
            for (std::size_t i = 0; i < count; ++i) {
              children.push_back(stage.declare(std::to_string(i), kinds[i]));
            }
            stage.start();
            stage.settle();
            static_cast<void>(stage.take_log());
            stage.end(children[position], end);
            stage.settle();
            ASSERT_EQ(stage.take_log(), expected({strategy, kinds, end, position}))
                << to_string(strategy) << ", " << count << " children, combination " << combination
                << ", child " << position << " ends " << static_cast<int>(end);
            ++cases;
          }
        }
      }
    }
  }
  EXPECT_EQ(cases, 3u * 3u * (3 * 1 + 9 * 2 + 27 * 3 + 81 * 4));
}

TEST(Supervision, StartsOneAfterTheOther) {
  Stage stage(options_of(Strategy::one_for_one));
  const ChildNumber a = stage.declare("a", Restart::permanent);
  stage.declare("b", Restart::permanent);
  stage.start();
  EXPECT_EQ(stage.take_log(), "+a");
  stage.started(a);
  EXPECT_EQ(stage.take_log(), "+b");
}

TEST(Supervision, StopsInReverse) {
  Stage stage(options_of(Strategy::one_for_one));
  for (const char* id : {"a", "b", "c"}) stage.declare(id, Restart::permanent);
  stage.start();
  stage.settle();
  static_cast<void>(stage.take_log());
  stage.stop();
  stage.settle();
  EXPECT_EQ(stage.take_log(), "-c -b -a ended");
}

TEST(Supervision, GivesUpWithOneRestartMoreThanItsIntensity) {
  for (const std::uint32_t restarts : {0u, 1u, 3u}) {
    Stage stage(options_of(Strategy::one_for_one, restarts));
    const ChildNumber a = stage.declare("a", Restart::permanent);
    stage.start();
    stage.settle();
    for (std::uint32_t i = 0; i < restarts; ++i) {
      stage.end(a, EndKind::failed);
      stage.settle();
      EXPECT_FALSE(stage.ended()) << i;
    }
    stage.end(a, EndKind::failed);
    stage.settle();
    EXPECT_TRUE(stage.ended()) << restarts;
  }
}

TEST(Supervision, ForgetsRestartsThatAreOlderThanThePeriod) {
  Stage stage(options_of(Strategy::one_for_one, 2));
  const ChildNumber a = stage.declare("a", Restart::permanent);
  stage.start();
  stage.settle();
  for (int i = 0; i < 20; ++i) {
    stage.pass(milliseconds(15'001));
    stage.end(a, EndKind::failed);
    stage.settle();
    ASSERT_FALSE(stage.ended()) << i;
  }
}

TEST(Supervision, GivesUpOneChildAloneWhereThatHasAnIntensityOfItsOwn) {
  SupervisorSpec options = options_of(Strategy::one_for_one, Intensity::kUnlimited);
  options.child_intensity = Intensity{1, seconds(30)};
  Stage stage(options);
  const ChildNumber a = stage.declare("a", Restart::permanent);
  const ChildNumber b = stage.declare("b", Restart::permanent);
  stage.start();
  stage.settle();
  for (int i = 0; i < 2; ++i) {
    stage.end(a, EndKind::failed);
    stage.settle();
  }
  EXPECT_EQ(stage.state(a), ChildState::given_up);
  EXPECT_EQ(stage.state(b), ChildState::running);
  EXPECT_FALSE(stage.ended());
}

TEST(Supervision, EndsWithItsSignificantChildren) {
  for (const AutoShutdown kind : {AutoShutdown::any_significant, AutoShutdown::all_significant}) {
    SupervisorSpec options = options_of(Strategy::one_for_one);
    options.auto_shutdown = kind;
    Stage stage(options);
    const ChildNumber a = stage.declare("a", Restart::transient, true);
    const ChildNumber b = stage.declare("b", Restart::temporary, true);
    stage.declare("c", Restart::permanent);
    stage.start();
    stage.settle();
    stage.end(a, EndKind::failed);
    stage.settle();
    EXPECT_FALSE(stage.ended()) << "it was restarted";
    stage.end(a, EndKind::normal);
    stage.settle();
    EXPECT_EQ(stage.ended(), kind == AutoShutdown::any_significant);
    stage.end(b, EndKind::failed);
    stage.settle();
    EXPECT_TRUE(stage.ended());
  }
}

TEST(Supervision, KillsAndCountsAChildThatDoesNotStartInTime) {
  Stage stage(options_of(Strategy::one_for_one));
  const ChildNumber a = stage.declare("a", Restart::permanent);
  stage.start();
  stage.pass(milliseconds(4'999));
  EXPECT_FALSE(stage.supervision().closing());
  stage.pass(milliseconds(1));
  stage.end(a, EndKind::failed);
  EXPECT_TRUE(stage.ended()) << "the start as a whole has failed";
}

TEST(Supervision, RefusesWhatItCannotDo) {
  SupervisorSpec options = options_of(Strategy::one_for_one);
  options.max_children = 2;
  Stage stage(options);
  const ChildNumber a = stage.declare("a", Restart::permanent);
  stage.start();
  stage.settle();
  Effects effects;
  Supervision& supervision = stage.supervision();
  const Instant now{};
  const auto refusal = [&effects] {
    const Effect effect = effects.back();
    effects.clear();
    return effect.kind == Kind::refuse ? effect.error.code : ErrorCode::error;
  };
  EXPECT_EQ(supervision.add({.id = "a"}, 1, now, effects), 0u);
  EXPECT_EQ(refusal(), ErrorCode::already_exists);
  supervision.delete_child(a, 2, effects);
  EXPECT_EQ(refusal(), ErrorCode::invalid_argument) << "it is running";
  EXPECT_NE(supervision.add({.id = "b"}, 3, now, effects), 0u);
  effects.clear();
  EXPECT_EQ(supervision.add({.id = "c"}, 4, now, effects), 0u);
  EXPECT_EQ(refusal(), ErrorCode::overload);
}

// Random events -----------------------------------------------------------------------------------

struct Step {
  int what;
  std::size_t child;
  int amount;
};

std::ostream& operator<<(std::ostream& out, const Step& step) {
  return out << "{" << step.what << ", child " << step.child + 1 << ", " << step.amount << "}";
}

RC_GTEST_PROP(Supervision, KeepsItsBooksWhateverHappens, ()) {
  SupervisorSpec options;
  options.strategy = static_cast<Strategy>(*rc::gen::inRange(0, 3));
  options.intensity = {static_cast<std::uint32_t>(*rc::gen::inRange(0, 6)), seconds(5)};
  options.auto_shutdown = static_cast<AutoShutdown>(*rc::gen::inRange(0, 3));
  if (options.strategy == Strategy::one_for_one && *rc::gen::arbitrary<bool>()) {
    options.child_intensity = Intensity{2, seconds(5)};
  }
  Stage stage(options);
  std::vector<ChildNumber> numbers;
  const int declared = *rc::gen::inRange(0, 6);
  for (int i = 0; i < declared; ++i) {
    const auto kind = static_cast<Restart>(*rc::gen::inRange(0, 3));
    const bool significant = kind != Restart::permanent && *rc::gen::arbitrary<bool>();
    numbers.push_back(stage.declare("d" + std::to_string(i), kind, significant));
  }
  stage.start();
  const auto steps = *rc::gen::container<std::vector<Step>>(
      rc::gen::map(rc::gen::tuple(rc::gen::inRange(0, 10), rc::gen::inRange<std::size_t>(0, 8),
                                  rc::gen::inRange(0, 3'000)),
                   [](const auto& t) {
                     return Step{std::get<0>(t), std::get<1>(t), std::get<2>(t)};
                   }));
  int added = 0;
  for (const Step& step : steps) {
    if (stage.ended()) break;
    const ChildNumber number = step.child + 1;
    const bool known = stage.supervision().view(number).has_value();
    switch (step.what) {
      case 0:
      case 1: stage.end(number, EndKind::failed); break;
      case 2: stage.end(number, EndKind::normal); break;
      case 3: stage.settle(); break;
      case 4: stage.pass(milliseconds(step.amount)); break;
      case 5:
        stage.add("a" + std::to_string(added++), static_cast<Restart>(step.amount % 3));
        break;
      case 6:
        if (known) {
          stage.request(
              [number](Supervision& s, std::uint64_t request, Instant now, Effects& effects) {
                s.stop_child(number, request, now, effects);
              });
        }
        break;
      case 7:
        if (known) {
          stage.request(
              [number](Supervision& s, std::uint64_t request, Instant now, Effects& effects) {
                s.restart_child(number, request, now, effects);
              });
        }
        break;
      case 8:
        if (known) {
          stage.request([number](Supervision& s, std::uint64_t request, Instant, Effects& effects) {
            s.delete_child(number, request, effects);
          });
        }
        break;
      default: {
        // Late and duplicated notices of lives that are over.
        const auto actor = stage.actors()[number];
        if (actor.life > 1) {
          Effects effects;
          stage.supervision().child_ended(number, actor.life - 1, EndKind::failed, false, "late",
                                          Instant{}, effects);
          stage.supervision().child_started(number, actor.life - 1, Instant{}, effects);
          RC_ASSERT(effects.empty());
        }
      }
    }
  }
  // It always comes to rest, and always ends.
  stage.settle();
  for (int i = 0; i < 200 && !stage.ended(); ++i) {
    stage.pass(seconds(31));
    stage.settle();
  }
  stage.stop();
  stage.settle();
  RC_ASSERT(stage.ended());
  RC_ASSERT(stage.open_requests() == 0u);
  RC_ASSERT(!::testing::Test::HasFailure());
}

RC_GTEST_PROP(RestartWindow, BearsAsManyInAnyPeriodAsItSays, ()) {
  const auto most = static_cast<std::uint32_t>(*rc::gen::inRange(0, 6));
  RestartWindow window({most, milliseconds(1'000)});
  const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 700));
  std::vector<Instant> borne;
  Instant now{};
  for (const int step : steps) {
    now += milliseconds(step);
    const auto recent = std::count_if(borne.begin(), borne.end(), [now](Instant each) {
      return now - each <= milliseconds(1'000);
    });
    const bool bearable = window.record(now);
    RC_ASSERT(bearable == (static_cast<std::uint32_t>(recent) < most));
    if (bearable) borne.push_back(now);
  }
}

TEST(RestartStreak, WaitsNotAtAllThenLongerUntilThereIsCalm) {
  BackOff options;
  options.jitter = 0;
  RestartStreak streak;
  std::vector<long> waits;
  for (int i = 0; i < 13; ++i) waits.push_back(streak.next(options, milliseconds(1), 0.5).count());
  EXPECT_EQ(waits, (std::vector<long>{0, 50, 100, 200, 400, 800, 1'600, 3'200, 6'400, 12'800,
                                      25'600, 30'000, 30'000}));
  EXPECT_GT(streak.next(options, seconds(29), 0.5).count(), 0) << "no calm yet";
  EXPECT_EQ(streak.next(options, seconds(30), 0.5).count(), 0);
}

RC_GTEST_PROP(RestartStreak, WaitsWithinItsJitter, ()) {
  BackOff options;
  RestartStreak streak;
  double plain = 0;
  for (int i = 0; i < 20; ++i) {
    const double chance = *rc::gen::inRange(0, 1'001) / 1'000.0;
    const auto wait = static_cast<double>(streak.next(options, milliseconds(0), chance).count());
    RC_ASSERT(wait >= plain * 0.8 - 1 && wait <= plain * 1.2 + 1);
    plain = plain == 0 ? 50 : std::min(plain * 2, 30'000.0);
  }
}

}  // namespace
}  // namespace moonwright::lifecycle
