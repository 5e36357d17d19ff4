// config_values.cpp: see config_values.hpp.
#include "cli/config_values.hpp"

#include <moonwright/bytes.hpp>
#include <moonwright/durations.hpp>
#include <utility>

namespace moonwright::cli {
namespace {

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

}  // namespace

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

Result<std::uint64_t> size_of(const toml::node& node) {
  if (node.is_integer()) return integer_of(node);
  if (!node.is_string()) return wrong_type(node, "a size such as \"8MiB\", or bytes");
  return parse_bytes(**node.as_string());
}

Result<std::chrono::nanoseconds> time_of(const toml::node& node) {
  if (!node.is_string()) return wrong_type(node, "a time with its unit, such as \"200ms\"");
  return parse_duration(**node.as_string());
}

bool is_unlimited(const toml::node& node) {
  return node.is_string() && **node.as_string() == "unlimited";
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

std::string about(std::string_view key, const std::string& problem) {
  const bool continues = problem.starts_with("is ") || problem.starts_with("has ");
  return std::string(key) + (continues ? " " : ": ") + problem;
}

tl::unexpected<Error> inside(std::string_view key, Error error) {
  error.message = about(key, error.message);
  return fail(std::move(error));
}

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

}  // namespace moonwright::cli
