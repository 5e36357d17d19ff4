// supervision_config.cpp: see supervision_config.hpp.
#include "cli/supervision_config.hpp"

#include <utility>

namespace moonwright::cli {
namespace {

/// Nested deeper, nobody finds his way.
constexpr int kDepthMax = 16;

/// A key, and what puts its value into a Target; null where the reader below does it.
template <class Target>
struct Key {
  std::string_view name;
  Result<void> (*read)(const toml::node& node, Target& target);
};

template <class T, class U>
Result<void> store(Result<T> value, U& out) {
  if (!value) return fail(std::move(value.error()));
  out = std::move(*value);
  return {};
}

/// The keys of a table inside of a value: errors say which one.
template <class Target, std::size_t kCount>
Result<void> read_inner(const toml::node& node, const Key<Target> (&keys)[kCount], Target& target) {
  const toml::table* table = node.as_table();
  if (table == nullptr) return wrong_type(node, "a table");
  for (const auto& [key, value] : *table) {
    const std::string_view name = key.str();
    const Key<Target>* known = nullptr;
    std::string names;
    for (const Key<Target>& each : keys) {
      if (each.name == name) known = &each;
      names += (names.empty() ? "" : ", ") + std::string(each.name);
    }
    if (known == nullptr) {
      return fail(ErrorCode::invalid_argument,
                  "has no key '" + std::string(name) + "'; it has " + names);
    }
    if (auto done = known->read(value, target); !done) return inside(name, std::move(done.error()));
  }
  return {};
}

Result<std::chrono::milliseconds> milliseconds_of(const toml::node& node) {
  return whole_time_of<std::chrono::milliseconds>(node);
}

Result<std::uint32_t> restarts_of(const toml::node& node) {
  if (is_unlimited(node)) return Intensity::kUnlimited;
  return small_integer_of<std::uint32_t>(node);
}

constexpr Key<Intensity> kIntensityKeys[] = {
    {"restarts",
     [](const toml::node& node, Intensity& out) { return store(restarts_of(node), out.restarts); }},
    {"period", [](const toml::node& node,
                  Intensity& out) { return store(milliseconds_of(node), out.period); }},
};

constexpr Key<BackOff> kBackOffKeys[] = {
    {"first",
     [](const toml::node& node, BackOff& out) { return store(milliseconds_of(node), out.first); }},
    {"most",
     [](const toml::node& node, BackOff& out) { return store(milliseconds_of(node), out.most); }},
    {"factor",
     [](const toml::node& node, BackOff& out) { return store(number_of(node), out.factor); }},
    {"jitter",
     [](const toml::node& node, BackOff& out) { return store(number_of(node), out.jitter); }},
};

constexpr Key<StopTimes> kStopKeys[] = {
    {"drain", [](const toml::node& node,
                 StopTimes& out) { return store(milliseconds_of(node), out.drain); }},
    {"on_stop", [](const toml::node& node,
                   StopTimes& out) { return store(milliseconds_of(node), out.on_stop); }},
    {"kill",
     [](const toml::node& node, StopTimes& out) { return store(milliseconds_of(node), out.kill); }},
};

constexpr Key<MailboxLimits> kMailboxKeys[] = {
    {"max",
     [](const toml::node& node, MailboxLimits& out) {
       return store(small_integer_of<std::uint32_t>(node), out.messages_max);
     }},
    {"max_bytes", [](const toml::node& node,
                     MailboxLimits& out) { return store(size_of(node), out.bytes_max); }},
};

Result<Value> value_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return Value(text->get());
  if (const auto* integer = node.as_integer()) return Value(integer->get());
  if (const auto* number = node.as_floating_point()) return Value(number->get());
  if (const auto* boolean = node.as_boolean()) return Value(boolean->get());
  if (const auto* list = node.as_array()) {
    Values values;
    for (const toml::node& each : *list) {
      auto value = value_of(each);
      if (!value) return value;
      values.push_back(std::move(*value));
    }
    return Value(Table::list(std::move(values)));
  }
  if (const auto* fields = node.as_table()) {
    Table table;
    for (const auto& [key, each] : *fields) {
      auto value = value_of(each);
      if (!value) return value;
      table.set(key.str(), std::move(*value));
    }
    return Value(std::move(table));
  }
  return wrong_type(node, "something that Lua has");
}

Result<Values> arguments_of(const toml::node& node) {
  if (!node.is_array()) return wrong_type(node, "a list");
  auto value = value_of(node);
  if (!value) return fail(std::move(value.error()));
  return value->as_table().elements();
}

Result<ThreadKind> parse_thread(std::string_view name) {
  if (name == "shared") return ThreadKind::shared;
  if (name == "dedicated") return ThreadKind::dedicated;
  return fail(ErrorCode::invalid_argument,
              "no thread \"" + std::string(name) + "\": expected shared or dedicated");
}

constexpr Key<SupervisorSpec> kSupervisorKeys[] = {
    {"name",
     [](const toml::node& node, SupervisorSpec& out) { return store(text_of(node), out.name); }},
    {"strategy",
     [](const toml::node& node, SupervisorSpec& out) {
       return store(word_of(node, parse_strategy), out.strategy);
     }},
    {"intensity",
     [](const toml::node& node, SupervisorSpec& out) {
       return store(restarts_of(node), out.intensity.restarts);
     }},
    {"period",
     [](const toml::node& node, SupervisorSpec& out) {
       return store(milliseconds_of(node), out.intensity.period);
     }},
    {"child_intensity",
     [](const toml::node& node, SupervisorSpec& out) {
       return read_inner(node, kIntensityKeys, out.child_intensity.emplace());
     }},
    {"back_off", [](const toml::node& node,
                    SupervisorSpec& out) { return read_inner(node, kBackOffKeys, out.back_off); }},
    {"auto_shutdown",
     [](const toml::node& node, SupervisorSpec& out) {
       return store(word_of(node, parse_auto_shutdown), out.auto_shutdown);
     }},
    {"max_children",
     [](const toml::node& node, SupervisorSpec& out) {
       return store(small_integer_of<std::uint32_t>(node), out.max_children);
     }},
    {"memory",
     [](const toml::node& node, SupervisorSpec& out) {
       return store(is_unlimited(node) ? kUnlimited : size_of(node), out.memory_bytes_max);
     }},
    {"children", nullptr},
};

constexpr Key<ChildSettings> kChildKeys[] = {
    {"id",
     [](const toml::node& node, ChildSettings& out) { return store(text_of(node), out.spec.id); }},
    {"script",
     [](const toml::node& node, ChildSettings& out) -> Result<void> {
       auto path = text_of(node);
       if (!path) return fail(std::move(path.error()));
       out.spec.spawn.script = Script::file(std::move(*path));
       return {};
     }},
    {"args", [](const toml::node& node,
                ChildSettings& out) { return store(arguments_of(node), out.spec.spawn.args); }},
    {"name", [](const toml::node& node,
                ChildSettings& out) { return store(text_of(node), out.spec.spawn.name); }},
    {"restart",
     [](const toml::node& node, ChildSettings& out) {
       return store(word_of(node, parse_restart), out.spec.restart);
     }},
    {"stop", [](const toml::node& node,
                ChildSettings& out) { return read_inner(node, kStopKeys, out.spec.stop); }},
    {"start_deadline",
     [](const toml::node& node, ChildSettings& out) {
       return store(milliseconds_of(node), out.spec.start_deadline);
     }},
    {"weight", [](const toml::node& node,
                  ChildSettings& out) { return store(number_of(node), out.spec.weight); }},
    {"significant",
     [](const toml::node& node, ChildSettings& out) {
       return store(boolean_of(node), out.spec.significant);
     }},
    {"profile",
     [](const toml::node& node, ChildSettings& out) { return store(text_of(node), out.profile); }},
    {"limits", nullptr},
    {"sandbox", [](const toml::node& node,
                   ChildSettings& out) { return store(sandbox_of(node), out.spec.spawn.sandbox); }},
    {"on_error",
     [](const toml::node& node, ChildSettings& out) {
       return store(word_of(node, parse_on_error), out.spec.spawn.on_error);
     }},
    {"thread",
     [](const toml::node& node, ChildSettings& out) {
       return store(word_of(node, parse_thread), out.spec.spawn.thread);
     }},
    {"mailbox",
     [](const toml::node& node, ChildSettings& out) {
       return read_inner(node, kMailboxKeys, out.spec.spawn.mailbox.emplace());
     }},
    {"supervisor", nullptr},
};

class SupervisionReader {
 public:
  explicit SupervisionReader(const ConfigContext& context) : context_(context) {}

