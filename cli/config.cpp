// config.cpp: the keys that a configuration has.
#include "cli/config.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <moonwright/bytes.hpp>
#include <moonwright/durations.hpp>
#include <moonwright/profiles.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/config_values.hpp"
#include "cli/script_file.hpp"
#include "cli/supervision_config.hpp"

namespace moonwright::cli {
namespace {

// Keys --------------------------------------------------------------------------------------------

/// A key, and what puts its value into a Target.
template <class Target>
struct Key {
  std::string_view name;
  Result<void> (*read)(const toml::node& node, Target& target);
};

/// Adds a change that sets `field` to `value`, if there is one.
template <class T>
Result<void> change(LimitSettings& settings, const Result<T>& value, T Limits::*field) {
  if (!value) return fail(value.error());
  settings.changes.emplace_back([value = *value, field](Limits& limits) { limits.*field = value; });
  return {};
}

template <class T>
Result<void> change(LimitSettings& settings, const Result<T>& value, T CollectorOptions::*field) {
  if (!value) return fail(value.error());
  settings.changes.emplace_back(
      [value = *value, field](Limits& limits) { limits.collector.*field = value; });
  return {};
}

template <class T>
Result<void> change(Config& config, const Result<T>& value, T RuntimeOptions::*field) {
  if (!value) return fail(value.error());
  config.runtime.emplace_back(
      [value = *value, field](RuntimeOptions& options) { options.*field = value; });
  return {};
}

template <class T>
Result<void> keep(const Result<T>& value, std::optional<T>& out) {
  if (!value) return fail(value.error());
  out = *value;
  return {};
}

constexpr Key<LimitSettings> kCollectorKeys[] = {
    {"mode",
     [](const toml::node& node, LimitSettings& out) {
       return change(out, word_of(node, parse_collector_mode), &CollectorOptions::mode);
     }},
    {"pause",
     [](const toml::node& node, LimitSettings& out) {
       return change(out, small_integer_of<std::uint16_t>(node), &CollectorOptions::pause_percent);
     }},
    {"step",
     [](const toml::node& node, LimitSettings& out) {
       return change(out, small_integer_of<std::uint16_t>(node), &CollectorOptions::step_percent);
     }},
    {"minor",
     [](const toml::node& node, LimitSettings& out) {
       return change(out, small_integer_of<std::uint16_t>(node), &CollectorOptions::minor_percent);
     }},
    {"major",
     [](const toml::node& node, LimitSettings& out) {
       return change(out, small_integer_of<std::uint16_t>(node), &CollectorOptions::major_percent);
     }},
};

constexpr Key<LimitSettings> kLimitKeys[] = {
    {"memory",
     [](const toml::node& node, LimitSettings& out) {
       return change(out, is_unlimited(node) ? kUnlimited : size_of(node),
                     &Limits::memory_bytes_max);
     }},
    {"instructions",
     [](const toml::node& node, LimitSettings& out) {
       return change(out, is_unlimited(node) ? kUnlimited : integer_of(node),
                     &Limits::instructions_max);
     }},
    {"cpu_time",
     [](const toml::node& node, LimitSettings& out) {
       return change(out, is_unlimited(node) ? kNoTimeLimit : time_of(node), &Limits::cpu_time_max);
     }},
    {"timeout",
     [](const toml::node& node, LimitSettings& out) {
       return change(out, is_unlimited(node) ? kNoTimeLimit : time_of(node), &Limits::timeout);
     }},
    {"actors",
     [](const toml::node& node, LimitSettings& out) {
       return change(out, small_integer_of<std::uint32_t>(node), &Limits::actors_max);
     }},
    {"check_interval",
     [](const toml::node& node, LimitSettings& out) {
       return change(out, small_integer_of<std::uint32_t>(node), &Limits::check_interval);
     }},
    {"warning_threshold",
     [](const toml::node& node, LimitSettings& out) {
       return change(out, number_of(node), &Limits::warning_threshold);
     }},
    {"collect_threshold",
     [](const toml::node& node, LimitSettings& out) {
       return change(out, number_of(node), &Limits::collect_threshold);
     }},
    {"collect_interval",
     [](const toml::node& node, LimitSettings& out) {
       return change(out, whole_time_of<std::chrono::milliseconds>(node),
                     &Limits::collect_interval);
     }},
    {"collector", nullptr},  // a table
    {"memory_class",
     [](const toml::node& node, LimitSettings& out) {
       return change(out, word_of(node, parse_memory_class), &Limits::memory_class);
     }},
    {"on_limit",
     [](const toml::node& node, LimitSettings& out) {
       return change(out, word_of(node, parse_on_limit), &Limits::on_limit);
     }},
    {"cancel_grace",
     [](const toml::node& node, LimitSettings& out) {
       return change(out, whole_time_of<std::chrono::milliseconds>(node), &Limits::cancel_grace);
     }},
    {"profile_memory",
     [](const toml::node& node, LimitSettings& out) {
       return keep(boolean_of(node), out.profile_memory);
     }},
    {"sandbox", [](const toml::node& node,
                   LimitSettings& out) { return keep(sandbox_of(node), out.sandbox); }},
};

constexpr Key<Config> kRuntimeKeys[] = {
    {"workers",
     [](const toml::node& node, Config& out) {
       return change(out, small_integer_of<std::uint32_t>(node), &RuntimeOptions::workers);
     }},
    {"budget",
     [](const toml::node& node, Config& out) {
       return change(out, is_unlimited(node) ? kUnlimited : size_of(node),
                     &RuntimeOptions::memory_budget_bytes);
     }},
    {"sandbox",
     [](const toml::node& node, Config& out) {
       auto sandbox = sandbox_of(node);
       if (sandbox) out.sandbox = *sandbox;
       return change(out, sandbox, &RuntimeOptions::default_sandbox);
     }},
    {"output_rate",
     [](const toml::node& node, Config& out) {
       return change(out, is_unlimited(node) ? kUnlimited : size_of(node),
                     &RuntimeOptions::output_bytes_per_second);
     }},
    {"enable_debug",
     [](const toml::node& node, Config& out) {
       return change(out, boolean_of(node), &RuntimeOptions::enable_debug);
     }},
    {"allow_bytecode",
     [](const toml::node& node, Config& out) {
       return change(out, boolean_of(node), &RuntimeOptions::allow_bytecode);
     }},
    {"spare_memory",
     [](const toml::node& node, Config& out) {
       return change(out, size_of(node), &RuntimeOptions::spare_memory_bytes_max);
     }},
    {"slice",
     [](const toml::node& node, Config& out) {
       return change(out, whole_time_of<std::chrono::microseconds>(node), &RuntimeOptions::slice);
     }},
    {"preemption",
     [](const toml::node& node, Config& out) {
       return change(out, word_of(node, parse_preemption), &RuntimeOptions::preemption);
     }},
    {"preemption_signal",
     [](const toml::node& node, Config& out) {
       return change(out, small_integer_of<int>(node), &RuntimeOptions::preemption_signal);
     }},
    {"call_timeout",
     [](const toml::node& node, Config& out) {
       return change(out, whole_time_of<std::chrono::milliseconds>(node),
                     &RuntimeOptions::default_call_timeout);
     }},
};

// Tables ------------------------------------------------------------------------------------------

/// Keys of one table, borrowed.
template <class Target>
struct Keys {
  const Key<Target>* begin;
  std::size_t count;

