// actor_host.cpp: see actor_host.hpp.
#include "actors/actor_host.hpp"

#include <utility>

#include "actors/core.hpp"
#include "actors/file_module.hpp"
#include "actors/pool.hpp"
#include "actors/reloading.hpp"
#include "actors/script_actor.hpp"
#include "actors/supervisor.hpp"
#include "moonwright/bytes.hpp"
#include "runtime/memory_sampler.hpp"

namespace moonwright::actors {

/// Names that one actor can have.
constexpr std::size_t kNamesMax = 100;

using runtime::Encoder;
using runtime::ReplyTo;

Instant ActorHost::now() const noexcept { return actor_.core().clock().now(); }
Instant ActorHost::coarse_now() const noexcept { return actor_.core().clock().coarse_now(); }
const detail::RefTarget* ActorHost::self() const noexcept { return &actor_; }
std::string_view ActorHost::name() const noexcept { return actor_.current_name(); }

Posted ActorHost::post(const detail::RefTarget& to, std::uint64_t correlation, Instant deadline,
                       const Encoder& payload, bool granted) noexcept {
  Letter letter{ActorRef::of(&actor_), correlation,    deadline,
                payload.bytes(),       payload.refs(), granted,
                actor_.memory_float()};
  // Only commands to supervisors and pools ask for it, and finding out takes a while.
  const AddressKind kind = Address::of(to).kind();
  const bool asks = kind == AddressKind::supervisor || kind == AddressKind::pool;
  if (asks && controls(to)) letter.privileged = true;
  return Address::of(to).post(std::move(letter), actor_.unit());
}

void ActorHost::reply(ReplyTo& to, const Encoder& payload) noexcept {
  MessagePtr message(Message::make(MessageKind::reply, payload.bytes(), payload.refs()));
  message->correlation = std::exchange(to.correlation, 0);
  Address::of(*to.sender.target()).deliver(std::move(message), actor_.unit());
}

void ActorHost::refuse(ReplyTo& to, const Error& error) noexcept {
  // Once the actor has ended, that is the reason for everything which it leaves undone.
  const Error* last = actor_.last_error();
  actors::refuse(to, last != nullptr ? *last : error, actor_.unit());
}

void ActorHost::refuse_with_value(ReplyTo& to, const Error& error, const Encoder& value) noexcept {
  actors::refuse(to, error, actor_.unit(), value.bytes(), value.refs());
}

void ActorHost::bury(DeadLetterKind kind, runtime::MessageNote note, const Error& error) noexcept {
  actor_.bury(kind, actor_.incarnation(), std::move(note), error);
}

bool ActorHost::must_die() noexcept { return actor_.must_die(); }

void ActorHost::soft_limit(std::uint64_t used, std::uint64_t limit) noexcept {
  actor_.core().report_soft_limit(ActorRef::of(&actor_), used, limit);
  actor_.tell(EventType::warning, "memory", [&](Event& event) {
    event.text = "memory at " + format_bytes(used) + " of " + format_bytes(limit);
    event.figures = {{"used_bytes", static_cast<std::int64_t>(used)},
                     {"limit_bytes", static_cast<std::int64_t>(limit)}};
  });
}

void ActorHost::resource_low(std::string_view resource, double fraction) noexcept {
  actor_.tell(EventType::warning, resource, [&](Event& event) {
    event.figures = {{"fraction", fraction}};
  });
}

void ActorHost::chunk_returned() noexcept {
  actor_.begun();
  actor_.note_ready();
}

void ActorHost::failed(const Error& error, std::string_view message) noexcept {
  actor_.tell(EventType::error, to_string(error.code), [&](Event& event) {
    event.text = error.message;
    if (!message.empty()) event.figures.set("message", message);
  });
}

void ActorHost::limited(const Error& error, std::string_view message) noexcept {
  actor_.tell(EventType::limit, to_string(error.code), [&](Event& event) {
    event.text = error.message;
    if (!message.empty()) event.figures.set("message", message);
  });
}

Result<void> ActorHost::subscribe_events(std::uint64_t number, std::uint32_t types) noexcept {
  actor_.core().events().subscribe(ActorRef::of(&actor_), number, types);
  return {};
}

Result<void> ActorHost::recycle(const detail::RefTarget& target, bool forced) noexcept {
  return ScriptActor::recycle(target, forced, "on request", actor_.unit());
}

Result<std::uint32_t> ActorHost::reload(const detail::RefTarget* actor, const std::string& file,
                                        bool forced) noexcept {
  const ReloadOptions options{forced};
  if (actor == nullptr) return actors::reload(actor_.core(), Script::file(file), options, nullptr);
  return actors::reload(actor_.core(), ActorRef::of(&Address::of(*actor)), options, nullptr);
}

std::string ActorHost::quota_shortage() const noexcept { return actor_.core().quota().shortage(0); }

std::vector<DeadLetter> ActorHost::dead_letters() const noexcept {
  return actor_.core().dead_letters().letters();
}

DeadLetterCounts ActorHost::dead_letter_counts() const noexcept {
  return actor_.core().dead_letters().counts();
}

QuotaStatus ActorHost::quota_status() const noexcept {
  Core& core = actor_.core();
  if (actor_.plan().grants.trusted()) return core.quota().status(core.script_threads());
  QuotaStatus own;
  own.enforced = core.quota().enforced();
  own.actors.push_back(actor_.quota_row(core.clock().now()));
  return own;
}

void ActorHost::collected(std::uint64_t before, std::uint64_t after) noexcept {
  actor_.core().report_collection(ActorRef::of(&actor_), {before, after});
}

void ActorHost::sample_cpu(const runtime::CpuSample& sample) noexcept {
  actor_.core().watchdog().profilers().take(actor_.id(), name(), sample);
}

bool ActorHost::sample_memory(lua_State* running, std::uint64_t used_bytes,
                              std::string_view label) noexcept {
  runtime::MemorySampler* const sampler = actor_.memory_sampler();
  if (sampler == nullptr) return false;
  const Instant now = actor_.core().clock().now();
  if (label.empty() && !sampler->due(now)) return false;
  sampler->note(now, used_bytes, runtime::stack_depth(running, runtime::Runner::current()), label);
  return true;
}

void ActorHost::memory_milestone(std::uint64_t used_bytes, std::string_view label) noexcept {
  runtime::MemorySampler* const sampler = actor_.memory_sampler();
  if (sampler != nullptr) sampler->milestone(actor_.core().clock().now(), used_bytes, label);
}

Result<void> ActorHost::profile(const detail::RefTarget& target,
                                const CpuProfiler& profiler) noexcept {
  return ScriptActor::profile(target, profiler);
}

Result<void> ActorHost::profile(const detail::RefTarget& target,
                                const MemoryProfiler& profiler) noexcept {
  auto begun = ScriptActor::profile(target, profiler);
  // Its own message would come after what it does now.
  if (begun && &target == self()) actor_.take_offered_profiler();
  return begun;
}

void ActorHost::wake_at(Instant when) noexcept { actor_.wake_at(when); }

Result<ActorRef> ActorHost::spawn(runtime::SpawnRequest request) noexcept {
  return actor_.core().spawn(std::move(request), actor_);
}

Result<ActorRef> ActorHost::supervise(runtime::ChildRequest request) noexcept {
  auto plan = plan_supervisor(actor_.core(), request, actor_);
  if (!plan) return fail(std::move(plan.error()));
  Supervisor::Setup setup;
  setup.plan = std::move(*plan);
  setup.parent = &actor_;
  if (request.started != 0) setup.started = {ActorRef::of(&actor_), request.started, kNever};
  setup.from = actor_.unit();
  return Supervisor::launch(actor_.core(), std::move(setup));
}

Result<void> ActorHost::order_child(const detail::RefTarget& supervisor, std::uint64_t correlation,
                                    Instant deadline, runtime::ChildRequest request,
                                    bool granted) noexcept {
  auto plan = plan_child(actor_.core(), request, actor_);
  if (!plan) return fail(std::move(plan.error()));
  return post_child(supervisor, ActorRef::of(&actor_), correlation, deadline, std::move(*plan),
                    granted || controls(supervisor), actor_.unit());
}

Result<ActorRef> ActorHost::make_pool(runtime::PoolRequest request) noexcept {
  PoolOptions options = std::move(request.pool);
  auto plan = plan_pool(actor_.core(), std::move(options), request, actor_);
  if (!plan) return fail(std::move(plan.error()));
  PoolActor::Setup setup;
  setup.plan = std::move(*plan);
  setup.parent = &actor_;
  if (request.started != 0) setup.started = {ActorRef::of(&actor_), request.started, kNever};
  setup.from = actor_.unit();
  return PoolActor::launch(actor_.core(), std::move(setup));
}

bool ActorHost::is_supervisor(const detail::RefTarget& target) const noexcept {
  return Address::of(target).kind() == AddressKind::supervisor;
}

Result<void> ActorHost::register_name(std::string_view name) noexcept {
  // Names outlive an incarnation: the next one finds its own.
  if (actor_.has_name(name)) return {};
  if (actor_.names_count() >= kNamesMax) {
    return fail(ErrorCode::overload, "an actor has at most 100 names");
  }
  auto added = actor_.core().directory().add(name, ActorRef::of(&actor_));
  if (added) actor_.add_name(std::string(name));
  return added;
}

ActorRef ActorHost::whereis(std::string_view name) const noexcept {
  return actor_.core().directory().find(name);
}

void ActorHost::monitor(const detail::RefTarget& target, std::uint64_t number) noexcept {
  MessagePtr message(Message::make(MessageKind::monitor));
  message->sender = ActorRef::of(&actor_);
  message->correlation = number;
  Address::of(target).deliver(std::move(message), actor_.unit());
}

void ActorHost::demonitor(const detail::RefTarget& target, std::uint64_t number) noexcept {
  MessagePtr message(Message::make(MessageKind::demonitor));
  message->sender = ActorRef::of(&actor_);
  message->correlation = number;
  Address::of(target).deliver(std::move(message), actor_.unit());
}

void ActorHost::link(const detail::RefTarget& target, bool linked) noexcept {
  actor_.change_link(ActorRef::of(&target), linked);
}

void ActorHost::trap(bool traps) noexcept { actor_.set_trapping(traps); }

bool ActorHost::controls(const detail::RefTarget& target) const noexcept {
  if (actor_.plan().grants.trusted() || &target == self()) return true;
  const Address& address = Address::of(target);
  return address.kind() != AddressKind::port &&
         static_cast<const ActorBase&>(address).descends_from(actor_.id());
}

bool ActorHost::descends_from(const detail::RefTarget& target) const noexcept {
  return actor_.descends_from(target.id());
}

void ActorHost::stop(const detail::RefTarget& target, Instant deadline) noexcept {
  MessagePtr message(Message::make(MessageKind::stop));
  message->deadline = deadline;
  Address::of(target).deliver(std::move(message), actor_.unit());
}

void ActorHost::kill(const detail::RefTarget& target) noexcept {
  Address::of(target).deliver(MessagePtr(Message::make(MessageKind::kill)), actor_.unit());
}

bool ActorHost::logs(LogLevel level) const noexcept {
  const auto& capture = actor_.capture();
  return actor_.core().log().enabled(level) || (capture != nullptr && capture->wants(level));
}

void ActorHost::log(LogLevel level, std::string_view text) noexcept {
  if (logs(level) && actor_.admits_output(text.size())) report(level, text);
}

void ActorHost::report(LogLevel level, std::string_view text) noexcept {
  if (const auto& capture = actor_.capture()) capture->log(level, text);
  actor_.core().log().write({level, actor_.actor_name(), actor_.id(), text});
}

void ActorHost::print(std::string_view line) noexcept {
  const auto& capture = actor_.capture();
  if (capture != nullptr && capture->print(line)) return;
  const auto& output = actor_.core().options().output;
  if (output && actor_.admits_output(line.size())) output(actor_.actor_name(), line);
}

std::string ActorHost::name_of(const detail::RefTarget& target) const noexcept {
  const Address& address = Address::of(target);
  if (address.kind() == AddressKind::port) return {};
  return std::string(static_cast<const ActorBase&>(address).actor_name());
}

void ActorHost::ask_tasks(const detail::RefTarget& target, std::uint64_t correlation) noexcept {
  ask(MessageKind::tasks, target, correlation);
}

void ActorHost::ask_checkpoint(const detail::RefTarget& target,
                               std::uint64_t correlation) noexcept {
  ask(MessageKind::checkpoint, target, correlation);
}

void ActorHost::ask_passivation(const detail::RefTarget& target,
                                std::uint64_t correlation) noexcept {
  ask(MessageKind::passivate, target, correlation);
}

void ActorHost::ask(MessageKind kind, const detail::RefTarget& target,
                    std::uint64_t correlation) noexcept {
  MessagePtr message(Message::make(kind));
  if (correlation != 0) message->sender = ActorRef::of(&actor_);
  message->correlation = correlation;
  Address::of(target).deliver(std::move(message), actor_.unit());
}

Result<ActorStats> ActorHost::stats(const detail::RefTarget& target) const noexcept {
  return ScriptActor::stats_of(target);
}

Result<std::shared_ptr<const runtime::Code>> ActorHost::find_module(
    std::string_view name) noexcept {
  auto found = actor_.core().scripts().load_module(name, actor_.plan().source.get());
  if (found || found.error().code != ErrorCode::not_found) return found;
  if (name != kFileModule && actor_.core().host_modules().find(name) == nullptr) return found;
  return fail(ErrorCode::denied, "module '" + std::string(name) +
                                     "' is a capability that this actor was not given "
                                     "(sandbox = { capabilities = ... })");
}

std::shared_ptr<const runtime::HostModule> ActorHost::host_module(
    std::string_view name) const noexcept {
  const Grants grants = actor_.grants();
  if (grants.trusted()) {
    Core& core = actor_.core();
    return name == kFileModule ? core.all_files() : core.host_modules().find(name);
  }
  if (grants.capabilities == nullptr) return nullptr;
  const auto at = grants.capabilities->modules.find(name);
  return at == grants.capabilities->modules.end() ? nullptr : at->second;
}

}  // namespace moonwright::actors
