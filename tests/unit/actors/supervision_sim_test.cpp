// supervision_sim_test.cpp: whole trees under random faults, on a virtual clock and in random
// order. A run is its seed: see seeds.hpp.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actors/supervisor.hpp"
#include "seeds.hpp"
#include "sim_core.hpp"

namespace moonwright::actors {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Does as it is told, and tells the test which one-way messages it has handled.
constexpr const char* kWorker = R"(
  local actor, world, id = require "actor", require "world", ...
  world.begun(id)
  local handlers = {}
  function handlers.mark(number) world.marked(number) end
  function handlers.echo(number) return number end
  function handlers.slow(number) actor.sleep(0.5) return number end
  function handlers.spin(n) for i = 1, n do end return n end
  function handlers.grow(n) local t = {} for i = 1, n do t[i] = i end return n end
  function handlers.ask(name)
    local other = actor.whereis(name)
    return other and actor.within(2, other.call, other, "echo", 7)
  end
  function handlers.later()
    local p = actor.defer()
    actor.after(0.3, function() p:reply("later") end)
  end
  function handlers.boom() error "boom" end
  function handlers.late_boom() actor.sleep(0.2) error "late boom" end
  function handlers.quit(why) actor.exit(why) end
  return handlers
)";

class World : Lots {
 public:
  explicit World(std::uint32_t seed, bool loud) : Lots(seed, loud), sim_(options(), seed + 1) {
    expose("world.begun", [this](Call& call) -> Result<Values> {
      const std::string id(call.args[0].as_string());
      const std::uint32_t incarnation = ScriptActor::of(call.caller).incarnation();
      std::uint32_t& last = lives_[call.caller];
      EXPECT_GT(incarnation, last) << id << " began a life twice";
      last = incarnation;
      say(id + " begins life " + std::to_string(incarnation));
      return Values{};
    });
    expose("world.marked", [this](Call& call) -> Result<Values> {
      EXPECT_TRUE(open_marks_.erase(call.args[0].as_integer()) == 1) << "handled twice";
      return Values{};
    });
    build();
  }

  void run() {
    const int steps = 300;
    for (int i = 0; i < steps && !::testing::Test::HasFailure(); ++i) {
      step();
      check();
    }
    finish();
  }

 private:
  RuntimeOptions options() {
    RuntimeOptions options = quiet_options();
    // Scripts give way wherever they look at their limits.
    options.preemption = Preemption::count_hook;
    options.slice = std::chrono::microseconds(0);
    options.default_limits.check_interval = 1 + draw(200);
    options.default_limits.memory_bytes_max = 1u << 20;
    options.default_mailbox.messages_max = 64;
    // Sometimes there is too little for all of them.
    options.memory_budget_bytes = draw(2) == 0 ? 64u << 20 : 256u << 10;
    return options;
  }

  void expose(std::string_view name, HostFunction function) {
    ASSERT_TRUE(sim_.core().host_modules().expose(name, std::move(function)));
  }

  ChildSpec worker() {
    ChildSpec spec;
    spec.id = "w" + std::to_string(++workers_);
    spec.restart = static_cast<Restart>(draw(3));
    spec.spawn.name = spec.id;
    spec.spawn.script = Script::text(kWorker, "worker");
    spec.spawn.args = {spec.id};
    spec.spawn.sandbox = Capabilities{.modules = {"world"}};
    spec.stop = {milliseconds(500), milliseconds(500), milliseconds(500)};
    spec.start_deadline = seconds(2);
    if (draw(3) == 0) {
      // Soon old and used up; one failure more, and it is recycled.
      spec.health.age = seconds(3);
      spec.health.uses = 3;
      spec.health.error_rate = 0;
      spec.health.drain_timeout = seconds(2);
    }
    names_.push_back(spec.id);
    return spec;
  }

