// sandbox.hpp: what a script may do, apart from how much of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "moonwright/export.hpp"
#include "moonwright/result.hpp"

namespace moonwright {

/// How much a script is trusted, from all to next to nothing: a later level has less. What each
/// promises is in docs/sandbox.md.
enum class Sandbox : std::uint8_t {
  none,        ///< trusted: io, os, package, debug and paths outside the script root
  restricted,  ///< base, coroutine, table, string, math, utf8; text only; paths below the root
  strict,      ///< the same without load and the clock of os; other clocks are coarse
};

/// Files for the module `fs`, by the folders (or single files) that they are below. Relative paths
/// begin at RuntimeOptions::script_root. Each has to exist when an actor is given it.
struct FileAccess {
  std::vector<std::string> read{};
  std::vector<std::string> write{};  ///< does not include reading

  friend bool operator==(const FileAccess&, const FileAccess&) = default;
};

/// What a script may reach besides its libraries and other actors. Nothing, unless it is granted;
/// level `none` has all of it.
struct Capabilities {
  FileAccess fs{};
  /// Modules of the host, "db" for what was exposed as "db.query". As they are when the actor is
  /// spawned: functions exposed later do not join. Errors of a spawn: not_found.
  std::vector<std::string> modules{};

  friend bool operator==(const Capabilities&, const Capabilities&) = default;
};

/// What an actor may do. Each field that is not given is the default's.
///
/// An actor that a script spawns never has more than that script: what comes by default is lowered
/// to it, what is asked for beyond it is `denied`.
struct SandboxOptions {
  SandboxOptions() = default;
  /// A level says it all, most of the time.
  SandboxOptions(Sandbox only_level) : level(only_level) {}  // NOLINT(google-explicit-constructor)
  SandboxOptions(Capabilities granted)                       // NOLINT(google-explicit-constructor)
      : capabilities(std::move(granted)) {}

  std::optional<Sandbox> level;
  /// Which libraries there are, out of those of the level: base, require, coroutine, table, string,
  /// math, utf8, os, io, package, debug. `print` is always there; an empty list leaves it alone.
  std::optional<std::vector<std::string>> libraries;
  std::optional<Capabilities> capabilities;

  friend bool operator==(const SandboxOptions&, const SandboxOptions&) = default;
};

/// "none", "restricted", "strict".
[[nodiscard]] MOONWRIGHT_API std::string_view to_string(Sandbox value) noexcept;
/// The inverse. Errors: invalid_argument; the message lists the names.
[[nodiscard]] MOONWRIGHT_API Result<Sandbox> parse_sandbox(std::string_view name);

}  // namespace moonwright
