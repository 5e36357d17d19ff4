// supervision_settings.cpp: see supervision_settings.hpp.
#include "cli/supervision_settings.hpp"

#include <memory>
#include <utility>

namespace moonwright::cli {
namespace {

Result<ChildSpec> resolve(const ChildSettings& settings, const LimitSources& sources) {
  ChildSpec child = settings.spec;
  const std::string& name = child.id.empty() ? child.spawn.script.name() : child.id;
  if (!settings.supervisor.empty()) {
    auto supervisor = resolve(settings.supervisor.front(), sources);
    if (!supervisor) return fail(std::move(supervisor.error()));
    child.supervisor = std::make_shared<const SupervisorSpec>(std::move(*supervisor));
    return child;
  }
  Limits limits = sources.defaults;
  if (!settings.profile.empty()) {
    const auto profile = sources.find(settings.profile);
    if (!profile) {
      return fail(ErrorCode::invalid_argument,
                  "supervisors: child '" + name + "': no profile '" + settings.profile + "'");
    }
    limits = *profile;
  }
  settings.limits.apply_to(limits);
  if (auto fine = check(limits); !fine) {
    return fail(ErrorCode::invalid_argument,
                "supervisors: child '" + name + "': " + fine.error().message);
  }
  child.spawn.limits = limits;
  if (settings.limits.sandbox) child.spawn.sandbox = *settings.limits.sandbox;
  return child;
}

}  // namespace

Result<SupervisorSpec> resolve(const SupervisorSettings& settings, const LimitSources& sources) {
  SupervisorSpec spec = settings.spec;
  for (const ChildSettings& each : settings.children) {
    auto child = resolve(each, sources);
    if (!child) return fail(std::move(child.error()));
    spec.children.push_back(std::move(*child));
  }
  return spec;
}

}  // namespace moonwright::cli
