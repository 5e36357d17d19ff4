// runtime.cpp: the public Runtime on top of the core.
#include "moonwright/runtime.hpp"

#include <utility>

#include "actors/cancelling.hpp"
#include "actors/checkpointing.hpp"
#include "actors/core.hpp"
#include "actors/execution.hpp"
#include "actors/pool.hpp"
#include "actors/reloading.hpp"
#include "actors/script_actor.hpp"
#include "actors/supervisor.hpp"
#include "actors/tree_gatherer.hpp"
#include "runtime/error_value.hpp"

namespace moonwright {

using actors::Address;
using actors::Core;
using actors::HostPort;
using actors::Instant;
using actors::Message;
using actors::MessageKind;
using actors::MessagePtr;
using runtime::Posted;

namespace {

constexpr std::chrono::seconds kDestructorDeadline{5};
/// How long callbacks that are still to run may take when the runtime goes.
constexpr std::chrono::seconds kCallbackDeadline{5};

Error error_of(Posted posted) { return {runtime::code_of(posted), runtime::text_of(posted), {}}; }

Error no_actor() {
  return {ErrorCode::invalid_argument, "the reference is empty: it refers to no actor", {}};
}

/// A message on its way in from C++: encoded once, whatever becomes of it.
struct Outgoing {
  runtime::ByteBuffer bytes;
  runtime::RefList refs;

  [[nodiscard]] Result<void> encode(std::string_view name, Values args,
                                    const MessageLimits& limits) {
    args.insert(args.begin(), Value(name));
    return runtime::encode_values(args, limits, bytes, refs);
  }
};

}  // namespace

class Runtime::Impl {
 public:
  explicit Impl(std::unique_ptr<Core> core) : core_(std::move(core)) {}

  ~Impl() {
    // A thread that never comes back still uses the core; then it is left behind on purpose. So it
    // is where waiting would be waiting for ourselves.
    const bool own_thread = core_->is_own_thread();
    if (own_thread) core_->request_stop(kDestructorDeadline);
    if (own_thread || !core_->stop(kDestructorDeadline).complete() ||
        !core_->callbacks().drain(kCallbackDeadline)) {
      static_cast<void>(core_.release());
    }
  }

  [[nodiscard]] Core& core() noexcept { return *core_; }

  void call(const ActorRef& to, std::string_view name, Values args, const CallOptions& options,
            HostPort::Done done) {
    if (!to) return done(fail(no_actor()));
    if (options.token && options.token->cancelled()) {
      return done(fail(ErrorCode::cancelled, "the request was cancelled before it was sent"));
    }
    if (core_->stopping()) {
      return done(fail(ErrorCode::stopped, "the runtime is stopping"));
    }
    Outgoing message;
    auto encoded = message.encode(name, std::move(args), core_->options().default_limits.message);
    if (!encoded) return done(fail(std::move(encoded.error())));
    HostPort& port = HostPort::of(core_->port());
    const Instant now = core_->clock().now();
    const Instant deadline = actors::later(now, options.timeout);
    actors::CancelWatch watch;
    if (options.token) {
      watch = std::make_shared<actors::CancelWatch::element_type>();
      done = [watch, done = std::move(done)](Result<Values> result) { done(std::move(result)); };
    }
    const std::uint64_t number = port.open(deadline, std::move(done));
    if (number == 0) return;
    const Posted posted =
        Address::of(*to.target())
            .post({core_->port(), number, deadline, message.bytes.view(), message.refs}, nullptr);
    if (posted != Posted::ok) return port.fail_request(number, error_of(posted));
    if (watch == nullptr) return;
    watch->emplace(*options.token, [to, port = core_->port(), number] {
      actors::cancel_request(to, port, number);
    });
  }

