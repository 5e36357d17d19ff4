// core.cpp: starting and stopping.
#include "actors/core.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <exception>
#include <utility>

#include "actors/caf_scheduler.hpp"
#include "actors/file_module.hpp"
#include "actors/limit_checks.hpp"
#include "actors/script_actor.hpp"
#include "runtime/entropy.hpp"
#include "runtime/lua_probe.hpp"

namespace moonwright::actors {
namespace {

/// How long actors that were killed may take to notice, beyond the deadline of stop().
constexpr std::chrono::milliseconds kKillGrace{1'000};

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
      began_(clock_->now()),
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
  if (const std::string& path = core->options_.control_socket; !path.empty()) {
    auto control = ControlSocket::open(*core, path);
    if (!control) return fail(std::move(control.error()));
    core->control_socket_ = std::move(*control);
  }
  return core;
}

void Core::start_threads(const CoreSeams& seams) {
  callbacks_ = std::make_unique<CallbackThread>();
  events_ = std::make_shared<EventHub>(*clock_, *callbacks_, *log_, options_.event_queue_max);
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
  if (events_) events_->close();
  // Everybody has ended, or stop() has left the whole core behind and we are not here.
  if (port_) HostPort::of(port_).close({ErrorCode::stopped, "the runtime has stopped", {}});
  control_socket_.reset();
  for (const auto& thread : retired_) thread->join();
  retired_.clear();
  if (callbacks_) callbacks_->stop();
  owned_scheduler_.reset();
  script_threads_.reset();
  watchdog_.reset();
  system_.reset();
  if (timers_) timers_->stop();
}

void Core::post_to_all(MessageKind kind, Instant deadline, bool roots_only) {
  live_.for_each([&](LiveEntry& entry) {
    auto& actor = static_cast<ActorBase&>(entry);
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
    auto& actor = static_cast<ActorBase&>(entry);
    report.still_running.push_back({ActorRef::of(&actor), std::string(actor.actor_name())});
  });
  report.killed = killed_;
  report.stopped = ended_ - killed_;
  if (report.complete()) settle_quotas();
  HostPort::of(port_).close({ErrorCode::stopped, "the runtime has stopped", {}});
  // What hangs in the end is asked about until here.
  control_socket_.reset();
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

ActorRef Core::find_actor(std::uint64_t id) {
  ActorRef found;
  live_.for_each([&](LiveEntry& entry) {
    auto& actor = static_cast<ActorBase&>(entry);
    if (actor.id() == id) found = ActorRef::of(&actor);
  });
  return found;
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

void Core::report_give_up(const ActorRef& supervisor, const std::string& why) {
  if (!options_.on_give_up) return;
  callbacks_->post([this, supervisor, why] { options_.on_give_up(supervisor, why); });
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