  SupervisorSpec supervisor(int depth) {
    SupervisorSpec spec;
    spec.name = "s" + std::to_string(++supervisors_);
    spec.strategy = static_cast<Strategy>(draw(3));
    // Most trees live long; some give up.
    spec.intensity = {draw(5) == 0 ? draw(6) : 1'000, seconds(5)};
    names_.push_back(spec.name);
    const std::uint32_t count = 1 + draw(3);
    for (std::uint32_t i = 0; i < count; ++i) {
      if (depth > 0 && draw(3) == 0) {
        ChildSpec nested;
        nested.id = "n" + std::to_string(supervisors_);
        nested.supervisor = std::make_shared<SupervisorSpec>(supervisor(depth - 1));
        spec.children.push_back(std::move(nested));
      } else {
        spec.children.push_back(worker());
      }
    }
    return spec;
  }

  void build() {
    top_ = sim_.supervise(supervisor(2));
    ASSERT_TRUE(top_);
  }

  /// Somebody who may or may not be there any more, a worker or a supervisor.
  ActorRef anybody() {
    return sim_.core().directory().find(names_[draw(static_cast<std::uint32_t>(names_.size()))]);
  }

  static bool is_kind(const ActorRef& ref, AddressKind kind) {
    return ref && Address::of(*ref.target()).kind() == kind;
  }

  /// Nobody if there are hardly any left.
  ActorRef any(AddressKind kind) {
    for (int i = 0; i < 20; ++i) {
      if (const ActorRef found = anybody(); is_kind(found, kind)) return found;
    }
    return {};
  }

  void ask(const ActorRef& to, const char* what, Values args = {}) {
    const std::uint64_t number = ++requests_;
    if (sim_.request(answers_, number, to, what, std::move(args)) == Posted::ok) {
      asked_.insert(number);
    }
  }

  /// One more child, somewhere.
  void start_one() {
    const ActorRef one = any(AddressKind::supervisor);
    if (!one || workers_ > 60) return;
    auto plan = plan_child(sim_.core(), worker());
    ASSERT_TRUE(plan) << plan.error().message;
    const std::uint64_t number = ++requests_;
    if (post_child(*one.target(), answers_.ref(), number, kNever, std::move(*plan), true,
                   nullptr)) {
      asked_.insert(number);
    }
  }

  void inject(const ActorRef& to, MessageKind kind, std::uint64_t correlation) {
    MessagePtr message(Message::make(kind));
    message->correlation = correlation;
    message->sender = to;
    message->deadline = sim_.now() + seconds(1);
    Address::of(*to.target()).deliver(std::move(message), nullptr);
  }

  void step() {
    const ActorRef to = any(AddressKind::script);
    switch (draw(24)) {
      case 0: sim_.advance(milliseconds(draw(400))); return;
      case 1: sim_.advance(seconds(draw(8))); return;
      case 2: sim_.run(); return;
      case 3:
      case 4:
        for (std::uint32_t i = draw(20); i > 0 && sim_.scheduler().run_one(); --i) check();
        return;
      case 5: {
        // A supervisor that is killed comes back if it has one above it.
        const ActorRef one = anybody();
        if (one && one != top_ && draw(4) == 0) sim_.kill(one);
        return;
      }
      case 6: {
        // What is late, or comes twice: lives that are over, and those that have not begun.
        const ActorRef one = anybody();
        if (!one) return;
        constexpr MessageKind kKinds[] = {MessageKind::restart, MessageKind::release,
                                          MessageKind::monitor, MessageKind::demonitor,
                                          MessageKind::exit_signal};
        const MessageKind kind = kKinds[draw(5)];
        // The next life is the supervisor's to give.
        inject(one, kind, kind == MessageKind::release ? 0 : draw(2));
        return;
      }
      case 7: {
        const ActorRef one = any(AddressKind::supervisor);
        if (!one) return;
        ChildEnd end;
        end.child = 1 + draw(4);
        end.incarnation = 0;
        end.reason = "error";
        runtime::ByteBuffer bytes;
        runtime::RefList refs;
        const Values values = encode_end(std::move(end));
        ASSERT_TRUE(runtime::encode_values(values, MessageLimits{}, bytes, refs));
        MessagePtr message(Message::make(MessageKind::child_ended, bytes.view(), refs));
        message->sender = to ? to : top_;
        Address::of(*one.target()).deliver(std::move(message), nullptr);
        return;
      }
      case 8: {
        if (const ActorRef one = any(AddressKind::supervisor)) {
          ask(one, draw(2) == 0 ? "which" : "count");
        }
        return;
      }
      case 9: {
        const ActorRef one = any(AddressKind::supervisor);
        if (!one || draw(3) != 0) return;
        constexpr const char* kCommands[] = {"stop", "restart", "delete"};
        ask(one, kCommands[draw(3)], {"w" + std::to_string(1 + draw(workers_))});
        return;
      }
      case 10:
      case 11: start_one(); return;
      case 12:
        if (to) static_cast<void>(ScriptActor::recycle(*to.target(), draw(4) == 0, "why", nullptr));
        return;
      default: break;
    }
    if (!to) return;
    constexpr const char* kRequests[] = {"echo",  "slow", "spin",     "grow",
                                         "later", "boom", "late_boom"};
    switch (draw(8)) {
      case 0:
      case 1:
      case 2: {
        const std::int64_t mark = ++marks_;
        if (sim_.send(to, "mark", {mark}) == Posted::ok) open_marks_.insert(mark);
        return;
      }
      case 3: ask(to, "ask", {names_[draw(static_cast<std::uint32_t>(names_.size()))]}); return;
      case 4: sim_.send(to, "quit", {draw(2) == 0 ? "normal" : "bored"}); return;
      case 5: sim_.send(to, "boom"); return;
      default: {
        const std::uint32_t which = draw(7);
        ask(to, kRequests[which], {which == 3 ? 1 + draw(200'000) : 1 + draw(1'000)});
        return;
      }
    }
  }

  /// What has to hold after each step.
  void check() {
    for (const std::uint64_t number : asked_) {
      ASSERT_LE(answers_.to(number).size(), 1u) << "request " << number << " answered twice";
    }
    std::map<std::uint64_t, const ActorBase*> alive;
    std::map<std::string_view, int> names;
    sim_.core().live().for_each([&](LiveEntry& entry) {
      const auto& actor = static_cast<const ActorBase&>(entry);
      alive[actor.id()] = &actor;
      ++names[actor.actor_name()];
    });
    for (const auto& [name, count] : names) {
      // One that was abandoned would be a second one; none is, as all of them end when told to.
      ASSERT_EQ(count, 1) << "two live actors of child " << name;
    }
    const auto figures = sim_.core().quota().broker().figures();
    ASSERT_LE(figures.granted, figures.total) << "more is lent than there is";
    ASSERT_EQ(figures.granted + figures.available, figures.total);
    ASSERT_EQ(sim_.core().quota().held_by_actors() + sim_.core().script_threads().at_hand(),
              figures.granted)
        << "what is lent is what somebody has";
  }

  std::string whoever_lives() {
    std::string text;
    sim_.core().live().for_each([&](LiveEntry& entry) {
      const auto& actor = static_cast<const ActorBase&>(entry);
      text += std::string(actor.actor_name()) + "#" + std::to_string(actor.id()) + ", " +
              std::to_string(actor.mailbox().depth()) + " messages; ";
    });
    return text;
  }

  void finish() {
    sim_.advance(seconds(20));
    sim_.stop(top_, seconds(30));
    sim_.advance(seconds(60));
    EXPECT_EQ(sim_.core().live().count(), 0u) << "left behind: " << whoever_lives();
    EXPECT_EQ(sim_.core().quota().held_by_actors(), 0u);
    for (const std::uint64_t number : asked_) {
      EXPECT_EQ(answers_.to(number).size(), 1u) << "request " << number << " has no answer";
    }
    for (const DeadLetter& letter : sim_.core().dead_letters().letters()) {
      if (letter.message_name == "mark" && letter.args) {
        open_marks_.erase((*letter.args)[0].as_integer());
      }
    }
    say(std::to_string(requests_) + " requests, " + std::to_string(marks_) + " messages, " +
        std::to_string(sim_.core().dead_letters().letters().size()) + " dead letters");
    EXPECT_TRUE(open_marks_.empty())
        << open_marks_.size() << " messages were neither handled nor buried";
  }

  std::map<ActorRef, std::uint32_t,
           decltype([](const ActorRef& a, const ActorRef& b) { return a.target() < b.target(); })>
      lives_;
  std::set<std::int64_t> open_marks_;
  std::int64_t marks_ = 0;
  std::vector<std::string> names_;
  std::uint32_t workers_ = 0;
  int supervisors_ = 0;
  Answers answers_;
  std::set<std::uint64_t> asked_;
  std::uint64_t requests_ = 0;
  SimCore sim_;
  ActorRef top_;
};

class SupervisionSim : public ::testing::TestWithParam<std::uint32_t> {};

TEST_P(SupervisionSim, HoldsUnderFaults) { run_seeds<World>(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Seeds, SupervisionSim, ::testing::Range(0u, kSeedGroups));

}  // namespace
}  // namespace moonwright::actors
