// script.hpp: the source of an actor.
#pragma once

#include <string>
#include <utility>

#include "moonwright/export.hpp"
#include "moonwright/result.hpp"

namespace moonwright {

/// Where an actor's code comes from: a file, or text with a name for error messages.
/// A value; names the source, does not read it. Text only: bytecode is refused when it is compiled.
class Script {
 public:
  Script() = default;

  /// A file, found relative to RuntimeOptions::script_root. It is read when an actor is spawned.
  [[nodiscard]] static Script file(std::string path) { return {Kind::file, std::move(path), {}}; }

  /// Source text. `name` appears in error messages and tracebacks as `[string "name"]`.
  [[nodiscard]] static Script text(std::string source, std::string name = "script") {
    return {Kind::text, std::move(name), std::move(source)};
  }

  [[nodiscard]] bool is_file() const noexcept { return kind_ == Kind::file; }
  [[nodiscard]] bool empty() const noexcept { return kind_ == Kind::none; }
  /// The path of a file, the name of a text.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// The text; empty for a file.
  [[nodiscard]] const std::string& source() const noexcept { return source_; }

 private:
  enum class Kind { none, file, text };
  Script(Kind kind, std::string name, std::string source)
      : kind_(kind), name_(std::move(name)), source_(std::move(source)) {}

  Kind kind_ = Kind::none;
  std::string name_;
  std::string source_;
};

/// Compiles `script` without running it; a file is taken relative to the working directory.
/// Thread: any. Errors: syntax_error (the message has file and line), io, not_found, too_large.
[[nodiscard]] MOONWRIGHT_API Result<void> check(const Script& script);

}  // namespace moonwright
