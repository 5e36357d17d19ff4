// options.hpp: the command line as values.
#pragma once

#include <chrono>
#include <cstdint>
#include <moonwright/log.hpp>
#include <moonwright/options.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace moonwright::cli {

/// What `run` and `exec` have in common. What is empty was not said.
struct CommonOptions {
  std::string config;  ///< path of a file
  std::optional<std::uint32_t> workers;
  std::optional<Sandbox> sandbox;  ///< of the first actor
  std::string profile;             ///< of each actor, the first one included, as are these:
  std::optional<std::uint64_t> memory_bytes_max;
  std::optional<std::uint64_t> budget_bytes;  ///< of all actors together
  std::optional<std::uint64_t> instructions_max;
  std::optional<std::chrono::nanoseconds> cpu_time_max;
  std::optional<std::chrono::nanoseconds> timeout;
  bool json = false;
  std::string cpu_profile;     ///< path of the file that it is written to, as is this one:
  std::string memory_profile;  ///< of the first actor
  LogLevel log_level = LogLevel::warn;
  LogFormat log_format = LogFormat::text;
};

struct RunOptions {
  CommonOptions common;
  bool watch = false;          ///< reload what has changed on disk
  std::string control_socket;  ///< path; empty: none
  std::string file;            ///< empty: only what the configuration has
  std::vector<std::string> args;
};

struct ExecOptions {
  CommonOptions common;
  std::string code;
  std::vector<std::string> args;
};

struct CheckOptions {
  std::vector<std::string> files;
};

struct TreeCommandOptions {
  std::string socket;  ///< path
  std::string actor;   ///< a name, or # and a number; empty: the whole tree
  bool tasks = false;  ///< with what each actor waits for
  bool json = false;
};

struct VersionOptions {};

struct HelpOptions {
  std::string text;
};

/// A command line that means nothing.
struct UsageError {
  std::string text;  ///< all of what standard error gets, newlines included
};

using CommandLine = std::variant<RunOptions, ExecOptions, CheckOptions, TreeCommandOptions,
                                 VersionOptions, HelpOptions, UsageError>;

/// Reads the words after the command's own name.
///
/// For `run` and `exec`, options end at the first word that is none (or at `--`): FILE and all that
/// follows belong to the script, whatever it looks like.
[[nodiscard]] CommandLine parse_command_line(const std::vector<std::string>& words);

/// Words as a script's arguments.
[[nodiscard]] Values to_values(const std::vector<std::string>& words);

}  // namespace moonwright::cli
