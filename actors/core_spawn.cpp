// core_spawn.cpp: from what was asked for to an actor.
#include <algorithm>
#include <system_error>
#include <utility>

#include "actors/cancelling.hpp"
#include "actors/core.hpp"
#include "actors/limit_checks.hpp"
#include "actors/script_actor.hpp"
#include "moonwright/profiles.hpp"

namespace moonwright::actors {
namespace {

std::string base_name(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

ActorName name_of(SpawnOptions& options) {
  if (options.name.empty()) return {base_name(options.script.name()), false};
  return {std::move(options.name), true};
}

Error is_stopping() {
  return {ErrorCode::stopped, "the runtime is stopping and starts no more actors", {}};
}

}  // namespace

Result<SpawnPlan> Core::plan(SpawnOptions& options, MessagePtr& start) {
  SpawnPlan plan;
  auto grants = grant(options.sandbox, grant_sources(), nullptr);
  if (!grants) return fail(std::move(grants.error()));
  plan.grants = std::move(*grants);
  plan.limits = options.limits.value_or(options_.default_limits);
  plan.mailbox = options.mailbox.value_or(options_.default_mailbox);
  plan.thread = options.thread;
  plan.chunk_return = options.chunk_return;
  plan.limits_cover_chunk = options.limits_cover_chunk;
  plan.on_error = options.on_error.value_or(OnError::report);
  plan.quota_wait = options.quota_wait;
  plan.checkpoint_every = options.checkpoint_every;
  plan.checkpoint_file = options.checkpoint_file;
  plan.passivate_after = options.passivate_after;
  // A host may run any file it likes; the root only says where relative paths begin.
  auto source = scripts_->load(options.script, true);
  if (!source) return fail(std::move(source.error()));
  plan.source = std::move(*source);
  plan.name = name_of(options);
  runtime::ByteBuffer bytes;
  runtime::RefList refs;
  auto encoded = runtime::encode_values(options.args, plan.limits.message, bytes, refs);
  if (!encoded) return fail(std::move(encoded.error()));
  start.reset(Message::make(MessageKind::start, bytes.view(), refs));
  return check_plan(std::move(plan));
}

Result<SpawnPlan> Core::plan(runtime::SpawnRequest& request, ScriptActor& spawner) {
  SpawnPlan own = spawner.plan();
  own.grants = spawner.grants();
  own.limits = spawner.limits();
  const bool trusted = own.grants.trusted();
  SpawnOptions& options = request.options;
  SpawnPlan plan;
  auto grants = grant(options.sandbox, grant_sources(), &own.grants);
  if (!grants) return fail(std::move(grants.error()));
  plan.grants = std::move(*grants);
  auto limits = limits_of(request.limits.profile);
  if (!limits) return fail(std::move(limits.error()));
  plan.limits = *limits;
  plan.mailbox = options_.default_mailbox;
  // What comes with a profile or by default is lowered; what is asked for itself is refused.
  if (!trusted) bound_by(own, plan);
  request.limits.apply_to(plan.limits);
  if (options.mailbox) plan.mailbox = *options.mailbox;
  if (auto problem = trusted ? std::nullopt : excess_of(plan, own)) {
    return fail(std::move(*problem));
  }
  plan.thread = options.thread;
  plan.on_error = options.on_error.value_or(OnError::report);
  plan.quota_wait = options.quota_wait;
  plan.checkpoint_every = options.checkpoint_every;
  plan.checkpoint_file = options.checkpoint_file;
  plan.passivate_after = options.passivate_after;
  // The spawner pays for it, with its time and what it may use at once.
  runtime::CompileBudget budget;
  if (!trusted) {
    budget.memory_bytes_max = std::min(budget.memory_bytes_max, own.limits.memory_bytes_max);
  }
  budget.go_on = [&spawner](std::size_t bytes) { return spawner.may_compile(bytes); };
  auto source = scripts_->load(options.script, trusted, budget);
  if (!source) return fail(std::move(source.error()));
  plan.source = std::move(*source);
  plan.name = name_of(options);
  return check_plan(std::move(plan));
}

Result<SpawnPlan> Core::check_plan(SpawnPlan plan) const {
  if (auto problem = problem_with(plan)) return fail(std::move(*problem));
  if (lua_problem_ && !plan.grants.trusted()) {
    return fail(ErrorCode::unsupported, "sandbox level " +
                                            std::string(to_string(plan.grants.level)) +
                                            " is refused: " + *lua_problem_);
  }
  return plan;
}

Result<ActorRef> Core::spawn(SpawnOptions options, std::optional<SpawnExtras> extras) {
  CancelWatch watch;
  if (options.token) {
    if (options.token->cancelled()) {
      return fail(ErrorCode::cancelled, "the actor was cancelled before it was started");
    }
    if (!extras) extras.emplace();
    extras->watch = watch = std::make_shared<CancelWatch::element_type>();
  }
  if (options.on_exit) {
    if (!extras) extras.emplace();
    extras->on_end = [on_exit = std::move(options.on_exit)](
                         const ActorExit& exit, const runtime::Usage&) { on_exit(exit); };
  }
  MessagePtr start;
  auto planned = plan(options, start);
  if (!planned) return fail(std::move(planned.error()));
  ActorName name = std::move(planned->name);
  auto spec = std::make_unique<SpawnSpec>(std::move(*planned));
  spec->start = std::move(start);
  if (extras) spec->extras = std::make_unique<SpawnExtras>(std::move(*extras));
  auto actor = launch(std::move(spec), std::move(name), nullptr, nullptr);
  if (actor && watch != nullptr) {
    watch->emplace(*options.token, [actor = *actor] { cancel_actor(actor); });
  }
  return actor;
}

Result<ActorRef> Core::spawn(runtime::SpawnRequest request, ScriptActor& spawner) {
  auto place = find_place(spawner.subtree());
  if (!place) return fail(std::move(place.error()));
  auto planned = plan(request, spawner);
  if (!planned) return fail(std::move(planned.error()));
  ActorName name = std::move(planned->name);
  auto spec = std::make_unique<SpawnSpec>(std::move(*planned));
  if (spawner.capture() != nullptr) spec->more().capture = spawner.capture();
  spec->place = std::move(*place);
  spec->start = std::move(request.start);
  if (request.started != 0) {
    spec->started = {ActorRef::of(&spawner), request.started, kNever};
  }
  return launch(std::move(spec), std::move(name), request.detached ? nullptr : &spawner,
                spawner.unit());
}

Result<SubtreePlace> Core::find_place(const std::shared_ptr<Subtree>& subtree) const {
  if (subtree == nullptr) return SubtreePlace();
  SubtreePlace place = SubtreePlace::take(subtree);
  if (place.subtree() != nullptr) return place;
  return fail(ErrorCode::overload,
              "no more actors: the spawner, or one that it descends from, has as many live ones as "
              "it may (limits.actors, here " +
                  std::to_string(subtree->bounds().actors_max) + ")");
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

Result<ActorRef> Core::launch(std::unique_ptr<SpawnSpec> spec, ActorName name, ActorBase* parent,
                              caf::execution_unit* from) {
  if (stopping_) return fail(is_stopping());
  auto lease = quota_->first_lease(own_float());
  if (!lease) quota_->shed_if_asked();
  if (!lease && spec->plan->quota_wait.count() <= 0) return fail(std::move(lease.error()));
  if (lease) spec->lease = std::move(*lease);
  const bool supervised = spec->supervised != nullptr;
  const bool dedicated = spec->plan->thread == ThreadKind::dedicated;
  const std::string registered = name.registered ? name.text : std::string();
  MessagePtr start = std::move(spec->start);
  ActorRef ref = ScriptActor::make(*this, std::move(spec), std::move(name.text), parent);
  auto* const actor = &ScriptActor::of(ref);
  // The name comes last: as soon as it can be found, anybody may stop the actor.
  if (dedicated) {
    try {
      actor->dedicate();
    } catch (const std::system_error& error) {
      actor->discard();
      return fail(ErrorCode::io, std::string("cannot start a thread: ") + error.what());
    }
  }
  if (auto admitted = admit(*actor, registered); !admitted)
    return fail(std::move(admitted.error()));
  if (parent != nullptr && !supervised) parent->adopt(ref);
  actor->take_level();
  actor->begin(std::move(start), from);
  return ref;
}

Result<void> Core::admit(ActorBase& actor, const std::string& name) {
  // The list of live actors holds each of them until it has ended.
  actor.add_ref();
  if (!live_.add(actor)) {
    actor.discard();
    actor.release();
    return fail(is_stopping());
  }
  if (name.empty()) return {};
  actor.add_name(name);
  auto added = directory_.add(name, ActorRef::of(&actor));
  if (!added) {
    live_.remove(actor);
    actor.discard();
    actor.release();
  }
  return added;
}

}  // namespace moonwright::actors
