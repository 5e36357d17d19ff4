// program.cpp: the one wait of the command, and everything that can end it.
#include "cli/program.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <moonwright/runtime.hpp>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/give_up_box.hpp"
#include "cli/output.hpp"
#include "cli/profiles.hpp"
#include "cli/render.hpp"
#include "cli/report.hpp"
#include "cli/signals.hpp"
#include "cli/tree_text.hpp"
#include "cli/wakeup.hpp"

namespace moonwright::cli {
namespace {

constexpr std::chrono::seconds kStopDeadline{5};
/// How soon a changed file is noticed: a stat() for each script costs a microsecond or two.
constexpr std::chrono::milliseconds kWatchInterval{300};
/// When nobody reads any more, `yes.lua | head` should not keep the prompt for long.
constexpr std::chrono::seconds kStopDeadlineWithoutReader{1};

/// Carries the first actor's result from the runtime's callback thread to the main thread.
class ResultBox {
 public:
  /// Borrows `wakeup`, which is posted to when the box is filled.
  explicit ResultBox(Wakeup& wakeup) noexcept : wakeup_(wakeup) {}

  void put(ExecutionResult result) {
    {
      const std::lock_guard lock(mutex_);
      result_ = std::move(result);
    }
    wakeup_.post();
  }

  [[nodiscard]] std::optional<ExecutionResult> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(result_, std::nullopt);
  }

 private:
  Wakeup& wakeup_;
  std::mutex mutex_;
  std::optional<ExecutionResult> result_;
};

/// One run of one program.
///
/// The runtime is a local of run(), so that it is gone before what its threads call is: output_,
/// box_ and give_up_. Where it cannot go, because a script does not end, the process leaves
/// instead.
class Session {
 public:
  explicit Session(Program program)
      : program_(std::move(program)),
        output_(program_.json, wakeup_),
        box_(wakeup_),
        give_up_(wakeup_) {}

  int run() {
    if (const Result<void> opened = profiles_.open(program_.cpu_profile, program_.memory_profile);
        !opened) {
      return refuse(outcome_of_bad_settings(opened.error()), program_.json);
    }
    program_.runtime.output = [this](std::string_view, std::string_view text) {
      output_.print(text);
    };
    program_.runtime.on_give_up = [this](const ActorRef& supervisor, const std::string& why) {
      give_up_.put(supervisor, why);
    };
    program_.first.capture = program_.json;
    Result<Runtime> runtime = Runtime::start(std::move(program_.runtime));
    if (runtime) return run_in(*runtime);
    Outcome outcome = outcome_of_failure(runtime.error(), "start");
    add_result(outcome);
    return finish(outcome, output_.finish());
  }

 private:
  int run_in(Runtime& runtime) {
    const ChunkReturn chunk_return = program_.first.chunk_return;
    profiles_.begin(runtime, program_.first);
    if (auto started = start_supervisors(runtime); !started) {
      Outcome outcome = outcome_of_failure(started.error(), program_.title);
      static_cast<void>(runtime.stop(kStopDeadline));
      add_result(outcome);
      return finish(outcome, output_.finish());
    }
    runtime.execute(std::move(program_.script), std::move(program_.first),
                    [this](ExecutionResult result) { box_.put(std::move(result)); });
    Outcome outcome = wait(runtime, chunk_return);

    const bool unread = output_.error() == EPIPE;
    const std::chrono::seconds deadline = unread ? kStopDeadlineWithoutReader : kStopDeadline;
    const Result<StopReport> stopped = runtime.stop(deadline);
    const bool complete = stopped && stopped->complete();
    if (complete && outcome.result.reason.empty()) add_figures(outcome);
    if (const Result<void> written = profiles_.write(); !written) {
      if (outcome.exit_code == kExitDone) outcome.exit_code = kExitFailed;
      complain(written.error().message);
    }
    add_result(outcome);
    const int error = complete ? output_.finish() : output_.finish_without_waiting();
    const int exit_code = finish(outcome, error);
    if (stopped && !unread) {
      const std::string trouble = describe(*stopped, deadline);
      if (!trouble.empty()) complain(trouble);
    }
    // Threads that are stuck in a script still use what our destructors would take away.
    if (!complete) std::_Exit(exit_code);
    return exit_code;
  }

  Result<void> start_supervisors(Runtime& runtime) {
    Values watched;
    for (SupervisorSpec& spec : program_.supervisors) {
      const std::string name = spec.name.empty() ? "supervisor" : spec.name;
      auto supervisor = runtime.supervise(std::move(spec));
      if (!supervisor) return fail(std::move(supervisor.error()));
      watched.emplace_back(*supervisor);
      supervisors_.emplace_back(std::move(*supervisor), name);
    }
    if (program_.watches_supervisors) program_.first.args = std::move(watched);
    return {};
  }