  void start_child(const ActorRef& supervisor, const ChildSpec& child, HostPort::Done done) {
    if (!supervisor) return done(fail(no_actor()));
    if (Address::of(*supervisor.target()).kind() != actors::AddressKind::supervisor) {
      return done(fail(ErrorCode::invalid_argument, "the reference is of no supervisor"));
    }
    auto plan = actors::plan_child(*core_, child);
    if (!plan) return done(fail(std::move(plan.error())));
    HostPort& port = HostPort::of(core_->port());
    const std::uint64_t number = port.open(runtime::kNever, std::move(done));
    if (number == 0) return;
    auto posted = actors::post_child(*supervisor.target(), core_->port(), number, runtime::kNever,
                                     std::move(*plan), true, nullptr);
    if (!posted) port.fail_request(number, std::move(posted.error()));
  }

  void collect(const ActorRef& actor, HostPort::Done done) {
    ask(actor, MessageKind::collect, runtime::kNever, std::move(done));
  }

  void ask(const ActorRef& actor, MessageKind kind, Instant deadline, HostPort::Done done) {
    if (!actor) return done(fail(no_actor()));
    MessagePtr message(Message::make(kind));
    message->sender = core_->port();
    message->correlation = HostPort::of(core_->port()).open(deadline, std::move(done));
    if (message->correlation == 0) return;
    // An actor that has ended refuses it, which is an answer too.
    Address::of(*actor.target()).deliver(std::move(message), nullptr);
  }

  /// @param what a script, or an actor.
  template <class What>
  [[nodiscard]] std::future<Result<ReloadReport>> reload(const What& what,
                                                         const ReloadOptions& options) {
    auto promise = std::make_shared<std::promise<Result<ReloadReport>>>();
    auto future = promise->get_future();
    auto begun = actors::reload(*core_, what, options, [promise](Result<ReloadReport> report) {
      promise->set_value(std::move(report));
    });
    if (!begun) promise->set_value(fail(std::move(begun.error())));
    return future;
  }

  [[nodiscard]] Result<void> tell(const ActorRef& to, MessageKind kind, Instant deadline) {
    if (!to) return fail(no_actor());
    MessagePtr message(Message::make(kind));
    message->deadline = deadline;
    if (Address::of(*to.target()).deliver(std::move(message), nullptr)) return {};
    return fail(error_of(Posted::dead));
  }