  Result<SupervisorSettings> supervisor(const std::string& title, const toml::node& node,
                                        int depth) {
    const toml::table* table = node.as_table();
    if (table == nullptr) return refuse(node, title, "a table");
    if (depth > kDepthMax) {
      return context_.refuse(node.source(), "supervisors are nested more than 16 deep");
    }
    SupervisorSettings settings;
    for (const auto& [key, value] : *table) {
      const Key<SupervisorSpec>* known = find(kSupervisorKeys, key.str());
      if (known == nullptr) return unknown(title, key, kSupervisorKeys);
      Result<void> done = known->read != nullptr ? known->read(value, settings.spec)
                                                 : children(title, value, settings, depth);
      if (!done) return placed(std::move(done.error()), value, key.str());
    }
    if (auto fine = check_all(settings); !fine) {
      return context_.refuse(node.source(), title + ": " + fine.error().message);
    }
    return settings;
  }

 private:
  template <class Target, std::size_t kCount>
  [[nodiscard]] static const Key<Target>* find(const Key<Target> (&keys)[kCount],
                                               std::string_view name) {
    for (const Key<Target>& each : keys) {
      if (each.name == name) return &each;
    }
    return nullptr;
  }

  template <class Target, std::size_t kCount>
  [[nodiscard]] tl::unexpected<Error> unknown(const std::string& title, const toml::key& key,
                                              const Key<Target> (&keys)[kCount]) const {
    std::string text = title + " has no key '" + std::string(key.str()) + "'; it has ";
    for (std::size_t i = 0; i < kCount; ++i) text.append(i > 0 ? ", " : "").append(keys[i].name);
    return context_.refuse(key.source(), text);
  }

