// settings.cpp: who wins.
#include "cli/settings.hpp"

#include <string>
#include <utility>

#include "cli/config.hpp"

namespace moonwright::cli {
namespace {

/// The level that is as rigorous as the limits of a built-in profile.
std::optional<Sandbox> level_of(const std::string& profile) {
  if (profile == "strict") return Sandbox::strict;
  if (profile == "normal" || profile == "relaxed") return Sandbox::restricted;
  return std::nullopt;
}

std::string profile_names(const Config& config) {
  std::string names = "strict, normal, relaxed";
  for (const auto& [name, settings] : config.profiles) {
    if (!level_of(name)) names += ", " + name;
  }
  return names;
}

void apply_words(const CommonOptions& options, Limits& limits) {
  if (options.memory_bytes_max) limits.memory_bytes_max = *options.memory_bytes_max;
  if (options.instructions_max) limits.instructions_max = *options.instructions_max;
  if (options.cpu_time_max) limits.cpu_time_max = *options.cpu_time_max;
  if (options.timeout) limits.timeout = *options.timeout;
}

}  // namespace

Result<Settings> settle(const CommonOptions& options, const Limits& limits, Sandbox sandbox) {
  Config config;
  if (!options.config.empty()) {
    auto read = read_config(options.config);
    if (!read) return fail(std::move(read.error()));
    config = std::move(*read);
  }
  Settings settings;
  settings.limits = limits;
  settings.sandbox = config.sandbox.value_or(sandbox);
  if (!settings.sandbox.level) settings.sandbox.level = sandbox;
  settings.profile_memory = config.defaults.profile_memory.value_or(false);

  RuntimeOptions& runtime = settings.runtime;
  // Whoever runs a command reads or pipes what it prints, and expects all of it.
  runtime.output_bytes_per_second = kUnlimited;
  for (const auto& set : config.runtime) set(runtime);
  for (const auto& [name, ignored] : config.profiles) {
    runtime.profiles[name] = *config.limits_of(name);
  }
  if (options.workers) runtime.workers = *options.workers;
  if (options.budget_bytes) runtime.memory_budget_bytes = *options.budget_bytes;
  runtime.log.target = LogOptions::Target::standard_error;
  runtime.log.level = options.log_level;
  runtime.log.format = options.log_format;

  config.defaults.apply_to(settings.limits);
  config.defaults.apply_to(runtime.default_limits);
  if (!options.profile.empty()) {
    const auto profile = config.limits_of(options.profile);
    if (!profile) {
      return fail(ErrorCode::invalid_argument,
                  "no profile '" + options.profile + "': there are " + profile_names(config));
    }
    settings.limits = runtime.default_limits = *profile;
    const LimitSettings& own = config.profiles[options.profile];
    settings.profile_memory = own.profile_memory.value_or(settings.profile_memory);
    if (auto level = level_of(options.profile)) settings.sandbox.level = *level;
    if (own.sandbox) settings.sandbox = *own.sandbox;
    if (!settings.sandbox.level) settings.sandbox.level = sandbox;
  }
  apply_words(options, settings.limits);
  apply_words(options, runtime.default_limits);
  if (options.sandbox) settings.sandbox.level = *options.sandbox;
  const LimitSources sources{runtime.default_limits, [&config](const std::string& profile) {
                               return config.limits_of(profile);
                             }};
  for (const SupervisorSettings& each : config.supervisors) {
    auto supervisor = resolve(each, sources);
    if (!supervisor) {
      return fail(supervisor.error().code, options.config + ": " + supervisor.error().message);
    }
    settings.supervisors.push_back(std::move(*supervisor));
  }
  return settings;
}

}  // namespace moonwright::cli