 private:
  std::unique_ptr<Core> core_;
};

Runtime::Runtime(std::shared_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Runtime::Runtime(Runtime&&) noexcept = default;
Runtime& Runtime::operator=(Runtime&&) noexcept = default;
Runtime::~Runtime() = default;

Result<Runtime> Runtime::start(RuntimeOptions options) {
  auto core = Core::start(std::move(options));
  if (!core) return fail(std::move(core.error()));
  return Runtime(std::make_shared<Impl>(std::move(*core)));
}

Result<ActorRef> Runtime::spawn(SpawnOptions options) {
  return impl_->core().spawn(std::move(options));
}

Result<ActorRef> Runtime::supervise(SupervisorSpec spec) {
  Core& core = impl_->core();
  auto plan = actors::plan_supervisor(core, spec);
  if (!plan) return fail(std::move(plan.error()));
  actors::Supervisor::Setup setup;
  setup.plan = std::move(*plan);
  return actors::Supervisor::launch(core, std::move(setup));
}

std::future<Result<ActorRef>> Runtime::start_child(const ActorRef& supervisor, ChildSpec child) {
  auto promise = std::make_shared<std::promise<Result<ActorRef>>>();
  auto future = promise->get_future();
  impl_->start_child(supervisor, child, [promise](Result<Values> answer) {
    if (!answer) return promise->set_value(fail(std::move(answer.error())));
    promise->set_value(answer->empty() ? ActorRef{} : answer->front().as_ref());
  });
  return future;
}

Result<Pool> Runtime::make_pool(PoolOptions options) {
  Core& core = impl_->core();
  if (core.is_own_thread()) {
    return fail(ErrorCode::invalid_argument,
                "make_pool() waits for the runtime's threads and was called on one of them");
  }
  auto plan = actors::plan_pool(core, std::move(options));
  if (!plan) return fail(std::move(plan.error()));
  std::promise<Result<Values>> promise;
  auto ready = promise.get_future();
  const std::uint64_t number =
      HostPort::of(core.port()).open(runtime::kNever, [&promise](Result<Values> answer) {
        promise.set_value(std::move(answer));
      });
  actors::PoolActor::Setup setup;
  setup.plan = std::move(*plan);
  setup.started = {core.port(), number, runtime::kNever};
  auto pool = actors::PoolActor::launch(core, std::move(setup));
  if (!pool && number != 0) HostPort::of(core.port()).fail_request(number, pool.error());
  auto answer = ready.get();
  if (!answer) return fail(std::move(answer.error()));
  return Pool(std::move(*pool), std::shared_ptr<void>(impl_, &core));
}

std::future<ExecutionResult> Runtime::execute(const Pool& pool, Script script,
                                              PoolExecuteOptions options) {
  return pool.execute(std::move(script), std::move(options));
}

std::vector<DeadLetter> Runtime::dead_letters() const {
  return impl_->core().dead_letters().letters();
}

DeadLetterCounts Runtime::dead_letter_counts() const {
  return impl_->core().dead_letters().counts();
}

Result<void> Runtime::send(const ActorRef& to, std::string_view name, Values args) {
  if (!to) return fail(no_actor());
  Core& core = impl_->core();
  if (core.stopping()) return fail(ErrorCode::stopped, "the runtime is stopping");
  Outgoing message;
  auto encoded = message.encode(name, std::move(args), core.options().default_limits.message);
  if (!encoded) return encoded;
  const Posted posted =
      Address::of(*to.target())
          .post({core.port(), 0, runtime::kNever, message.bytes.view(), message.refs}, nullptr);
  if (posted == Posted::ok) return {};
  return fail(error_of(posted));
}

std::future<Result<Values>> Runtime::call(const ActorRef& to, std::string_view name, Values args,
                                          std::chrono::nanoseconds timeout) {
  return call(to, name, std::move(args), CallOptions{timeout, {}});
}

std::future<Result<Values>> Runtime::call(const ActorRef& to, std::string_view name, Values args,
                                          const CallOptions& options) {
  auto promise = std::make_shared<std::promise<Result<Values>>>();
  auto future = promise->get_future();
  impl_->call(to, name, std::move(args), options,
              [promise](Result<Values> result) { promise->set_value(std::move(result)); });
  return future;
}

void Runtime::call(const ActorRef& to, std::string_view name, Values args,
                   std::chrono::nanoseconds timeout, std::function<void(Result<Values>)> done) {
  call(to, name, std::move(args), CallOptions{timeout, {}}, std::move(done));
}

void Runtime::call(const ActorRef& to, std::string_view name, Values args,
                   const CallOptions& options, std::function<void(Result<Values>)> done) {
  actors::CallbackThread& callbacks = impl_->core().callbacks();
  impl_->call(to, name, std::move(args), options,
              [&callbacks, done = std::move(done)](Result<Values> result) {
                callbacks.post([done, result = std::move(result)] { done(result); });
              });
}

std::future<ExecutionResult> Runtime::execute(Script script, ExecuteOptions options) {
  auto promise = std::make_shared<std::promise<ExecutionResult>>();
  auto future = promise->get_future();
  execute(std::move(script), std::move(options),
          [promise](ExecutionResult result) { promise->set_value(std::move(result)); });
  return future;
}

void Runtime::execute(Script script, ExecuteOptions options,
                      std::function<void(ExecutionResult)> done) {
  actors::execute(impl_->core(), std::move(script), std::move(options), std::move(done));
}

Result<ActorStats> Runtime::stats(const ActorRef& actor) const {
  if (!actor) return fail(no_actor());
  return actors::ScriptActor::stats_of(*actor.target());
}

Result<Health> Runtime::health(const ActorRef& actor) const {
  if (!actor) return fail(no_actor());
  return actors::ScriptActor::health_of(*actor.target());
}

std::future<Result<Checkpoint>> Runtime::checkpoint(const ActorRef& actor) {
  auto promise = std::make_shared<std::promise<Result<Checkpoint>>>();
  auto future = promise->get_future();
  if (!actor || Address::of(*actor.target()).kind() != actors::AddressKind::script) {
    promise->set_value(fail(actor ? Error{ErrorCode::invalid_argument,
                                          "only an actor that runs a script has checkpoints",
                                          {}}
                                  : no_actor()));
    return future;
  }
  MessagePtr message(Message::make(MessageKind::checkpoint));
  message->cargo = std::make_unique<actors::CheckpointOrder>(
      [promise](Result<Checkpoint> taken) { promise->set_value(std::move(taken)); });
  Address::of(*actor.target()).deliver(std::move(message), nullptr);
  return future;
}

Result<void> Runtime::restore(const ActorRef& actor, Checkpoint checkpoint) {
  if (!actor) return fail(no_actor());
  if (!checkpoint || Address::of(*actor.target()).kind() != actors::AddressKind::script) {
    return fail(ErrorCode::invalid_argument,
                checkpoint ? "only an actor that runs a script can be restored"
                           : "the checkpoint is empty");
  }
  MessagePtr message(Message::make(MessageKind::restore, "restored from a checkpoint"));
  message->cargo = std::make_unique<actors::RestoreOrder>(std::move(checkpoint));
  if (Address::of(*actor.target()).deliver(std::move(message), nullptr)) return {};
  return fail(error_of(Posted::dead));
}

std::future<Result<std::uint64_t>> Runtime::passivate(const ActorRef& actor) {
  auto promise = std::make_shared<std::promise<Result<std::uint64_t>>>();
  auto future = promise->get_future();
  impl_->ask(actor, MessageKind::passivate, runtime::kNever, [promise](Result<Values> answer) {
    if (!answer) return promise->set_value(fail(std::move(answer.error())));
    promise->set_value(static_cast<std::uint64_t>(answer->front().as_integer()));
  });
  return future;
}

std::future<Result<ReloadReport>> Runtime::reload(const Script& script,
                                                  const ReloadOptions& options) {
  return impl_->reload(script, options);
}

std::future<Result<ReloadReport>> Runtime::reload(const ActorRef& actor,
                                                  const ReloadOptions& options) {
  return impl_->reload(actor, options);
}

std::vector<ChangedScript> Runtime::reload_changed(const ReloadOptions& options) {
  return actors::reload_changed(impl_->core(), options);
}

EventSubscription Runtime::on_event(EventType type, EventHandler handler) {
  return impl_->core().events().subscribe(actors::mask_of(type), std::move(handler));
}

EventSubscription Runtime::on_event(EventHandler handler) {
  return impl_->core().events().subscribe(actors::kAllEvents, std::move(handler));
}

std::uint64_t Runtime::dropped_events() const { return impl_->core().events().dropped(); }

QuotaStatus Runtime::quota_status() const {
  return impl_->core().quota().status(impl_->core().script_threads());
}

Result<std::uint64_t> Runtime::set_memory_budget(std::uint64_t bytes) {
  return impl_->core().quota().set_budget(bytes);
}

Result<void> Runtime::set_memory_limit(const ActorRef& actor, std::uint64_t bytes) {
  if (!actor) return fail(no_actor());
  MessagePtr message(Message::make(MessageKind::limit));
  message->correlation = bytes;
  if (Address::of(*actor.target()).deliver(std::move(message), nullptr)) return {};
  return fail(error_of(Posted::dead));
}

std::future<Result<CollectionResult>> Runtime::collect(const ActorRef& actor) {
  auto promise = std::make_shared<std::promise<Result<CollectionResult>>>();
  auto future = promise->get_future();
  impl_->collect(actor, [promise](Result<Values> answer) {
    if (!answer) return promise->set_value(fail(std::move(answer.error())));
    const auto bytes = [&answer](std::size_t i) {
      return i < answer->size() ? static_cast<std::uint64_t>((*answer)[i].as_integer()) : 0;
    };
    promise->set_value(CollectionResult{bytes(0), bytes(1)});
  });
  return future;
}

std::future<Result<TaskList>> Runtime::tasks(const ActorRef& actor,
                                             std::chrono::nanoseconds timeout) {
  auto promise = std::make_shared<std::promise<Result<TaskList>>>();
  auto future = promise->get_future();
  const Instant deadline = actors::later(impl_->core().clock().now(), timeout);
  impl_->ask(actor, MessageKind::tasks, deadline, [promise](Result<Values> answer) {
    if (!answer) return promise->set_value(fail(std::move(answer.error())));
    answer->resize(2);
    const auto total = static_cast<std::size_t>((*answer)[1].as_integer());
    promise->set_value(task_list_of((*answer)[0], total));
  });
  return future;
}

std::future<Result<TreeNode>> Runtime::tree(const TreeOptions& options) {
  auto promise = std::make_shared<std::promise<Result<TreeNode>>>();
  auto future = promise->get_future();
  actors::gather_tree(impl_->core(), options,
                      [promise](Result<TreeNode> tree) { promise->set_value(std::move(tree)); });
  return future;
}

std::future<Result<std::vector<CrashReport>>> Runtime::crashes(const ActorRef& supervisor,
                                                               std::chrono::nanoseconds timeout) {
  using Reports = std::vector<CrashReport>;
  auto promise = std::make_shared<std::promise<Result<Reports>>>();
  auto future = promise->get_future();
  if (supervisor && Address::of(*supervisor.target()).kind() != actors::AddressKind::supervisor) {
    promise->set_value(fail(ErrorCode::invalid_argument, "the reference is of no supervisor"));
    return future;
  }
  impl_->call(supervisor, "crashes", {}, CallOptions{timeout, {}},
              [promise](Result<Values> answer) {
                if (!answer) return promise->set_value(fail(std::move(answer.error())));
                Reports reports;
                answer->resize(1);
                for (const Value& each : answer->front().as_table().elements()) {
                  reports.push_back(crash_report_of(each));
                }
                promise->set_value(std::move(reports));
              });
  return future;
}

void Runtime::profile_cpu(const CpuProfiler& profiler) {
  impl_->core().watchdog().profilers().add(profiler, actors::CpuProfilers::kEverybody);
}

Result<void> Runtime::profile_cpu(const CpuProfiler& profiler, const ActorRef& actor) {
  if (!actor) return fail(no_actor());
  return actors::ScriptActor::profile(*actor.target(), profiler);
}

Result<void> Runtime::profile_memory(const MemoryProfiler& profiler, const ActorRef& actor) {
  if (!actor) return fail(no_actor());
  return actors::ScriptActor::profile(*actor.target(), profiler);
}

Result<void> Runtime::expose(std::string_view name, HostFunction function) {
  return impl_->core().host_modules().expose(name, std::move(function));
}

Result<void> Runtime::stop_actor(const ActorRef& actor, std::chrono::nanoseconds deadline) {
  return impl_->tell(actor, MessageKind::stop,
                     actors::later(impl_->core().clock().now(), deadline));
}

Result<void> Runtime::cancel_actor(const ActorRef& actor) {
  return impl_->tell(actor, MessageKind::cancel, runtime::kNever);
}

Result<void> Runtime::kill_actor(const ActorRef& actor) {
  return impl_->tell(actor, MessageKind::kill, runtime::kNever);
}

Result<void> Runtime::recycle(const ActorRef& actor, bool forced) {
  if (!actor) return fail(no_actor());
  return actors::ScriptActor::recycle(*actor.target(), forced, "on request", nullptr);
}

Result<ActorRef> Runtime::whereis(std::string_view name) const {
  ActorRef ref = impl_->core().directory().find(name);
  if (ref) return ref;
  return fail(ErrorCode::not_found, "no actor is registered as '" + std::string(name) + "'");
}

std::size_t Runtime::actor_count() const { return impl_->core().live().count(); }

Result<StopReport> Runtime::stop(std::chrono::nanoseconds deadline) {
  if (impl_->core().is_own_thread()) {
    return fail(ErrorCode::invalid_argument,
                "stop() waits for the runtime's threads and was called on one of them");
  }
  return impl_->core().stop(deadline);
}

}  // namespace moonwright