  [[nodiscard]] tl::unexpected<Error> refuse(const toml::node& node, const std::string& title,
                                             const char* expected) const {
    return context_.refuse(
        node.source(), title + " is " + std::string(type_name(node)) + ", expected " + expected);
  }

  /// An error of a key, with its place unless it has one already.
  [[nodiscard]] tl::unexpected<Error> placed(Error error, const toml::node& value,
                                             std::string_view key) const {
    if (has_place_) return fail(std::move(error));
    return context_.refuse(value.source(), about(key, error.message));
  }
  /// For what another reader has placed.
  [[nodiscard]] tl::unexpected<Error> pass_on(Error error) {
    has_place_ = true;
    return fail(std::move(error));
  }

  Result<void> children(const std::string& title, const toml::node& node,
                        SupervisorSettings& settings, int depth) {
    const toml::array* list = node.as_array();
    if (list == nullptr) return wrong_type(node, "a list of tables");
    for (const toml::node& each : *list) {
      auto read = child(title + ".children", each, depth);
      if (!read) return pass_on(std::move(read.error()));
      settings.children.push_back(std::move(*read));
    }
    return {};
  }

  Result<ChildSettings> child(const std::string& title, const toml::node& node, int depth) {
    const toml::table* table = node.as_table();
    if (table == nullptr) return refuse(node, title, "a table");
    ChildSettings settings;
    for (const auto& [key, value] : *table) {
      const Key<ChildSettings>* known = find(kChildKeys, key.str());
      if (known == nullptr) return unknown(title, key, kChildKeys);
      Result<void> done;
      if (known->read != nullptr) {
        done = known->read(value, settings);
      } else if (known->name == "limits") {
        auto limits = context_.read_limits(title + ".limits", key, value);
        if (!limits) return pass_on(std::move(limits.error()));
        settings.limits = std::move(*limits);
      } else {
        auto nested = supervisor(title + ".supervisor", value, depth + 1);
        if (!nested) return pass_on(std::move(nested.error()));
        settings.supervisor.push_back(std::move(*nested));
      }
      if (!done) return placed(std::move(done.error()), value, key.str());
    }
    const bool has_script = table->contains("script");
    if (has_script != settings.supervisor.empty()) {
      return context_.refuse(node.source(),
                             title + ": a child has either a script or a supervisor");
    }
    return settings;
  }

  /// What the library would say, while there is a line to say it about.
  [[nodiscard]] static Result<void> check_all(const SupervisorSettings& settings) {
    const LimitSources any{Limits{}, [](const std::string&) { return std::optional(Limits{}); }};
    const auto spec = resolve(settings, any);
    if (!spec) return fail(spec.error());
    return check(*spec);
  }

  const ConfigContext& context_;
  bool has_place_ = false;
};

}  // namespace

Result<std::vector<SupervisorSettings>> read_supervisors(const toml::key& where,
                                                         const toml::node& node,
                                                         const ConfigContext& context) {
  const toml::array* list = node.as_array();
  if (list == nullptr) {
    return context.refuse(where.source(), "supervisors is " + std::string(type_name(node)) +
                                              ", expected tables, [[supervisors]]");
  }
  std::vector<SupervisorSettings> supervisors;
  for (const toml::node& each : *list) {
    SupervisionReader reader(context);
    auto read = reader.supervisor("supervisors", each, 1);
    if (!read) return fail(std::move(read.error()));
    supervisors.push_back(std::move(*read));
  }
  return supervisors;
}

}  // namespace moonwright::cli
