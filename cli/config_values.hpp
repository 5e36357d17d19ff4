// config_values.hpp: values of a configuration file, checked for their type. Together with its
// users the only place that sees toml++.
#pragma once

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <moonwright/result.hpp>
#include <moonwright/sandbox.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace moonwright::cli {

// Errors of all of these: invalid_argument; the message continues the name of the key: "is text,
// expected a number", or stands by itself.

/// "a table", "text" and so on.
[[nodiscard]] std::string_view type_name(const toml::node& node);
[[nodiscard]] tl::unexpected<Error> wrong_type(const toml::node& node, std::string_view expected);
[[nodiscard]] Result<std::string> text_of(const toml::node& node);
[[nodiscard]] Result<bool> boolean_of(const toml::node& node);
[[nodiscard]] Result<double> number_of(const toml::node& node);
/// Not negative.
[[nodiscard]] Result<std::uint64_t> integer_of(const toml::node& node);
/// Bytes, or text such as "8MiB".
[[nodiscard]] Result<std::uint64_t> size_of(const toml::node& node);
/// Text with its unit, such as "200ms".
[[nodiscard]] Result<std::chrono::nanoseconds> time_of(const toml::node& node);
[[nodiscard]] bool is_unlimited(const toml::node& node);
[[nodiscard]] Result<std::vector<std::string>> list_of(const toml::node& node);
/// A level, or a table with level, libraries and capabilities.
[[nodiscard]] Result<SandboxOptions> sandbox_of(const toml::node& node);

/// "memory is true or false, expected ...", "memory: "x" is no size: ...".
[[nodiscard]] std::string about(std::string_view key, const std::string& problem);
/// The error of a key inside of a value: which key it is about comes first.
[[nodiscard]] tl::unexpected<Error> inside(std::string_view key, Error error);

template <class Integer>
[[nodiscard]] Result<Integer> small_integer_of(const toml::node& node) {
  const Result<std::uint64_t> value = integer_of(node);
  if (!value) return fail(value.error());
  if (*value > std::uint64_t{std::numeric_limits<Integer>::max()}) {
    return fail(ErrorCode::invalid_argument, "is too large");
  }
  return static_cast<Integer>(*value);
}

/// Rounded up.
template <class Duration>
[[nodiscard]] Result<Duration> whole_time_of(const toml::node& node) {
  const auto time = time_of(node);
  if (!time) return fail(time.error());
  return std::chrono::ceil<Duration>(*time);
}

/// One of a few words, as `parse` knows them.
template <class T>
[[nodiscard]] Result<T> word_of(const toml::node& node, Result<T> (*parse)(std::string_view)) {
  const Result<std::string> text = text_of(node);
  return text ? parse(*text) : fail(text.error());
}

}  // namespace moonwright::cli