  [[nodiscard]] const Key<Target>* find(std::string_view name) const {
    for (std::size_t i = 0; i < count; ++i) {
      if (begin[i].name == name) return begin + i;
    }
    return nullptr;
  }
  [[nodiscard]] std::string names() const {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
      text += (i == 0 ? "" : ", ") + std::string(begin[i].name);
    }
    return text;
  }
};

class ConfigReader {
 public:
  explicit ConfigReader(const std::string& path) : path_(path) {}

  [[nodiscard]] Result<Config> read(const toml::table& root) {
    for (const auto& [key, node] : root) {
      auto done = read_section(key, node);
      if (!done) return fail(std::move(done.error()));
    }
    // Profiles begin with the defaults, so these are complete before any of those is looked at.
    if (auto done = check_all(root); !done) return fail(std::move(done.error()));
    return std::move(config_);
  }

  [[nodiscard]] tl::unexpected<Error> refuse(const toml::source_region& where,
                                             const std::string& text) const {
    return fail(ErrorCode::invalid_argument,
                path_ + ':' + std::to_string(where.begin.line) + ": " + text);
  }

 private:
  static constexpr Keys<Config> kRuntime{kRuntimeKeys, std::size(kRuntimeKeys)};
  static constexpr Keys<LimitSettings> kLimits{kLimitKeys, std::size(kLimitKeys)};
  static constexpr Keys<LimitSettings> kCollector{kCollectorKeys, std::size(kCollectorKeys)};

  Result<void> read_section(const toml::key& key, const toml::node& node) {
    const std::string_view name = key.str();
    if (name == "runtime") return read_table("runtime", key, node, kRuntime, config_);
    if (name == "defaults") return read_table("defaults", key, node, kLimits, config_.defaults);
    if (name == "profiles") return read_profiles(key, node);
    if (name == "supervisors") return read_supervision(key, node);
    return refuse(key.source(),
                  "there is no table [" + std::string(name) +
                      "]; there are runtime, defaults, profiles.NAME and [[supervisors]]");
  }

  Result<void> read_supervision(const toml::key& key, const toml::node& node) {
    const ConfigContext context{[this](const toml::source_region& where, const std::string& text) {
                                  return refuse(where, text);
                                },
                                [this](const std::string& title, const toml::key& where,
                                       const toml::node& limits) -> Result<LimitSettings> {
                                  LimitSettings settings;
                                  auto done = read_table(title, where, limits, kLimits, settings);
                                  if (!done) return fail(std::move(done.error()));
                                  return settings;
                                }};
    auto read = read_supervisors(key, node, context);
    if (!read) return fail(std::move(read.error()));
    config_.supervisors = std::move(*read);
    return {};
  }

