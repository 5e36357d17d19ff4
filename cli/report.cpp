// report.cpp: the words.
#include "cli/report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <system_error>

#include "cli/render.hpp"
#include "cli/signals.hpp"

namespace moonwright::cli {
namespace {

/// Whether a limit of the actor, or the runtime's budget, is what ended a script. A timeout is not
/// among them: it means that a call got no answer, and a script can handle that.
bool is_limit(ErrorCode code) noexcept {
  return code == ErrorCode::memory_limit || code == ErrorCode::instruction_limit ||
         code == ErrorCode::cpu_limit || code == ErrorCode::quota_denied;
}

std::string quote(std::string_view name) { return "'" + std::string(name) + "'"; }

std::string with_traceback(std::string text, const Error& error) {
  if (!error.traceback.empty()) text += '\n' + error.traceback;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace

Outcome outcome_of(const ActorExit& exit, std::string_view actor, ChunkReturn chunk_return) {
  Outcome outcome;
  outcome.values = exit.values;
  // Being asked to stop, by itself or by another actor, is an end in order.
  if (exit.normal() || exit.reason == "stopped") {
    const bool has_code = chunk_return == ChunkReturn::exit_code && !exit.values.empty();
    if (has_code) outcome.exit_code = static_cast<int>(exit.values.front().as_integer());
    return outcome;
  }
  outcome.error = exit.error;
  outcome.exit_code = is_limit(exit.error.code) ? kExitLimit : kExitFailed;
  if (exit.reason == "error") {
    const char* how =
        outcome.exit_code == kExitLimit ? "a limit stopped actor " : "error in actor ";
    outcome.complaint = with_traceback(how + quote(actor) + ": " + exit.error.message, exit.error);
  } else if (exit.reason == "killed") {
    outcome.complaint = "actor " + quote(actor) + " was killed";
  } else {
    outcome.complaint = "actor " + quote(actor) + " ended: " + exit.reason;
  }
  if (outcome.error->message.empty()) outcome.error->message = outcome.complaint;
  return outcome;
}

Outcome outcome_of_failure(const Error& error, std::string_view what) {
  Outcome outcome;
  const bool is_script = error.code == ErrorCode::syntax_error;
  outcome.exit_code = is_limit(error.code) ? kExitLimit : is_script ? kExitFailed : kExitUsage;
  outcome.error = error;
  outcome.complaint = with_traceback("cannot " + std::string(what) + ": " + error.message, error);
  return outcome;
}

Outcome outcome_of_signal(int number) {
  Outcome outcome;
  outcome.exit_code = exit_code_of_signal(number);
  outcome.error = Error{ErrorCode::stopped, std::string("stopped by ") + signal_name(number), {}};
  return outcome;
}

Result<std::string> outcome_as_json(const Outcome& outcome) {
  using Json = nlohmann::ordered_json;
  Result<nlohmann::json> values = values_as_json(outcome.values);
  if (!values) return fail(std::move(values.error()));
  Json error = nullptr;
  if (outcome.error) {
    error = Json{{"code", to_string(outcome.error->code)},
                 {"message", outcome.error->message},
                 {"traceback", outcome.error->traceback}};
  }
  const double microseconds = std::round(outcome.duration.count() * 1'000);
  const Json object{{"success", outcome.exit_code == kExitDone},
                    {"values", *std::move(values)},
                    {"error", std::move(error)},
                    {"duration_ms", microseconds / 1'000}};
  return object.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
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
