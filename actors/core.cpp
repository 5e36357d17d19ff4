// core.cpp: starting, spawning, stopping.
#include "actors/core.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <exception>
#include <system_error>
#include <utility>

#include "actors/caf_scheduler.hpp"
#include "actors/cancelling.hpp"
#include "actors/file_module.hpp"
#include "actors/limit_checks.hpp"
#include "actors/script_actor.hpp"
#include "moonwright/profiles.hpp"
#include "runtime/entropy.hpp"
#include "runtime/lua_probe.hpp"

namespace moonwright::actors {
namespace {

/// How long actors that were killed may take to notice, beyond the deadline of stop().
constexpr std::chrono::milliseconds kKillGrace{1'000};

std::string base_name(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

/// Interrupts by a signal that few others use, unless the host has chosen one, or wants none.
Result<std::unique_ptr<Watchdog>> make_watchdog(const RuntimeOptions& options) {
  constexpr int kOffset = 5;
  runtime::SignalLease lease;
  if (options.preemption == Preemption::signal) {
    const int chosen = options.preemption_signal;
    auto taken = runtime::SignalLease::take(chosen != 0 ? chosen : SIGRTMIN + kOffset);
    if (!taken) return fail(std::move(taken.error()));
    lease = std::move(*taken);
  }
  const auto ticks = std::chrono::ceil<std::chrono::milliseconds>(options.slice).count();
  return std::make_unique<Watchdog>(std::move(lease), static_cast<std::uint32_t>(ticks));
}

}  // namespace

Core::Core(RuntimeOptions options, const CoreSeams& seams)
    : options_(std::move(options)),
      clock_(seams.clock != nullptr ? seams.clock : &system_clock_),
      fixed_seed_(seams.seed) {}

Result<std::unique_ptr<Core>> Core::start(RuntimeOptions options, const CoreSeams& seams) {
  if (auto problem = problem_with(options)) return fail(std::move(*problem));
  if (options.workers == 0) options.workers = std::max(1u, std::thread::hardware_concurrency());
  auto log = Log::open(options.log);
  if (!log) return fail(std::move(log.error()));
  auto scripts = ScriptStore::open(options.script_root);
  if (!scripts) return fail(std::move(scripts.error()));
  std::unique_ptr<Core> core(new Core(std::move(options), seams));
  core->lua_problem_ = runtime::problem_with_lua();
  core->log_ = std::move(*log);
  core->scripts_ = std::move(*scripts);
  core->all_files_ = make_file_module({{"/"}, {"/"}}, core->scripts_->real_root());
  auto watchdog = make_watchdog(core->options_);
  if (!watchdog) return fail(std::move(watchdog.error()));
  core->watchdog_ = std::move(*watchdog);
  core->quota_ = std::make_unique<QuotaDesk>(core->options_, core->live_, *core->clock_);
  core->script_threads_ = std::make_unique<ScriptThreads>(
      *core->watchdog_, runtime::BlockSource(core->options_.memory_source),
      core->options_.spare_memory_bytes_max,
      core->options_.quotas ? &core->quota_->broker() : nullptr);
  try {
    core->start_threads(seams);
  } catch (const std::exception& exception) {
    return fail(ErrorCode::io, std::string("cannot start the threads: ") + exception.what());
  }
  return core;
}

void Core::start_threads(const CoreSeams& seams) {
  callbacks_ = std::make_unique<CallbackThread>();
  timers_ = std::make_unique<TimerService>(
      *clock_, seams.clock == nullptr ? TimerService::Mode::threaded : TimerService::Mode::manual);
  port_ = HostPort::make(*clock_, *timers_);
  CafScheduler::configure(config_, options_.workers);
  system_ = std::make_unique<caf::actor_system>(config_);
  owned_scheduler_ =
      std::make_unique<CafScheduler>(*system_, *timers_, *watchdog_, script_threads_.get());
  scheduler_ = seams.scheduler != nullptr ? seams.scheduler : owned_scheduler_.get();
}

Core::~Core() {
  // Everybody has ended, or stop() has left the whole core behind and we are not here.
  if (port_) HostPort::of(port_).close({ErrorCode::stopped, "the runtime has stopped", {}});
  for (const auto& thread : retired_) thread->join();
  retired_.clear();
  if (callbacks_) callbacks_->stop();
  owned_scheduler_.reset();
  script_threads_.reset();
  watchdog_.reset();
  system_.reset();
  if (timers_) timers_->stop();
}

Result<ActorRef> Core::spawn(SpawnOptions options, SpawnExtras extras) {
  auto spec = std::make_unique<SpawnSpec>();
  auto grants = grant(options.sandbox, grant_sources(), nullptr);
  if (!grants) return fail(std::move(grants.error()));
  spec->grants = std::move(*grants);
  spec->limits = options.limits.value_or(options_.default_limits);
  spec->mailbox = options.mailbox.value_or(options_.default_mailbox);
  spec->thread = options.thread;
  spec->chunk_return = options.chunk_return;
  spec->limits_cover_chunk = options.limits_cover_chunk;
  spec->quota_wait = options.quota_wait;
  spec->extras = std::move(extras);
  CancelWatch watch;
  if (options.token) {
    if (options.token->cancelled()) {
      return fail(ErrorCode::cancelled, "the actor was cancelled before it was started");
    }
    spec->extras.watch = watch = std::make_shared<CancelWatch::element_type>();
  }
  if (options.on_exit) {
    spec->extras.on_end = [on_exit = std::move(options.on_exit)](
                              const ActorExit& exit, const runtime::Usage&) { on_exit(exit); };
  }
  // A host may run any file it likes; the root only says where relative paths begin.
  auto code = scripts_->load(options.script, true);
  if (!code) return fail(std::move(code.error()));
  spec->code = std::move(*code);
  spec->register_name = !options.name.empty();
  spec->name = spec->register_name ? std::move(options.name) : base_name(options.script.name());
  runtime::ByteBuffer bytes;
  runtime::RefList refs;
  auto encoded = runtime::encode_values(options.args, spec->limits.message, bytes, refs);
  if (!encoded) return fail(std::move(encoded.error()));
  spec->start.reset(Message::make(MessageKind::start, bytes.view(), refs));
  auto actor = launch(std::move(spec), nullptr, nullptr);
  if (actor && watch != nullptr) {
    watch->emplace(*options.token, [actor = *actor] { cancel_actor(actor); });
  }
  return actor;
}

Result<ActorRef> Core::spawn(runtime::SpawnRequest request, ScriptActor& spawner) {
  const SpawnSpec& own = spawner.spec();
  const bool trusted = own.grants.trusted();
  SpawnOptions& options = request.options;
  auto spec = std::make_unique<SpawnSpec>();
  auto grants = grant(options.sandbox, grant_sources(), &own.grants);
  if (!grants) return fail(std::move(grants.error()));
  spec->grants = std::move(*grants);
  auto limits = limits_of(request.limits.profile);
  if (!limits) return fail(std::move(limits.error()));
  spec->limits = *limits;
  spec->mailbox = options_.default_mailbox;
  // What comes with a profile or by default is lowered; what is asked for itself is refused.
  if (!trusted) bound_by(own, *spec);
  request.limits.apply_to(spec->limits);
  if (options.mailbox) spec->mailbox = *options.mailbox;
  if (auto problem = trusted ? std::nullopt : excess_of(*spec, own)) {
    return fail(std::move(*problem));
  }
  spec->thread = options.thread;
  spec->quota_wait = options.quota_wait;
  spec->extras.capture = own.extras.capture;
  if (const auto& subtree = spawner.subtree()) {
    spec->place = SubtreePlace::take(subtree);
    if (spec->place.subtree() == nullptr) {
      return fail(ErrorCode::overload,
                  "no more actors: the spawner, or one that it descends from, "
                  "has as many live ones as it may (limits.actors, here " +
                      std::to_string(own.limits.actors_max) + ")");
    }
  }
  // The spawner pays for it, with its time and what it may use at once.
  runtime::CompileBudget budget;
  if (!trusted) {
    budget.memory_bytes_max = std::min(budget.memory_bytes_max, own.limits.memory_bytes_max);
  }
  budget.go_on = [&spawner](std::size_t bytes) { return spawner.may_compile(bytes); };
  auto code = scripts_->load(options.script, trusted, budget);
  if (!code) return fail(std::move(code.error()));
  spec->code = std::move(*code);
  spec->register_name = !options.name.empty();
  spec->name = spec->register_name ? std::move(options.name) : base_name(options.script.name());
  spec->start = std::move(request.start);
  if (request.started != 0) {
    spec->started = {ActorRef::of(&spawner), request.started, kNever};
  }
  return launch(std::move(spec), request.detached ? nullptr : &spawner, spawner.unit());
}

GrantSources Core::grant_sources() const noexcept {
  return {options_.default_sandbox, host_modules_, scripts_->real_root()};
}

Result<Limits> Core::limits_of(const std::string& profile) const {
  if (profile.empty()) return options_.default_limits;
  const auto own = options_.profiles.find(profile);
  if (own != options_.profiles.end()) return own->second;
  if (const auto builtin = profiles::find(profile)) return *builtin;
  std::string names = "strict, normal, relaxed";
  for (const auto& [name, limits] : options_.profiles) {
    if (!profiles::find(name)) names += ", " + name;
  }
  return fail(ErrorCode::invalid_argument, "no profile '" + profile + "': there are " + names);
}

Result<ActorRef> Core::launch(std::unique_ptr<SpawnSpec> spec, ScriptActor* parent,
                              caf::execution_unit* from) {
  const auto stopped = [] {
    return fail(ErrorCode::stopped, "the runtime is stopping and starts no more actors");
  };
  if (auto problem = problem_with(*spec)) return fail(std::move(*problem));
  if (lua_problem_ && !spec->grants.trusted()) {
    return fail(ErrorCode::unsupported, "sandbox level " +
                                            std::string(to_string(spec->grants.level)) +
                                            " is refused: " + *lua_problem_);
  }
  if (stopping_) return stopped();
  auto lease = quota_->first_lease(own_float());
  if (!lease) quota_->shed_if_asked();
  if (!lease && spec->quota_wait.count() <= 0) return fail(std::move(lease.error()));
  if (lease) spec->lease = std::move(*lease);
  const bool dedicated = spec->thread == ThreadKind::dedicated;
  const bool named = spec->register_name;
  const std::string name = named ? spec->name : std::string();
  const caf::actor handle = system_->spawn<ScriptActor, caf::hidden>(
      *this, std::move(spec), parent != nullptr ? ActorRef::of(parent) : ActorRef{});
  auto* actor = static_cast<ScriptActor*>(caf::actor_cast<caf::abstract_actor*>(handle));
  ActorRef ref = ActorRef::of(actor);
  // The name comes last: as soon as it can be found, anybody may stop the actor.
  if (dedicated) {
    try {
      actor->dedicate();
    } catch (const std::system_error& error) {
      actor->discard();
      return fail(ErrorCode::io, std::string("cannot start a thread: ") + error.what());
    }
  }
  // The list of live actors holds each of them until it has ended.
  actor->add_ref();
  if (!live_.add(*actor)) {
    actor->release();
    actor->discard();
    return stopped();
  }
  if (named) {
    actor->add_name(name);
    auto added = directory_.add(name, ref);
    if (!added) {
      live_.remove(*actor);
      actor->release();
      actor->discard();
      return fail(std::move(added.error()));
    }
  }
  if (parent != nullptr) parent->adopt(ref);
  actor->begin(from);
  return ref;
}

void Core::post_to_all(MessageKind kind, Instant deadline, bool roots_only) {
  live_.for_each([&](LiveEntry& entry) {
    auto& actor = static_cast<ScriptActor&>(entry);
    if (roots_only && !actor.is_root()) return;
    MessagePtr message(Message::make(kind));
    message->deadline = deadline;
    actor.deliver(std::move(message), nullptr);
  });
}

void Core::request_stop(std::chrono::nanoseconds deadline) {
  stopping_ = true;
  live_.close();
  if (quota_->enforced()) quota_->broker().close_down();
  post_to_all(MessageKind::stop, later(clock_->now(), deadline), true);
}

StopReport Core::stop(std::chrono::nanoseconds deadline) {
  const std::lock_guard lock(stop_mutex_);
  if (report_) return *report_;
  // Waiting is real time even where the actors' clock is a test's.
  const Instant until = later(std::chrono::steady_clock::now(), deadline);
  request_stop(deadline);
  if (!live_.wait_until_empty(until)) {
    killing_ = true;
    post_to_all(MessageKind::kill, kNever, false);
    static_cast<void>(live_.wait_until_empty(std::chrono::steady_clock::now() + kKillGrace));
  }
  StopReport report;
  live_.for_each([&report](LiveEntry& entry) {
    auto& actor = static_cast<ScriptActor&>(entry);
    report.still_running.push_back({ActorRef::of(&actor), std::string(actor.actor_name())});
  });
  report.killed = killed_;
  report.stopped = ended_ - killed_;
  if (report.complete()) settle_quotas();
  HostPort::of(port_).close({ErrorCode::stopped, "the runtime has stopped", {}});
  log_->flush();
  report_ = report;
  return report;
}

/// Those who ran the last turns are about to go to sleep; what sleepers have is taken from them.
void Core::settle_quotas() {
  if (!quota_->enforced()) return;
  constexpr std::chrono::seconds kPatience{1};
  const Instant until = std::chrono::steady_clock::now() + kPatience;
  while (quota_->broker().figures().granted != 0 && std::chrono::steady_clock::now() < until) {
    if (!scheduler_->while_idle([this] { script_threads_->empty_floats(); })) {
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  }
}

bool Core::is_own_thread() {
  if (callbacks_->is_current() || scheduler_->is_worker_thread()) return true;
  const std::lock_guard lock(threads_mutex_);
  return dedicated_.contains(std::this_thread::get_id());
}

void Core::enlist(std::thread::id thread) {
  const std::lock_guard lock(threads_mutex_);
  dedicated_.insert(thread);
}

std::uint32_t Core::next_seed() noexcept {
  if (fixed_seed_ != 0) return fixed_seed_ + seeds_used_.fetch_add(1, std::memory_order_relaxed);
  std::uint32_t seed = 0;
  runtime::fill_random(&seed, sizeof seed);
  return seed;
}

void Core::report_soft_limit(const ActorRef& actor, std::uint64_t used, std::uint64_t limit) {
  if (!options_.on_soft_limit) return;
  callbacks_->post([this, actor, used, limit] { options_.on_soft_limit(actor, used, limit); });
}

void Core::report_collection(const ActorRef& actor, const CollectionResult& collection) {
  if (!options_.on_collection) return;
  callbacks_->post([this, actor, collection] {
    options_.on_collection(actor, collection.before_bytes, collection.after_bytes);
  });
}

void Core::count_end(bool killed, bool was_stopping) noexcept {
  if (!stopping_) return;
  ended_.fetch_add(1, std::memory_order_relaxed);
  if (killed && (was_stopping || killing_)) killed_.fetch_add(1, std::memory_order_relaxed);
}

void Core::retire(std::unique_ptr<DedicatedThread> thread) {
  std::vector<std::unique_ptr<DedicatedThread>> finished;
  {
    const std::lock_guard lock(threads_mutex_);
    dedicated_.erase(thread->id());
    finished.swap(retired_);
    retired_.push_back(std::move(thread));
  }
  // Those were at the end of their run when this one came here; joining them takes no time.
  finished.clear();
}

}  // namespace moonwright::actors
