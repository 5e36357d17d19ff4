// pool_plan.cpp: see pool_plan.hpp.
#include "actors/pool_plan.hpp"

#include <string_view>
#include <utility>

#include "actors/core.hpp"
#include "actors/script_actor.hpp"
#include "lifecycle/pool_size.hpp"

namespace moonwright::actors {
namespace {

tl::unexpected<Error> in_phase(std::string_view phase, Error error) {
  error.message = std::string(phase) + ": " + error.message;
  return tl::unexpected(std::move(error));
}

/// A chunk that requires all of them, one on each line.
Result<Script> requiring(const std::vector<std::string>& modules) {
  std::string source;
  for (const std::string& name : modules) {
    const bool plain = !name.empty() && name.find_first_of("\"\\\r\n") == std::string::npos &&
                       name.find('\0') == std::string::npos;
    if (!plain) return fail(ErrorCode::invalid_argument, "a module has no name that can be one");
    source += "require \"" + name + "\"\n";
  }
  return Script::text(std::move(source), "preload");
}

Result<std::shared_ptr<const runtime::Factory>> make_factory(Core& core, const PoolOptions& options,
                                                             bool has_script, bool trusted) {
  auto factory = std::make_shared<runtime::Factory>();
  if (!options.preload.empty()) {
    auto script = requiring(options.preload);
    if (!script) return in_phase("preload", std::move(script.error()));
    auto code = core.scripts().load(*script, true);
    if (!code) return in_phase("preload", std::move(code.error()));
    factory->preload = (*code)->newest().code;
  }
  if (!options.warm_up.script.empty()) {
    auto code = core.scripts().load(options.warm_up.script, trusted);
    if (!code) return in_phase("warm_up", std::move(code.error()));
    factory->warm_up = (*code)->newest().code;
  }
  factory->repeat = options.warm_up.repeat;
  // Where nothing runs there is no garbage.
  factory->collect = options.warm_up.collect &&
                     (has_script || factory->preload != nullptr || factory->warm_up != nullptr);
  factory->reuse = options.reuse;
  return factory;
}

/// Which phase a failure to plan a worker belongs to: its sandbox has the libraries.
std::string_view phase_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::syntax_error:
    case ErrorCode::not_found:
    case ErrorCode::io:
    case ErrorCode::too_large: return "script";
    default: break;
  }
  return error.message.find("librar") != std::string::npos ? "libraries" : "options";
}

Error with_phase(Error error) {
  error.message = std::string(phase_of(error)) + ": " + error.message;
  return error;
}

ChildTraits traits_of(const PoolOptions& options) {
  ChildTraits traits;
  traits.start_deadline = options.start_deadline;
  traits.health = options.health;
  // The pool looks after that itself, and only when a state has nothing to do.
  traits.health.recycle = false;
  return traits;
}

/// What is left to do once the worker has been planned.
Result<PoolPlan> complete(Core& core, PoolOptions options, ChildPlan worker, bool has_script,
                          bool trusted) {
  PoolPlan plan;
  auto factory = make_factory(core, options, has_script, trusted);
  if (!factory) return tl::unexpected(std::move(factory.error()));
  worker.spawn.factory = std::move(*factory);
  worker.spawn.name.text = options.name.empty() ? "pool worker" : options.name + " worker";
  worker.spawn.name.registered = false;
  worker.traits = std::make_shared<const ChildTraits>(traits_of(options));
  plan.max = lifecycle::most_states(options.size, options.memory_bytes_max,
                                    worker.spawn.limits.memory_bytes_max);
  plan.worker = std::move(worker);
  plan.options = std::move(options);
  return plan;
}

}  // namespace

Result<PoolPlan> plan_pool(Core& core, PoolOptions options) {
  if (auto fine = check(options); !fine) return in_phase("options", std::move(fine.error()));
  ChildSpec child;
  child.spawn = std::exchange(options.spawn, {});
  const bool has_script = !child.spawn.script.empty();
  if (!has_script) child.spawn.script = Script::text("", "pool");
  if (!child.spawn.on_error) child.spawn.on_error = OnError::report;
  child.start_deadline = options.start_deadline;
  child.health = options.health;
  auto worker = plan_child(core, child);
  if (!worker) return tl::unexpected(with_phase(std::move(worker.error())));
  return complete(core, std::move(options), std::move(*worker), has_script, true);
}

Result<PoolPlan> plan_pool(Core& core, PoolOptions options, runtime::SpawnRequest& request,
                           ScriptActor& creator) {
  if (auto fine = check(options); !fine) return in_phase("options", std::move(fine.error()));
  if (!request.options.on_error) request.options.on_error = OnError::report;
  ChildPlan worker;
  worker.capture = creator.capture();
  auto spawn = core.plan(request, creator);
  if (!spawn) return tl::unexpected(with_phase(std::move(spawn.error())));
  worker.spawn = std::move(*spawn);
  worker.start = std::move(request.start);
  auto plan =
      complete(core, std::move(options), std::move(worker), true, creator.plan().grants.trusted());
  if (plan) plan->family = creator.subtree();
  return plan;
}

}  // namespace moonwright::actors
