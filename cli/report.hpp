// report.hpp: how a program ended, for people, for programs and as an exit code.
#pragma once

#include <chrono>
#include <moonwright/execution.hpp>
#include <moonwright/result.hpp>
#include <moonwright/runtime.hpp>
#include <string>
#include <string_view>

#include "cli/exit_codes.hpp"

namespace moonwright::cli {

/// How a program ended.
struct Outcome {
  int exit_code = kExitDone;
  ExecutionResult result;  ///< for programs: what --json shows
  std::string complaint;   ///< for people; empty if there is nothing to say
};

/// Reads the result of the first actor; `actor` is its name in the message, `what` ("run
/// 'main.lua'") what could not even be begun if it was not. What its chunk returned is an exit code
/// only with ChunkReturn::exit_code.
[[nodiscard]] Outcome outcome_of(ExecutionResult result, std::string_view actor,
                                 std::string_view what, ChunkReturn chunk_return);
/// `what` could not even be begun because of `error`.
[[nodiscard]] Outcome outcome_of_failure(const Error& error, std::string_view what);
/// What the user said, on the command line or in a file, makes no sense because of `error`.
[[nodiscard]] Outcome outcome_of_bad_settings(const Error& error);
/// The end that SIGINT and its like bring.
[[nodiscard]] Outcome outcome_of_signal(int number);

/// The object that --json prints, one line.
/// Errors: too_large (the values).
[[nodiscard]] Result<std::string> outcome_as_json(const Outcome& outcome);

/// For a command that ends before it has begun anything: says so, in JSON too, and returns the exit
/// code.
[[nodiscard]] int refuse(Outcome outcome, bool json);

/// What a stop that did not go well has to say; empty if it did.
[[nodiscard]] std::string describe(const StopReport& report, std::chrono::seconds deadline);

/// Prints `moonwright: text` to standard error, in one piece.
void complain(std::string_view text);

/// The operating system's text for an `errno`.
[[nodiscard]] std::string error_text(int number);

}  // namespace moonwright::cli
