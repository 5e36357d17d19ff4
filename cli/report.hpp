// report.hpp: how a program ended, for people, for programs and as an exit code.
#pragma once

#include <chrono>
#include <moonwright/options.hpp>
#include <moonwright/result.hpp>
#include <moonwright/runtime.hpp>
#include <moonwright/value.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "cli/exit_codes.hpp"

namespace moonwright::cli {

/// How a program ended.
struct Outcome {
  int exit_code = kExitDone;
  Values values;               ///< what the first actor's chunk returned
  std::optional<Error> error;  ///< for programs: what --json shows
  std::string complaint;       ///< for people; empty if there is nothing to say
  std::chrono::duration<double, std::milli> duration{};
};

/// Reads the first actor's exit; `actor` is its name in the message. What its chunk returned is an
/// exit code only with ChunkReturn::exit_code.
[[nodiscard]] Outcome outcome_of(const ActorExit& exit, std::string_view actor,
                                 ChunkReturn chunk_return);
/// `what` ("run 'main.lua'") could not even be begun because of `error`.
[[nodiscard]] Outcome outcome_of_failure(const Error& error, std::string_view what);
/// The end that SIGINT and its like bring.
[[nodiscard]] Outcome outcome_of_signal(int number);

/// The object that --json prints, one line: success, values, error, duration_ms.
/// Errors: too_large (the values).
[[nodiscard]] Result<std::string> outcome_as_json(const Outcome& outcome);

/// What a stop that did not go well has to say; empty if it did.
[[nodiscard]] std::string describe(const StopReport& report, std::chrono::seconds deadline);

/// Prints `moonwright: text` to standard error, in one piece.
void complain(std::string_view text);

/// The operating system's text for an `errno`.
[[nodiscard]] std::string error_text(int number);

}  // namespace moonwright::cli
