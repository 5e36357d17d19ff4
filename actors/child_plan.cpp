// child_plan.cpp: see child_plan.hpp.
#include "actors/child_plan.hpp"

#include <set>
#include <utility>

#include "actors/core.hpp"
#include "actors/script_actor.hpp"

namespace moonwright::actors {
namespace {

std::shared_ptr<const ChildTraits> traits_of(const ChildSpec& spec) {
  return std::make_shared<const ChildTraits>(ChildTraits{
      spec.restart, spec.stop, spec.start_deadline, spec.weight, spec.significant, spec.health});
}

/// What an error ends, where nothing else is said: the actor, if somebody brings it back.
OnError usual_on_error(Restart restart) noexcept {
  return restart == Restart::temporary ? OnError::report : OnError::crash;
}

constexpr std::chrono::hours kNoDeadline{24 * 365};

runtime::MessagePtr clone_start(const runtime::Message& start) {
  return runtime::MessagePtr(
      runtime::Message::make(runtime::MessageKind::start, start.bytes(), start.ref_list()));
}

/// With the path of the child in front of what is wrong with it.
Error in_child(const std::string& id, Error error) {
  if (!id.empty()) error.message = "child '" + id + "': " + error.message;
  return error;
}

/// What check() says of declared children, once they are planned.
Result<void> check_children(const SupervisorPlan& plan) {
  std::set<std::string_view> ids;
  for (const ChildPlan& child : plan.children) {
    if (child.traits->significant && plan.options.auto_shutdown == AutoShutdown::never) {
      return fail(ErrorCode::invalid_argument,
                  "child '" + child.id + "' is significant, and auto_shutdown is never");
    }
    if (!child.id.empty() && !ids.insert(child.id).second) {
      return fail(ErrorCode::invalid_argument, "two children have the id '" + child.id + "'");
    }
  }
  return {};
}

/// Names those that have no id after their actors, with a number if that is taken.
void give_ids(std::vector<ChildPlan>& children) {
  std::set<std::string> taken;
  for (const ChildPlan& child : children) {
    if (!child.id.empty()) taken.insert(child.id);
  }
  for (ChildPlan& child : children) {
    if (!child.id.empty()) continue;
    const std::string name =
        child.supervisor != nullptr
            ? child.supervisor->options.name.empty() ? "supervisor" : child.supervisor->options.name
            : child.spawn.name.text;
    child.id = name;
    for (int number = 2; !taken.insert(child.id).second; ++number) {
      child.id = name + "-" + std::to_string(number);
    }
  }
}

SupervisorSpec without_children(const SupervisorSpec& spec) {
  SupervisorSpec options = spec;
  options.children.clear();
  return options;
}

}  // namespace

ChildPlan ChildPlan::clone() const {
  ChildPlan copy;
  copy.id = id;
  copy.traits = traits;
  copy.spawn = spawn;
  if (start != nullptr) copy.start = clone_start(*start);
  if (supervisor != nullptr) {
    copy.supervisor = std::make_unique<SupervisorPlan>(supervisor->clone());
  }
  copy.capture = capture;
  return copy;
}

lifecycle::ChildTerms ChildPlan::terms() const {
  lifecycle::ChildTerms terms;
  terms.id = id;
  terms.restart = traits->restart;
  terms.significant = traits->significant;
  if (supervisor != nullptr) {
    // Its children have their own times. A deadline for all of them would leave some behind.
    terms.start_deadline = terms.stop_time = kNoDeadline;
    return terms;
  }
  terms.start_deadline = traits->start_deadline;
  terms.stop_time = traits->stop.drain + traits->stop.on_stop + traits->stop.kill;
  return terms;
}

SupervisorPlan SupervisorPlan::clone() const {
  SupervisorPlan copy;
  copy.options = options;
  copy.family = family;
  copy.partitions = partitions;
  copy.total = total;
  for (const ChildPlan& child : children) copy.children.push_back(child.clone());
  return copy;
}

std::unique_ptr<SpawnSpec> ChildPlan::make_spec() const {
  auto spec = std::make_unique<SpawnSpec>(spawn);
  spec->start = clone_start(*start);
  if (capture != nullptr) spec->more().capture = capture;
  return spec;
}

Result<ChildPlan> plan_child(Core& core, const ChildSpec& spec) {
  if (auto fine = check(spec); !fine) return fail(std::move(fine.error()));
  ChildPlan plan;
  plan.id = spec.id;
  plan.traits = traits_of(spec);
  if (spec.supervisor != nullptr) {
    auto supervisor = plan_supervisor(core, *spec.supervisor);
    if (!supervisor) return fail(in_child(spec.id, std::move(supervisor.error())));
    plan.supervisor = std::make_unique<SupervisorPlan>(std::move(*supervisor));
    return plan;
  }
  SpawnOptions options = spec.spawn;
  if (!options.on_error) options.on_error = usual_on_error(spec.restart);
  auto spawn = core.plan(options, plan.start);
  if (!spawn) return fail(in_child(spec.id, std::move(spawn.error())));
  plan.spawn = std::move(*spawn);
  return plan;
}

Result<SupervisorPlan> plan_supervisor(Core& core, const SupervisorSpec& spec) {
  if (auto fine = check(spec); !fine) return fail(std::move(fine.error()));
  SupervisorPlan plan;
  plan.options = without_children(spec);
  for (const ChildSpec& child : spec.children) {
    auto planned = plan_child(core, child);
    if (!planned) return fail(std::move(planned.error()));
    plan.children.push_back(std::move(*planned));
  }
  give_ids(plan.children);
  return plan;
}

Result<ChildPlan> plan_child(Core& core, runtime::ChildRequest& request, ScriptActor& creator) {
  if (auto fine = check(request.child); !fine) return fail(std::move(fine.error()));
  ChildPlan plan;
  plan.id = std::move(request.child.id);
  plan.traits = traits_of(request.child);
  plan.capture = creator.capture();
  if (request.supervisor != nullptr) {
    auto supervisor = plan_supervisor(core, request, creator);
    if (!supervisor) return fail(in_child(plan.id, std::move(supervisor.error())));
    plan.supervisor = std::make_unique<SupervisorPlan>(std::move(*supervisor));
    return plan;
  }
  if (!request.options.on_error) request.options.on_error = usual_on_error(plan.traits->restart);
  auto spawn = core.plan(request, creator);
  if (!spawn) return fail(in_child(plan.id, std::move(spawn.error())));
  plan.spawn = std::move(*spawn);
  plan.start = std::move(request.start);
  return plan;
}

Result<SupervisorPlan> plan_supervisor(Core& core, runtime::ChildRequest& request,
                                       ScriptActor& creator) {
  SupervisorPlan plan;
  plan.options = std::move(*request.supervisor);
  if (auto fine = check(plan.options); !fine) return fail(std::move(fine.error()));
  plan.family = creator.subtree();
  for (runtime::ChildRequest& child : request.children) {
    auto planned = plan_child(core, child, creator);
    if (!planned) return fail(std::move(planned.error()));
    plan.children.push_back(std::move(*planned));
  }
  if (auto fine = check_children(plan); !fine) return fail(std::move(fine.error()));
  give_ids(plan.children);
  return plan;
}

}  // namespace moonwright::actors