  [[nodiscard]] Outcome outcome_of_given_up(const ActorRef& supervisor, const std::string& why) {
    std::string name = "supervisor";
    for (const auto& [each, its_name] : supervisors_) {
      if (each == supervisor) name = its_name;
    }
    Outcome outcome;
    outcome.exit_code = kExitFailed;
    outcome.complaint = "supervisor '" + name + "' gave up: " + why;
    outcome.result.error = Error{ErrorCode::dead, outcome.complaint, {}};
    return outcome;
  }

  /// On standard error, as Java and Go do it at this signal; and everything goes on.
  static void show_tree(Runtime& runtime) {
    TreeOptions options;
    options.tasks = true;
    const Result<TreeNode> tree = runtime.tree(options).get();
    if (!tree) return complain("SIGQUIT: " + tree.error().message);
    std::string text = tree_as_text(to_value(*tree));
    text.pop_back();
    complain("SIGQUIT: this is what runs\n" + text);
  }

  [[nodiscard]] Outcome wait(Runtime& runtime, ChunkReturn chunk_return) {
    for (;;) {
      if (const int number = signals_.stop_signal(); number != 0) {
        complain(std::string(signal_name(number)) + ": stopping; a second one leaves at once");
        return outcome_of_signal(number);
      }
      if (signals_.take_question()) show_tree(runtime);
      if (signals_.pipe_broke()) output_.check_reader();
      if (output_.error() != 0) return {};
      if (auto given_up = give_up_.look())
        return outcome_of_given_up(given_up->first, given_up->second);
      if (auto result = box_.take()) {
        return outcome_of(std::move(*result), program_.actor, program_.title, chunk_return);
      }
      if (program_.watch) {
        reload_changed(runtime);
        wakeup_.wait_for(kWatchInterval);
      } else {
        wakeup_.wait();
      }
    }
  }

  /// Whoever watches files while they are edited wants to see the change, and soon.
  static void reload_changed(Runtime& runtime) {
    for (const ChangedScript& each : runtime.reload_changed({.forced = true})) {
      complain(each.generation != 0
                   ? "reloading '" + each.script + "', generation " +
                         std::to_string(each.generation)
                   : "'" + each.script + "' stays as it was: " + each.error.message);
    }
  }

  /// The first actor did not end by itself: it has ended now, and what it used and printed is worth
  /// knowing all the same.
  void add_figures(Outcome& outcome) {
    if (!program_.json || !outcome.result.error ||
        outcome.result.error->code != ErrorCode::stopped) {
      return;
    }
    std::optional<ExecutionResult> result;
    while (!(result = box_.take())) wakeup_.wait();
    result->error = std::move(outcome.result.error);
    outcome.result = std::move(*result);
  }

  /// Puts on standard output what the command itself has to say there.
  void add_result(Outcome& outcome) {
    ExecutionResult& result = outcome.result;
    if (!program_.json && !(program_.print_values && !result.error)) return;
    Result<std::string> text =
        program_.json ? outcome_as_json(outcome) : values_as_text(result.values);
    if (!text) {
      result.values.clear();
      outcome.exit_code = kExitFailed;
      outcome.complaint = "cannot print the result: " + text.error().message;
      result.error = std::move(text.error());
      if (program_.json) text = outcome_as_json(outcome);
    }
    if (text) output_.result(*text);
  }

  /// Talks, once standard output is done with; `output_error` is an errno or 0.
  [[nodiscard]] static int finish(const Outcome& outcome, int output_error) {
    if (!outcome.complaint.empty()) complain(outcome.complaint);
    if (output_error == 0) return outcome.exit_code;
    if (output_error != EPIPE) complain("standard output: " + error_text(output_error));
    if (outcome.exit_code != kExitDone) return outcome.exit_code;
    return output_error == EPIPE ? exit_code_of_signal(SIGPIPE) : kExitFailed;
  }

  Program program_;
  Wakeup wakeup_;
  Signals signals_{wakeup_};
  Output output_;
  ResultBox box_;
  GiveUpBox give_up_;
  std::vector<std::pair<ActorRef, std::string>> supervisors_;  ///< with their names
  Profiles profiles_;
};

}  // namespace

int run_program(Program program) { return Session(std::move(program)).run(); }

}  // namespace moonwright::cli
