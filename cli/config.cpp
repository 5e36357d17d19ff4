// config.cpp: the keys that a configuration has. The one file that sees toml++.
#include "cli/config.hpp"

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <moonwright/bytes.hpp>
#include <moonwright/durations.hpp>
#include <moonwright/profiles.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/script_file.hpp"

namespace moonwright::cli {
namespace {

// Values ------------------------------------------------------------------------------------------

std::string_view type_name(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table: return "a table";
    case toml::node_type::array: return "a list";
    case toml::node_type::string: return "text";
    case toml::node_type::integer: return "an integer";
    case toml::node_type::floating_point: return "a float";
    case toml::node_type::boolean: return "true or false";
    default: return "a date or a time of day";
  }
}

tl::unexpected<Error> wrong_type(const toml::node& node, std::string_view expected) {
  return fail(ErrorCode::invalid_argument,
              "is " + std::string(type_name(node)) + ", expected " + std::string(expected));
}

Result<std::string> text_of(const toml::node& node) {
  const auto* text = node.as_string();
  if (text == nullptr) return wrong_type(node, "text");
  return text->get();
}

Result<bool> boolean_of(const toml::node& node) {
  const auto* boolean = node.as_boolean();
  if (boolean == nullptr) return wrong_type(node, "true or false");
  return boolean->get();
}

Result<double> number_of(const toml::node& node) {
  const auto number = node.value<double>();
  if (!node.is_number() || !number) return wrong_type(node, "a number");
  return *number;
}

Result<std::uint64_t> integer_of(const toml::node& node) {
  const auto* integer = node.as_integer();
  if (integer == nullptr) return wrong_type(node, "an integer");
  if (integer->get() < 0) return fail(ErrorCode::invalid_argument, "is negative");
  return static_cast<std::uint64_t>(integer->get());
}

template <class Integer>
Result<Integer> small_integer_of(const toml::node& node) {
  const Result<std::uint64_t> value = integer_of(node);
  if (!value) return fail(value.error());
  if (*value > std::uint64_t{std::numeric_limits<Integer>::max()}) {
    return fail(ErrorCode::invalid_argument, "is too large");
  }
  return static_cast<Integer>(*value);
}

Result<std::uint64_t> size_of(const toml::node& node) {
  if (node.is_integer()) return integer_of(node);
  if (!node.is_string()) return wrong_type(node, "a size such as \"8MiB\", or bytes");
  return parse_bytes(**node.as_string());
}

Result<std::chrono::nanoseconds> time_of(const toml::node& node) {
  if (!node.is_string()) return wrong_type(node, "a time with its unit, such as \"200ms\"");
  return parse_duration(**node.as_string());
}

template <class Duration>
Result<Duration> whole_time_of(const toml::node& node) {
  const auto time = time_of(node);
  if (!time) return fail(time.error());
  return std::chrono::ceil<Duration>(*time);
}

bool is_unlimited(const toml::node& node) {
  return node.is_string() && **node.as_string() == "unlimited";
}

template <class T>
Result<T> word_of(const toml::node& node, Result<T> (*parse)(std::string_view)) {
  const Result<std::string> text = text_of(node);
  return text ? parse(*text) : fail(text.error());
}

Result<std::vector<std::string>> list_of(const toml::node& node) {
  const toml::array* list = node.as_array();
  if (list == nullptr) return wrong_type(node, "a list of texts");
  std::vector<std::string> texts;
  for (const toml::node& entry : *list) {
    auto text = text_of(entry);
    if (!text) return fail(std::move(text.error()));
    texts.push_back(std::move(*text));
  }
  return texts;
}

/// "memory is true or false, expected ...", "memory: "x" is no size: ...".
std::string about(std::string_view key, const std::string& problem) {
  const bool continues = problem.starts_with("is ") || problem.starts_with("has ");
  return std::string(key) + (continues ? " " : ": ") + problem;
}

/// The error of a key inside of a value: which key it is about comes first.
tl::unexpected<Error> inside(std::string_view key, Error error) {
  error.message = about(key, error.message);
  return fail(std::move(error));
}

Result<void> read_files(const toml::node& node, FileAccess& out) {
  const toml::table* table = node.as_table();
  if (table == nullptr) return wrong_type(node, "a table, { read = [...], write = [...] }");
  for (const auto& [key, value] : *table) {
    const std::string_view name = key.str();
    if (name != "read" && name != "write") {
      return fail(ErrorCode::invalid_argument,
                  "has no key '" + std::string(name) + "'; it has read, write");
    }
    auto paths = list_of(value);
    if (!paths) return inside(name, std::move(paths.error()));
    (name == "read" ? out.read : out.write) = std::move(*paths);
  }
  return {};
}

Result<Capabilities> capabilities_of(const toml::node& node) {
  const toml::table* table = node.as_table();
  if (table == nullptr) return wrong_type(node, "a table");
  Capabilities capabilities;
  for (const auto& [key, value] : *table) {
    const std::string_view name = key.str();
    if (name == "fs" && !value.is_boolean()) {
      auto done = read_files(value, capabilities.fs);
      if (!done) return inside(name, std::move(done.error()));
      continue;
    }
    const auto granted = boolean_of(value);
    if (!granted) return inside(name, granted.error());
    if (*granted) capabilities.modules.emplace_back(name);
  }
  return capabilities;
}

/// A level, or a table with level, libraries and capabilities.
Result<SandboxOptions> sandbox_of(const toml::node& node) {
  SandboxOptions sandbox;
  if (node.is_string()) {
    auto level = word_of(node, parse_sandbox);
    if (!level) return fail(std::move(level.error()));
    return SandboxOptions(*level);
  }
  const toml::table* table = node.as_table();
  if (table == nullptr) return wrong_type(node, "a level or a table");
  const auto keep = [](std::string_view key, auto&& value, auto& out) -> Result<void> {
    if (!value) return inside(key, std::move(value.error()));
    out = std::move(*value);
    return {};
  };
  for (const auto& [key, value] : *table) {
    const std::string_view name = key.str();
    Result<void> done;
    if (name == "level") {
      done = keep(name, word_of(value, parse_sandbox), sandbox.level);
    } else if (name == "libraries") {
      done = keep(name, list_of(value), sandbox.libraries);
    } else if (name == "capabilities") {
      done = keep(name, capabilities_of(value), sandbox.capabilities);
    } else {
      done = fail(ErrorCode::invalid_argument,
                  "has no key '" + std::string(name) + "'; it has level, libraries, capabilities");
    }
    if (!done) return fail(std::move(done.error()));
  }
  return sandbox;
}

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
    return refuse(key.source(), "there is no table [" + std::string(name) +
                                    "]; there are runtime, defaults, profiles.NAME");
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
