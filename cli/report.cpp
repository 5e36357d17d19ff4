// report.cpp: the words.
#include "cli/report.hpp"

#include <algorithm>
#include <cstdio>
#include <system_error>
#include <utility>

#include "cli/output.hpp"
#include "cli/signals.hpp"

namespace moonwright::cli {
namespace {

/// Whether a limit of the actor, or the runtime's budget, is what ended a script. A timeout is one
/// if the actor ended as such: otherwise it means that a call got no answer, and a script can
/// handle that.
bool is_limit(ErrorCode code, std::string_view reason = {}) noexcept {
  return code == ErrorCode::memory_limit || code == ErrorCode::instruction_limit ||
         code == ErrorCode::cpu_limit || code == ErrorCode::quota_denied ||
         (code == ErrorCode::timeout && reason == to_string(ErrorCode::timeout));
}

std::string quote(std::string_view name) { return "'" + std::string(name) + "'"; }

std::string with_traceback(std::string text, const Error& error) {
  if (!error.traceback.empty()) text += '\n' + error.traceback;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace

Outcome outcome_of(ExecutionResult result, std::string_view actor, std::string_view what,
                   ChunkReturn chunk_return) {
  if (result.reason.empty() && result.error) return outcome_of_failure(*result.error, what);
  Outcome outcome;
  outcome.result = std::move(result);
  const std::string& reason = outcome.result.reason;
  // Being asked to stop, by itself or by another actor, is an end in order.
  if (reason == "stopped") outcome.result.error.reset();
  if (!outcome.result.error) {
    const Values& values = outcome.result.values;
    const bool has_code = chunk_return == ChunkReturn::exit_code && !values.empty();
    if (has_code) outcome.exit_code = static_cast<int>(values.front().as_integer());
    return outcome;
  }
  Error& error = *outcome.result.error;
  outcome.exit_code = is_limit(error.code, reason) ? kExitLimit : kExitFailed;
  if (outcome.exit_code == kExitLimit) {
    outcome.complaint = "a limit stopped actor " + quote(actor) + ": " + error.message;
  } else if (reason == "error") {
    outcome.complaint =
        with_traceback("error in actor " + quote(actor) + ": " + error.message, error);
  } else if (reason == "killed") {
    outcome.complaint = "actor " + quote(actor) + " was killed";
  } else {
    outcome.complaint = "actor " + quote(actor) + " ended: " + reason;
  }
  if (error.message.empty()) error.message = outcome.complaint;
  return outcome;
}

Outcome outcome_of_failure(const Error& error, std::string_view what) {
  Outcome outcome;
  const bool is_script = error.code == ErrorCode::syntax_error;
  outcome.exit_code = is_limit(error.code) ? kExitLimit : is_script ? kExitFailed : kExitUsage;
  outcome.result.error = error;
  outcome.complaint = with_traceback("cannot " + std::string(what) + ": " + error.message, error);
  return outcome;
}

Outcome outcome_of_bad_settings(const Error& error) {
  Outcome outcome;
  outcome.exit_code = kExitUsage;
  outcome.result.error = error;
  outcome.complaint = error.message;
  return outcome;
}

Outcome outcome_of_signal(int number) {
  Outcome outcome;
  outcome.exit_code = exit_code_of_signal(number);
  outcome.result.error =
      Error{ErrorCode::stopped, std::string("stopped by ") + signal_name(number), {}};
  return outcome;
}

Result<std::string> outcome_as_json(const Outcome& outcome) {
  ExecutionResult result = outcome.result;
  result.success = outcome.exit_code == kExitDone;
  auto json = to_json(result);
  if (json) *json += '\n';
  return json;
}

int refuse(Outcome outcome, bool json) {
  complain(outcome.complaint);
  if (outcome.result.error) outcome.result.error->message = outcome.complaint;
  if (!json) return outcome.exit_code;
  const Result<std::string> object = outcome_as_json(outcome);
  const int printed = object ? print_and_flush(*object) : kExitFailed;
  return outcome.exit_code != kExitDone ? outcome.exit_code : printed;
}

std::string describe(const StopReport& report, std::chrono::seconds deadline) {
  constexpr std::size_t kNamesMax = 10;
  const std::string time = std::to_string(deadline.count()) + " s";
  std::string text;
  if (report.killed > 0) {
    text = std::to_string(report.killed) + (report.killed == 1 ? " actor was" : " actors were") +
           " not done after " + time + " and had to be killed";
  }
  if (report.complete()) return text;
  text += (text.empty() ? "" : "; ") + std::string("still running after ") + time +
          " and left behind: ";
  for (std::size_t i = 0; i < std::min(report.still_running.size(), kNamesMax); ++i) {
    const StillRunning& one = report.still_running[i];
    text +=
        (i == 0 ? "" : ", ") + quote(one.name) + " (actor " + std::to_string(one.actor.id()) + ')';
  }
  if (report.still_running.size() > kNamesMax) {
    text += " and " + std::to_string(report.still_running.size() - kNamesMax) + " more";
  }
  return text;
}

void complain(std::string_view text) {
  const std::string line = "moonwright: " + std::string(text) + '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}

std::string error_text(int number) { return std::generic_category().message(number); }

}  // namespace moonwright::cli
