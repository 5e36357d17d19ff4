// sim_core.cpp: see sim_core.hpp.
#include "sim_core.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <future>
#include <utility>

#include "actors/cancelling.hpp"
#include "actors/checkpointing.hpp"
#include "actors/execution.hpp"
#include "actors/pool.hpp"
#include "actors/pool_order.hpp"
#include "actors/supervisor.hpp"

namespace moonwright::actors {

bool Answers::deliver(MessagePtr message, caf::execution_unit*) noexcept {
  auto values = runtime::decode_values(message->bytes(), message->ref_list());
  if (message->kind == MessageKind::down) {
    downs_.emplace_back((*values)[0].as_string());
  } else if (message->kind == MessageKind::failure && values) {
    answers_[message->correlation].push_back(fail(static_cast<ErrorCode>((*values)[0].as_integer()),
                                                  std::string((*values)[1].as_string()),
                                                  std::string((*values)[2].as_string())));
  } else {
    answers_[message->correlation].push_back(std::move(values));
  }
  return true;
}

RuntimeOptions quiet_options() {
  RuntimeOptions options;
  options.log.target = LogOptions::Target::none;
  return options;
}

RuntimeOptions printing_options(std::vector<std::string>& lines) {
  RuntimeOptions options = quiet_options();
  options.output = [&lines](std::string_view, std::string_view line) {
    lines.emplace_back(line.substr(0, line.size() - 1));
  };
  return options;
}

ChildSpec child_spec(std::string id, std::string source) {
  ChildSpec spec;
  spec.spawn.script = Script::text(std::move(source), "worker");
  spec.spawn.name = id;
  spec.id = std::move(id);
  return spec;
}

SimCore::SimCore(RuntimeOptions options, std::uint32_t seed) {
  if (seed != 1) scheduler_.shuffle(seed);
  options.workers = 1;
  CoreSeams seams;
  seams.clock = &clock_;
  seams.scheduler = &scheduler_;
  seams.seed = seed;
  auto core = Core::start(std::move(options), seams);
  if (!core) std::abort();
  core_ = std::move(*core);
}

SimCore::~SimCore() {
  // Whatever is still in the middle of something gets the time for it.
  auto stopped =
      std::async(std::launch::async, [this] { return core_->stop(std::chrono::seconds(60)); });
  while (stopped.wait_for(std::chrono::microseconds(100)) != std::future_status::ready) {
    advance(std::chrono::seconds(1));
  }
  run();
}

ActorRef SimCore::spawn(std::string source, SpawnOptions options) {
  if (options.script.empty()) options.script = Script::text(std::move(source), "test");
  auto ref = core_->spawn(std::move(options));
  if (ref) return *ref;
  ADD_FAILURE() << ref.error().message;
  return {};
}

ActorRef SimCore::supervise(const SupervisorSpec& spec) {
  auto plan = plan_supervisor(*core_, spec);
  if (!plan) {
    ADD_FAILURE() << plan.error().message;
    return {};
  }
  Supervisor::Setup setup;
  setup.plan = std::move(*plan);
  auto ref = Supervisor::launch(*core_, std::move(setup));
  if (ref) return *ref;
  ADD_FAILURE() << ref.error().message;
  return {};
}

ActorRef SimCore::supervise(ChildSpec child) {
  const std::string name = child.spawn.name;
  SupervisorSpec spec;
  spec.children.push_back(std::move(child));
  static_cast<void>(supervise(spec));
  run();
  return find(name);
}

ActorRef SimCore::make_pool(PoolOptions options, const Answers* started) {
  auto plan = plan_pool(*core_, std::move(options));
  if (!plan) {
    ADD_FAILURE() << plan.error().message;
    return {};
  }
  PoolActor::Setup setup;
  setup.plan = std::move(*plan);
  if (started != nullptr) setup.started = {started->ref(), 1, kNever};
  auto ref = PoolActor::launch(*core_, std::move(setup));
  if (ref) return *ref;
  ADD_FAILURE() << ref.error().message;
  return {};
}

void SimCore::advance(std::chrono::nanoseconds time) {
  // In order: what happens on the way sees the time at which it happens.
  const Instant until = clock_.now() + time;
  run();
  for (;;) {
    const Instant next = core_->timers().earliest();
    if (next > until) break;
    if (next > clock_.now()) clock_.set(next);
    core_->timers().run_due();
    run();
  }
  clock_.set(until);
}

Posted SimCore::request(Answers& answers, std::uint64_t number, const ActorRef& to,
                        std::string_view name, Values args, Instant deadline) {
  args.insert(args.begin(), Value(name));
  runtime::ByteBuffer bytes;
  runtime::RefList refs;
  if (!runtime::encode_values(args, MessageLimits{}, bytes, refs)) std::abort();
  return Address::of(*to.target())
      .post({answers.ref(), number, deadline, bytes.view(), refs}, nullptr);
}

Result<Values> SimCore::ask(const ActorRef& to, std::string_view name, Values args) {
  const std::uint64_t number = ++asked_;
  const Posted posted = request(own_answers_, number, to, name, std::move(args));
  if (posted != Posted::ok) return fail(ErrorCode::dead, "not even posted");
  while (own_answers_.to(number).empty() && scheduler_.run_one()) {
  }
  const auto& answers = own_answers_.to(number);
  if (answers.empty()) return fail(ErrorCode::timeout, "everybody is idle");
  return answers.front();
}

Posted SimCore::send(const ActorRef& to, std::string_view name, Values args) {
  return request(own_answers_, 0, to, name, std::move(args));
}

void SimCore::tell(const ActorRef& actor, MessageKind kind, Instant deadline, const Answers* sender,
                   std::uint64_t number) {
  MessagePtr message(Message::make(kind));
  message->deadline = deadline;
  message->correlation = number;
  if (sender != nullptr) message->sender = sender->ref();
  Address::of(*actor.target()).deliver(std::move(message), nullptr);
}

void SimCore::stop(const ActorRef& actor, std::chrono::nanoseconds deadline) {
  tell(actor, MessageKind::stop, clock_.now() + deadline);
}

void SimCore::kill(const ActorRef& actor) { tell(actor, MessageKind::kill, kNever); }

void SimCore::monitor(const Answers& watcher, std::uint64_t number, const ActorRef& target) {
  tell(target, MessageKind::monitor, kNever, &watcher, number);
}

void SimCore::demonitor(const Answers& watcher, std::uint64_t number, const ActorRef& target) {
  tell(target, MessageKind::demonitor, kNever, &watcher, number);
}

void SimCore::checkpoint(const ActorRef& actor, std::function<void(Result<Checkpoint>)> done) {
  MessagePtr message(Message::make(MessageKind::checkpoint));
  message->cargo = std::make_unique<CheckpointOrder>(std::move(done));
  Address::of(*actor.target()).deliver(std::move(message), nullptr);
}

void SimCore::restore(const ActorRef& actor, Checkpoint checkpoint) {
  MessagePtr message(Message::make(MessageKind::restore, "test"));
  message->cargo = std::make_unique<RestoreOrder>(std::move(checkpoint));
  Address::of(*actor.target()).deliver(std::move(message), nullptr);
}

std::uint64_t SimCore::execute(const ActorRef& pool, std::string source, std::string owner,
                               std::function<void(ExecutionResult)> done) {
  auto code = core_->scripts().load(Script::text(std::move(source), "stranger"), true);
  if (!code) std::abort();
  const std::uint64_t number = PoolActor::of(pool).next_order();
  auto execution = std::make_unique<Execution>("", nullptr, std::move(done));
  runtime::ByteBuffer bytes;
  runtime::RefList refs;
  if (!runtime::encode_values({}, MessageLimits{}, bytes, refs)) std::abort();
  Letter letter{{}, 0, kNever, bytes.view(), refs};
  letter.kind = MessageKind::execute;
  letter.cargo = std::make_unique<PoolOrder>((*code)->newest().code, number, std::move(owner),
                                             std::move(execution));
  // What has not been taken says so when it goes.
  static_cast<void>(Address::of(*pool.target()).post(std::move(letter), nullptr));
  return number;
}

void SimCore::cancel_execution(const ActorRef& pool, std::uint64_t number) {
  cancel_request(pool, {}, number);
}

StopReport SimCore::stop_all(std::chrono::nanoseconds deadline) {
  // Waiting is another thread's, so that this one can go on taking turns.
  auto report = std::async(std::launch::async, [this, deadline] { return core_->stop(deadline); });
  while (report.wait_for(std::chrono::microseconds(100)) != std::future_status::ready) run();
  return report.get();
}

bool SimCore::ended(const ActorRef& actor) const {
  return ScriptActor::of(actor).last_error() != nullptr;
}

}  // namespace moonwright::actors