  Result<void> read_profiles(const toml::key& key, const toml::node& node) {
    const toml::table* table = node.as_table();
    if (table == nullptr) return refuse_no_table("profiles", key, node);
    for (const auto& [name, profile] : *table) {
      const std::string text(name.str());
      if (text.empty()) return refuse(name.source(), "a profile needs a name");
      auto done = read_table("profiles." + text, name, profile, kLimits, config_.profiles[text]);
      if (!done) return done;
    }
    return {};
  }

  template <class Target>
  Result<void> read_table(const std::string& title, const toml::key& where, const toml::node& node,
                          const Keys<Target>& keys, Target& target) {
    const toml::table* table = node.as_table();
    if (table == nullptr) return refuse_no_table(title, where, node);
    for (const auto& [key, value] : *table) {
      const std::string name(key.str());
      const Key<Target>* known = keys.find(name);
      if (known == nullptr) return refuse_key(title, key, keys.names());
      std::string full_name = title;
      full_name.append(".").append(name);
      Result<void> done = read_value(full_name, key, value, *known, target);
      if (!done) return done;
    }
    return {};
  }

  template <class Target>
  Result<void> read_value(const std::string& title, const toml::key& key, const toml::node& value,
                          const Key<Target>& known, Target& target) {
    if constexpr (std::is_same_v<Target, LimitSettings>) {
      if (known.read == nullptr) return read_table(title, key, value, kCollector, target);
    }
    Result<void> done = known.read(value, target);
    if (done) return done;
    return refuse(value.source(), about(known.name, done.error().message));
  }

  [[nodiscard]] tl::unexpected<Error> refuse_key(const std::string& title, const toml::key& key,
                                                 const std::string& known) const {
    std::string text = "[";
    text.append(title).append("] has no key '").append(key.str()).append("'; it has ");
    return refuse(key.source(), text.append(known));
  }

  [[nodiscard]] tl::unexpected<Error> refuse_no_table(const std::string& title,
                                                      const toml::key& key,
                                                      const toml::node& node) const {
    return refuse(key.source(), title + " is " + std::string(type_name(node)) +
                                    ", expected a table, [" + title + "]");
  }

  /// [defaults] sandbox is the same as [runtime] sandbox.
  Result<void> settle_sandbox(const toml::table& root) {
    if (!config_.defaults.sandbox) return {};
    const toml::node& node = *root["defaults"]["sandbox"].node();
    if (config_.sandbox) return refuse(node.source(), "sandbox is in [runtime] already");
    config_.sandbox = config_.defaults.sandbox;
    return change(config_, Result<SandboxOptions>(*config_.sandbox),
                  &RuntimeOptions::default_sandbox);
  }

  /// The ranges, and what has to go together, as the runtime would see it.
  Result<void> check_all(const toml::table& root) {
    if (auto done = settle_sandbox(root); !done) return done;
    RuntimeOptions options;
    for (const auto& set : config_.runtime) set(options);
    if (auto fine = check(options); !fine) {
      return refuse_range(fine.error().message, root["runtime"].as_table());
    }
    Limits limits;
    config_.defaults.apply_to(limits);
    if (auto fine = check(limits); !fine) {
      return refuse_range(fine.error().message, root["defaults"].as_table());
    }
    for (const auto& [name, settings] : config_.profiles) {
      if (auto fine = check(*config_.limits_of(name)); !fine) {
        return refuse_range(fine.error().message, root["profiles"][name].as_table());
      }
    }
    return {};
  }

  /// Says where the key is that `problem` names: the one that it names first, and of those that
  /// begin at the same place ("memory", "memory_class") the longest.
  [[nodiscard]] tl::unexpected<Error> refuse_range(const std::string& problem,
                                                   const toml::table* table) const {
    const toml::key* found = nullptr;
    std::size_t first = std::string::npos;
    for (const auto& [key, value] : *table) {
      const std::size_t at = problem.find(key.str());
      if (at == std::string::npos || at > first) continue;
      if (at == first && found != nullptr && key.str().size() < found->str().size()) continue;
      first = at;
      found = &key;
    }
    return refuse(found != nullptr ? found->source() : table->source(), problem);
  }

  const std::string& path_;
  Config config_;
};

}  // namespace

std::optional<Limits> Config::limits_of(const std::string& profile) const {
  const auto own = profiles.find(profile);
  const auto builtin = moonwright::profiles::find(profile);
  if (own == profiles.end()) return builtin;
  Limits limits = builtin.value_or(Limits{});
  if (!builtin) defaults.apply_to(limits);
  own->second.apply_to(limits);
  return limits;
}

Result<Config> read_config(const std::string& path) {
  if (auto readable = check_readable(path); !readable) {
    return fail(readable.error().code, path + ": " + readable.error().message);
  }
  ConfigReader reader(path);
  const toml::parse_result parsed = toml::parse_file(path);
  if (!parsed) {
    return reader.refuse(parsed.error().source(), std::string(parsed.error().description()));
  }
  return reader.read(parsed.table());
}

}  // namespace moonwright::cli
