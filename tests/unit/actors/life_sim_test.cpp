// life_sim_test.cpp: pools, checkpoints and reloads under random faults, on a virtual clock and in
// random order. A run is its seed: see seeds.hpp.
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actors/pool.hpp"
#include "actors/reloading.hpp"
#include "data_model.hpp"
#include "seeds.hpp"
#include "sim_core.hpp"

namespace moonwright::actors {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// What is wrong with a source.
enum class Fault { none, chunk, slow_chunk, slower_chunk, restore };
constexpr std::uint32_t kFaults = 5;

// Every life says that it begins, and from what. World knows whether that may be. What is written
// here as FIELD is a local, which on_checkpoint() returns, or a global.
constexpr const char* kCounter = R"(
  local handlers = {}
  function handlers.bump(token)
    busy = busy + 1
    chain = world.bump(token, chain, #list, tag)
    list[#list + 1] = token
    busy = busy - 1
    return token
  end
  function handlers.late_bump(token)
    busy = busy + 1
    actor.sleep(0.3)
    chain = world.bump(token, chain, #list, tag)
    list[#list + 1] = token
    busy = busy - 1
    return token
  end
  function handlers.look(token) world.look(chain, #list, busy, tag) return token end
  function handlers.echo(token) return token end
  function handlers.spin(token) for i = 1, token % 1000 do end return token end
  function handlers.put_off(token)
    local promise = actor.defer()
    actor.after(0.2, function() promise:reply(token) end)
  end
  function handlers.boom() error "boom" end
  function handlers.late_boom() actor.sleep(0.1) error "late boom" end
  function handlers.quit() actor.exit "bored" end
  function handlers.save() actor.checkpoint() end
  function handlers.spoil(on) junk = on and coroutine.create(print) or nil end
)";

constexpr const char* kWorker = R"(
  local handlers = {}
  function handlers.mark(token) world.marked(token, tag) end
  function handlers.echo(token) return token end
  function handlers.slow(token) actor.sleep(0.4) return token end
  function handlers.spin(token) for i = 1, token % 1000 do end return token end
  function handlers.grow(token) local t = {} for i = 1, 5000 do t[i] = {} end return token end
  function handlers.put_off(token)
    local promise = actor.defer()
    actor.after(0.2, function() promise:reply(token) end)
  end
  function handlers.boom() error "boom" end
  function handlers.quit() actor.exit "bored" end
)";

/// Kinds of scripts; texts of one name are reloaded together.
constexpr const char* kNames[] = {"choosy", "plain", "worker"};
constexpr std::uint32_t kKinds = 3;

std::string source_of(std::uint32_t kind, std::int64_t tag, Fault fault) {
  std::string text =
      "local actor, world = require 'actor', require 'world'\nlocal tag = " + std::to_string(tag) +
      "\nworld.begun(tag)\n";
  if (fault == Fault::chunk) text += "error 'this source cannot begin'\n";
  if (fault == Fault::slow_chunk) text += "actor.sleep(0.5)\n";
  if (fault == Fault::slower_chunk) text += "actor.sleep(1.5)\n";
  if (kind == 2) return text + kWorker + "return handlers";
  if (kind == 1) {
    text += "chain, list, busy = chain or 0, list or {}, busy or 0\n";
    return text + kCounter + "return handlers";
  }
  text += "local chain, list, busy = 0, {}, 0\n";
  text += kCounter;
  text += "function handlers.on_checkpoint() world.saves() return { chain, list, busy } end\n";
  text += "function handlers.on_restore(data)\n";
  if (fault == Fault::restore) text += "  error 'this source takes no data'\n";
  text += "  chain, list, busy = table.unpack(data)\n";
  text += "  world.look(chain, #list, busy, tag)\nend\n";
  return text + "return handlers";
}

class LifeWorld : Lots {
 public:
  LifeWorld(std::uint32_t seed, bool loud) : Lots(seed, loud), sim_(options(), seed + 1) {
    expose();
    build();
  }

  void run() {
    for (int i = 0; i < 250 && !failed(); ++i) {
      step();
      check();
    }
    if (!failed()) finish();
  }

 private:
  /// What is known of an actor with data.
  struct Counter {
    DataModel data;
    std::uint32_t incarnation = 0;
    std::uint64_t recycles = 0;
    std::uint64_t restarts = 0;
    std::uint32_t proven = 0;  ///< the generation that it has last handled a message in
  };
  struct Taken {
    Checkpoint checkpoint;
    std::uint32_t kind;
    DataModel::Moments moments;
  };
  /// A pool, and what it may have.
  struct Place {
    ActorRef ref;
    std::uint32_t max;
    bool has_script;
    bool takes_marks;  ///< a message goes to one state only
  };
  struct ByTarget {
    bool operator()(const ActorRef& a, const ActorRef& b) const { return a.target() < b.target(); }
  };

  static bool failed() { return ::testing::Test::HasFailure(); }

  RuntimeOptions options() {
    RuntimeOptions options = quiet_options();
    // Scripts give way wherever they look at their limits.
    options.preemption = Preemption::count_hook;
    options.slice = std::chrono::microseconds(0);
    options.default_limits.check_interval = 1 + draw(200);
    options.default_limits.memory_bytes_max = 1u << 20;
    options.default_limits.instructions_max = 50'000;
    options.default_mailbox.messages_max = 64;
    is_scarce_ = one_in(4);
    say("looks every " + std::to_string(options.default_limits.check_interval) + " instructions");
    options.memory_budget_bytes = is_scarce_ ? 2u << 20 : 64u << 20;
    options.on_give_up = [this](const ActorRef& who, const std::string& why) {
      say("given up: " + why);
      // A pool that begins with a source that cannot has nothing to go back to.
      if (Address::of(*who.target()).kind() == AddressKind::supervisor) gave_up_ = why;
    };
    return options;
  }

  // What scripts tell -----------------------------------------------------------------------------

  void expose() {
    using Body = std::function<void(Call&)>;
    const auto add = [this](std::string_view name, Body body) {
      const auto exposed =
          sim_.core().host_modules().expose(name, [body](Call& call) -> Result<Values> {
            body(call);
            return Values{};
          });
      ASSERT_TRUE(exposed);
    };
    add("world.begun", [this](Call& call) { begun(call); });
    add("world.look", [this](Call& call) { look(call); });
    add("world.marked", [this](Call& call) { marked(call); });
    add("world.saves", [this](Call& call) { counters_[call.caller].data.may_be_kept(); });
    const auto exposed = sim_.core().host_modules().expose(
        "world.bump", [this](Call& call) -> Result<Values> { return bump(call); });
    ASSERT_TRUE(exposed);
  }

  static std::string name_of(const ActorRef& ref) {
    return std::string(ScriptActor::of(ref).actor_name());
  }

  void begun(Call& call) {
    const ScriptActor& actor = ScriptActor::of(call.caller);
    const std::int64_t tag = call.args[0].as_integer();
    say(name_of(call.caller) + " " + std::to_string(call.caller.id()) + " begins life " +
        std::to_string(actor.incarnation()) + " with source " + std::to_string(tag) +
        " as generation " + std::to_string(actor.generation()));
    EXPECT_FALSE(withdrawn_.contains(tag)) << "source " << tag << " was withdrawn";
    if (actor.plan().pool) return;
    Counter& counter = counters_[call.caller];
    EXPECT_GT(actor.incarnation(), counter.incarnation) << "a life has begun twice";
    EXPECT_GE(actor.generation(), counter.proven) << "it goes back behind what it could run";
    const ActorStats stats = actor.stats();
    if (counter.incarnation > 0) {
      counter.data.begin_life(stats.recycles > counter.recycles, stats.restarts > counter.restarts);
    } else {
      if (actor.plan().source->script().name() == kNames[1]) counter.data.set_plain();
      if (is_scarce_) counter.data.weaken();
    }
    counter.incarnation = actor.incarnation();
    counter.recycles = stats.recycles;
    counter.restarts = stats.restarts;
  }

  void see(const ActorRef& who, const Values& args, std::size_t first, std::int64_t tag) {
    Counter& counter = counters_[who];
    EXPECT_NE(faults_[tag], Fault::chunk) << "it handles messages, and has not begun";
    if (faults_[tag] != Fault::restore) counter.proven = ScriptActor::of(who).generation();
    const auto chain = static_cast<DataModel::Chain>(args[first].as_integer());
    const auto length = static_cast<std::size_t>(args[first + 1].as_integer());
    const std::string wrong = counter.data.see(chain, length);
    EXPECT_EQ(wrong, "") << name_of(who) << ", life " << counter.incarnation;
  }

  void look(Call& call) { see(call.caller, call.args, 0, call.args[3].as_integer()); }

  Result<Values> bump(Call& call) {
    const std::int64_t token = call.args[0].as_integer();
    handled(token);
    see(call.caller, call.args, 1, call.args[3].as_integer());
    DataModel& data = counters_[call.caller].data;
    const auto chain = static_cast<DataModel::Chain>(call.args[1].as_integer());
    const auto number = static_cast<std::uint64_t>(token);
    data.change(chain, number);
    // Nobody says when a script without hooks is saved.
    if (ScriptActor::of(call.caller).plan().source->script().name() == kNames[1]) {
      data.may_be_kept();
    }
    return Values{static_cast<std::int64_t>(DataModel::longer(chain, number))};
  }

  void marked(Call& call) {
    EXPECT_NE(faults_[call.args[1].as_integer()], Fault::chunk);
    handled(call.args[0].as_integer());
  }

  void handled(std::int64_t token) {
    EXPECT_TRUE(handled_.insert(token).second) << "message " << token << " was handled twice";
  }

  // What there is ---------------------------------------------------------------------------------

  ChildSpec counter() {
    const std::uint32_t kind = draw(2);
    ChildSpec spec = child_spec("c" + std::to_string(++made_), source_of(kind, 0, Fault::none));
    spec.spawn.script = Script::text(source_of(kind, 0, Fault::none), kNames[kind]);
    spec.spawn.sandbox = Capabilities{.modules = {"world"}};
    spec.spawn.checkpoint_every = milliseconds(draw(3) * 700);
    spec.start_deadline = seconds(2);
    spec.stop = {milliseconds(500), milliseconds(500), milliseconds(500)};
    spec.health.recycle = false;  // only on request, so that it is known
    spec.health.drain_timeout = seconds(2);
    names_.push_back(spec.id);
    return spec;
  }

  void build() {
    SupervisorSpec spec;
    spec.strategy = static_cast<Strategy>(draw(3));
    // So many restarts in so little time are a loop.
    spec.intensity = {100, seconds(1)};
    for (std::uint32_t i = 1 + draw(3); i > 0; --i) spec.children.push_back(counter());
    tops_.push_back(sim_.supervise(spec));
    // What has never begun has nothing to go back to, either.
    sim_.run();
    for (std::uint32_t i = draw(3); i > 0; --i) {
      SpawnOptions alone = counter().spawn;
      tops_.push_back(sim_.spawn("", std::move(alone)));
    }
    for (std::uint32_t i = 1 + draw(2); i > 0; --i) make_pool();
  }

  void make_pool() {
    PoolOptions options;
    options.name = "p" + std::to_string(++made_);
    const bool has_script = !one_in(4);
    if (has_script) {
      options.spawn.script = Script::text(source_of(2, 0, Fault::none), kNames[2]);
    }
    options.spawn.sandbox = Capabilities{.modules = {"world"}};
    options.size.min = 1 + draw(3);
    options.size.max = options.size.min + draw(4);
    options.size.check_every = milliseconds(500 + draw(2'000));
    options.size.patience = milliseconds(draw(3) * 100);
    options.route = static_cast<Route>(draw(4));
    options.concurrency = 1 + draw(3) * draw(3);
    options.queue.max = one_in(4) ? draw(5) : 1'000;
    options.queue.timeout = milliseconds(one_in(4) ? 300 : 60'000);
    options.aging.generation_size = 5 + draw(50);
    options.aging.generations = draw(2);
    options.aging.stale = seconds(5);
    options.start_deadline = seconds(2);
    options.intensity = {100, seconds(1)};
    options.reuse.enabled = !one_in(4);
    const Place place{{}, *options.size.max, has_script, options.route != Route::broadcast};
    pools_.push_back(place);
    pools_.back().ref = sim_.make_pool(std::move(options));
  }

  ActorRef any_counter() {
    return sim_.find(names_[draw(static_cast<std::uint32_t>(names_.size()))]);
  }
  Place& any_pool() { return pools_[draw(static_cast<std::uint32_t>(pools_.size()))]; }

  std::uint32_t kind_of(const ActorRef& counter) {
    return ScriptActor::of(counter).plan().source->script().name() == kNames[0] ? 0 : 1;
  }

  /// One of the states of pools.
  ActorRef any_worker() {
    std::vector<ActorRef> workers;
    for_each_script([&](ScriptActor& actor) {
      if (actor.plan().pool) workers.push_back(ActorRef::of(&actor));
    });
    if (workers.empty()) return {};
    return workers[draw(static_cast<std::uint32_t>(workers.size()))];
  }

  template <class Visit>
  void for_each_script(const Visit& visit) {
    sim_.core().live().for_each([&](LiveEntry& entry) {
      auto& actor = static_cast<ActorBase&>(entry);
      if (actor.kind() == AddressKind::script) visit(static_cast<ScriptActor&>(actor));
    });
  }

  // What is done ----------------------------------------------------------------------------------

  /// A request whose answer is its number, if it is not an error.
  void ask(const ActorRef& to, std::string_view name) {
    const std::uint64_t number = ++requests_;
    if (sim_.request(answers_, number, to, name, {static_cast<std::int64_t>(number)}) ==
        Posted::ok) {
      asked_.insert(number);
    }
  }
  /// A message that is handled once, or buried.
  void tell(const ActorRef& to, std::string_view name) {
    const auto token = static_cast<std::int64_t>(++requests_);
    if (sim_.send(to, name, {token}) == Posted::ok) told_.insert(token);
  }

  void reload() {
    const std::uint32_t kind = draw(kKinds);
    const Fault fault = one_in(2) ? Fault::none : static_cast<Fault>(draw(kFaults));
    const bool forced = one_in(8);
    const std::int64_t tag = ++tags_;
    faults_[tag] = fault;
    newest_[kind] = tag;
    std::size_t count = 0;
    for_each_script([&](ScriptActor& actor) {
      if (actor.plan().source->script().name() != kNames[kind]) return;
      ++count;
      if (actor.plan().pool) return;
      DataModel& data = counters_[ActorRef::of(&actor)].data;
      if (forced) data.weaken();
      if (fault == Fault::restore) data.refuse_data();
    });
    const auto done = [this, tag, kind, fault, count](Result<ReloadReport> report) {
      EXPECT_TRUE(open_reloads_.erase(tag)) << "a reload has ended twice";
      ASSERT_TRUE(report) << report.error().message;
      say("source " + std::to_string(tag) + ": " + std::to_string(report->reloaded) +
          " reloaded, " + std::to_string(report->kept.size()) + " kept, " +
          std::to_string(report->ended) + " ended");
      EXPECT_EQ(report->reloaded + report->kept.size() + report->ended, count);
      if (fault != Fault::chunk || newest_[kind] != tag) return;
      EXPECT_EQ(report->reloaded, 0u) << "with a source that cannot begin";
      for (const auto& kept : report->kept) {
        if (kept.error.message.find("cannot begin") != std::string::npos) withdrawn_.insert(tag);
      }
    };
    const auto began =
        actors::reload(sim_.core(), Script::text(source_of(kind, tag, fault), kNames[kind]),
                       {.forced = forced}, done);
    if (!began) {
      EXPECT_EQ(began.error().code, ErrorCode::not_found) << began.error().message;
      return;
    }
    say("reload " + std::string(kNames[kind]) + " with source " + std::to_string(tag) + ", fault " +
        std::to_string(static_cast<int>(fault)) + (forced ? ", forced" : ""));
    if (count > 0) open_reloads_.insert(tag);
  }

  void checkpoint(const ActorRef& actor) {
    say("checkpoint " + name_of(actor));
    ++open_checkpoints_;
    sim_.checkpoint(actor, [this, actor](Result<Checkpoint> taken) {
      --open_checkpoints_;
      if (!taken) {
        EXPECT_FALSE(taken.error().message.empty());
        return;
      }
      DataModel& data = counters_[actor].data;
      data.is_kept();
      taken_.push_back({std::move(*taken), kind_of(actor), data.now()});
    });
  }

  void restore(const ActorRef& actor) {
    if (taken_.empty()) return;
    const Taken& what = taken_[draw(static_cast<std::uint32_t>(taken_.size()))];
    if (what.kind != kind_of(actor)) return;
    DataModel& data = counters_[actor].data;
    data.order_restore(what.moments);
    say("restore " + name_of(actor));
    sim_.restore(actor, what.checkpoint);
  }

  void execute(const Place& pool) {
    // None is endless: what ignores a cancellation ends when its grace is over, and a clock that
    // stands never says so.
    constexpr const char* kScripts[] = {
        "return %",
        "local was = leak leak = true return was and 'leaked' or %",
        "error 'stranger'",
        "for i = 1, 10000 do end return %",
        "for i = 1, 100000 do end return %",
        "require('actor').sleep(0.3) string.leak = 1 return %",
        "local was = string.leak return was and 'leaked' or %",
        "local t = {} for i = 1, 30000 do t[i] = {} end return %",
        "package.loaded.leak = true getmetatable('').leak = 1 return %"};
    const std::uint64_t order = ++orders_;
    std::string source = kScripts[draw(9)];
    if (const auto at = source.find('%'); at != std::string::npos) {
      source.replace(at, 1, std::to_string(order));
    }
    const std::string owners[] = {"", "", "anne", "bob"};
    executed_[order] = 0;
    say("execute " + source);
    const std::uint64_t number = sim_.execute(
        pool.ref, source, owners[draw(4)], [this, order, source](const ExecutionResult& result) {
          ++executed_[order];
          if (!result.success) {
            ASSERT_TRUE(result.error);
            EXPECT_FALSE(result.error->message.empty());
          } else {
            const Values expected{static_cast<std::int64_t>(order)};
            EXPECT_EQ(result.values, expected) << source << " ended as " << result.reason;
          }
        });
    if (!one_in(6)) return;
    if (one_in(2)) sim_.run();
    sim_.cancel_execution(pool.ref, number);
  }

  void use_pool(const Place& pool) {
    const std::uint64_t before = requests_;
    use(pool);
    if (pool.takes_marks) return;
    for (std::uint64_t number = before + 1; number <= requests_; ++number) {
      broadcast_.insert(number);
    }
  }

  void use(const Place& pool) {
    constexpr const char* kRequests[] = {"echo", "slow", "spin", "grow", "put_off"};
    switch (draw(10)) {
      case 0: return execute(pool);
      case 1: return ask(pool.ref, one_in(3) ? "pool:advance" : "pool:metrics");
      case 2: return ask(pool.ref, "boom");
      case 3:
        if (one_in(4)) ask(pool.ref, "quit");
        return;
      case 4: {
        ask(pool.ref, "slow");
        if (one_in(3)) cancel_request(pool.ref, answers_.ref(), requests_);
        return;
      }
      case 5:
        // A load that it has to grow for.
        for (std::uint32_t i = draw(15); i > 0; --i) ask(pool.ref, "slow");
        return;
      case 6:
        if (pool.has_script && pool.takes_marks) tell(pool.ref, "mark");
        return;
      default: return ask(pool.ref, kRequests[draw(5)]);
    }
  }

  void disturb_pools() {
    switch (draw(8)) {
      case 0:
        if (one_in(3)) sim_.stop(any_pool().ref, milliseconds(draw(2'000)));
        return;
      case 1:
        if (one_in(5)) sim_.kill(any_pool().ref);
        return;
      case 2:
        if (pools_.size() < 6) make_pool();
        return;
      case 3:
      case 4:
        if (const ActorRef worker = any_worker()) {
          say("kill " + name_of(worker) + " " + std::to_string(worker.id()));
          sim_.kill(worker);
        }
        return;
      default:
        if (const ActorRef worker = any_worker()) {
          say("recycle " + name_of(worker) + " " + std::to_string(worker.id()));
          static_cast<void>(ScriptActor::recycle(*worker.target(), one_in(4), "why", nullptr));
        }
        return;
    }
  }

  void use_counter(const ActorRef& to) {
    constexpr const char* kRequests[] = {"look", "echo",      "spin", "put_off",
                                         "boom", "late_boom", "quit", "save"};
    switch (draw(8)) {
      case 0:
      case 1: return tell(to, "bump");
      case 2:
      case 3: return ask(to, "bump");
      case 4: return ask(to, "late_bump");
      case 5: return ask(to, "look");
      case 6: return static_cast<void>(sim_.send(to, "spoil", {one_in(4)}));
      default: return ask(to, kRequests[draw(8)]);
    }
  }

  void disturb_counter(const ActorRef& to) {
    Counter& counter = counters_[to];
    switch (draw(8)) {
      case 0:
        say("kill " + name_of(to));
        // What is killed while it begins is thought to be unable to, and nobody here knows when.
        counter.data.refuse_data();
        return sim_.kill(to);
      case 1:
      case 2: {
        const bool forced = one_in(6);
        if (forced) counter.data.weaken();
        counter.data.order_recycling();
        say((forced ? "force to recycle " : "recycle ") + name_of(to));
        static_cast<void>(ScriptActor::recycle(*to.target(), forced, "why", nullptr));
        return;
      }
      case 3: return restore(to);
      default: return checkpoint(to);
    }
  }

  void step() {
    switch (draw(20)) {
      case 0: return sim_.advance(milliseconds(draw(400)));
      case 1: return sim_.advance(seconds(draw(6)));
      case 2: return sim_.run();
      case 3:
      case 4:
      case 5:
        for (std::uint32_t i = draw(30); i > 0 && sim_.scheduler().run_one(); --i) check();
        return;
      case 6:
        if (one_in(2)) reload();
        return;
      case 7:
      case 8:
      case 9:
      case 10:
      case 11: return use_pool(any_pool());
      case 12:
        if (one_in(2)) disturb_pools();
        return;
      case 13:
      case 14:
        if (const ActorRef to = any_counter()) disturb_counter(to);
        return;
      default:
        if (const ActorRef to = any_counter()) use_counter(to);
        return;
    }
  }

  // What holds ------------------------------------------------------------------------------------

  void check() {
    std::map<ActorRef, std::uint32_t, ByTarget> workers;
    for_each_script([&](ScriptActor& actor) {
      if (actor.plan().pool) ++workers[actor.plan().pool];
    });
    for (const Place& pool : pools_) {
      // Those on their way out are there for a moment, beside those on their way in.
      ASSERT_LE(workers[pool.ref], 2 * pool.max);
    }
    const auto figures = sim_.core().quota().broker().figures();
    ASSERT_EQ(figures.granted + figures.available, figures.total);
    ASSERT_EQ(sim_.core().quota().held_by_actors() + sim_.core().script_threads().at_hand(),
              figures.granted)
        << "what is lent is what somebody has";
    ASSERT_EQ(sim_.scheduler().doubled(), 0u) << "an actor has two turns at once";
    ASSERT_TRUE(is_scarce_ || gave_up_.empty()) << gave_up_;
  }

  void check_answer(std::uint64_t number) {
    const auto& answers = answers_.to(number);
    // Everybody answers a broadcast; a caller takes the first.
    ASSERT_GE(answers.size(), 1u) << "request " << number << " has no answer";
    if (!broadcast_.contains(number)) {
      ASSERT_EQ(answers.size(), 1u) << "request " << number << " has several answers";
    }
    if (!answers[0]) {
      EXPECT_FALSE(answers[0].error().message.empty()) << number;
      return;
    }
    if (answers[0]->size() != 1) return;  // it has nothing to say
    const Value& value = answers[0]->front();
    if (value.is_integer()) return;
    if (!value.is_table()) return;
    const PoolMetrics now = pool_metrics_of(value);
    EXPECT_LE(now.in_use, now.size);
  }

  /// Everybody answers again when there is time.
  void check_rest() {
    sim_.advance(seconds(60));
    for (const std::string& name : names_) {
      const ActorRef actor = sim_.find(name);
      if (!actor || is_scarce_) continue;
      const auto answer = sim_.ask(actor, "look", {1});
      EXPECT_TRUE(answer) << name << ": " << answer.error().message;
    }
    for (const Place& pool : pools_) {
      if (sim_.ended(pool.ref)) continue;
      const auto answer = sim_.ask(pool.ref, "pool:metrics");
      if (!answer) continue;  // it is about to end
      const PoolMetrics now = pool_metrics_of(answer->front());
      EXPECT_LE(now.size, pool.max);
      EXPECT_EQ(now.in_use, 0u);
      EXPECT_EQ(now.waiting, 0u);
      EXPECT_LE(now.available, now.size) << PoolActor::of(pool.ref).actor_name();
    }
  }

  void finish() {
    check_rest();
    for (const Place& pool : pools_) sim_.stop(pool.ref, seconds(30));
    for (const ActorRef& top : tops_) sim_.stop(top, seconds(30));
    sim_.advance(seconds(60));
    EXPECT_EQ(sim_.core().live().count(), 0u) << "left behind";
    EXPECT_EQ(sim_.core().quota().held_by_actors(), 0u);
    EXPECT_TRUE(open_reloads_.empty());
    EXPECT_EQ(open_checkpoints_, 0);
    for (const std::uint64_t number : asked_) check_answer(number);
    for (const auto& [order, count] : executed_) EXPECT_EQ(count, 1) << "script " << order;
    for (const DeadLetter& letter : sim_.core().dead_letters().letters()) {
      if (letter.args && !letter.args->empty() && (*letter.args)[0].is_integer()) {
        told_.erase((*letter.args)[0].as_integer());
      }
    }
    for (const std::int64_t token : handled_) told_.erase(token);
    EXPECT_TRUE(told_.empty()) << told_.size() << " messages were neither handled nor buried";
    say(std::to_string(requests_) + " requests, " + std::to_string(orders_) + " scripts, " +
        std::to_string(tags_) + " sources, " + std::to_string(taken_.size()) + " checkpoints");
  }

  bool is_scarce_ = false;
  std::string gave_up_;
  std::map<ActorRef, Counter, ByTarget> counters_;
  std::vector<Taken> taken_;
  std::map<std::int64_t, Fault> faults_;  ///< of each source, by its tag
  std::int64_t tags_ = 0;
  std::int64_t newest_[kKinds] = {};  ///< the tag of the last source of each kind
  std::set<std::int64_t> withdrawn_;
  std::set<std::int64_t> open_reloads_;
  int open_checkpoints_ = 0;
  std::map<std::uint64_t, int> executed_;  ///< how often each script has ended
  std::uint64_t orders_ = 0;
  std::set<std::int64_t> told_;
  std::set<std::int64_t> handled_;
  std::set<std::uint64_t> asked_;
  std::set<std::uint64_t> broadcast_;
  std::uint64_t requests_ = 0;
  std::vector<std::string> names_;
  std::vector<ActorRef> tops_;
  std::vector<Place> pools_;
  int made_ = 0;
  Answers answers_;
  SimCore sim_;
};

class LifeSim : public ::testing::TestWithParam<std::uint32_t> {};

TEST_P(LifeSim, HoldsUnderFaults) { run_seeds<LifeWorld>(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Seeds, LifeSim, ::testing::Range(0u, kSeedGroups));

}  // namespace
}  // namespace moonwright::actors
