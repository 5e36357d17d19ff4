// attempt.cpp: an actor that attacks, one beside it that must not notice, and the verdict.
#include "attempt.hpp"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <future>
#include <memory>
#include <utility>

namespace moonwright::escapes {
namespace {

using Clock = std::chrono::steady_clock;

/// Longer than anything here takes; the alarm of the process rings long before.
constexpr std::chrono::seconds kPatience{60};
/// From the answer to the end of the actor, which takes no time when all is well.
constexpr std::chrono::seconds kEndPatience{10};
constexpr std::chrono::milliseconds kStopDeadline{100};

/// What the attack can tell the host: that it has begun.
class Start {
 public:
  void announce() {
    if (!announced_.exchange(true)) promise_.set_value();
  }
  void wait() { promise_.get_future().wait(); }

 private:
  std::atomic<bool> announced_ = false;
  std::promise<void> promise_;
};

std::string described(const Error& error) {
  return std::string(to_string(error.code)) + ": " + error.message;
}

std::string described(const Result<Values>& answer) {
  if (!answer) return described(answer.error());
  if (answer->empty()) return "nothing";
  const Value& value = answer->front();
  if (value.is_integer()) return std::to_string(value.as_integer());
  return value.is_string() ? std::string(value.as_string()) : std::string(value.type_name());
}

/// Whether `error` tells of the outcome. One that was asked to stop has stopped for those who wait
/// for it, even if it had to be killed in the end.
bool is_code_of(const Error& error, const Attack& attack, const std::string& outcome) {
  if (attack.deed == Deed::stop && error.code == ErrorCode::stopped) return outcome == "killed";
  return to_string(error.code) == outcome;
}

/// Empty if `answer` is what the attack should have got.
std::string problem_with(const Result<Values>& answer, const Attack& attack,
                         const std::string& outcome) {
  if (outcome == "ok") {
    return answer && described(answer) == attack.text ? "" : "it returned " + described(answer);
  }
  if (outcome == "error") {
    const bool as_expected = !answer && answer.error().code == ErrorCode::error &&
                             answer.error().message.find(attack.text) != std::string::npos;
    return as_expected ? "" : "it ended as " + described(answer);
  }
  if (!answer && is_code_of(answer.error(), attack, outcome)) return "";
  return "it was answered " + described(answer);
}

/// The same for the end of the actor.
std::string problem_with(const ActorExit& exit, const Attack& attack, const std::string& outcome) {
  const std::string how = "the actor ended as '" + exit.reason + "', " + described(exit.error);
  if (outcome == "normal") return exit.normal() ? "" : how;
  if (outcome == "ok") {
    return exit.normal() && described(Result<Values>(exit.values)) == attack.text ? "" : how;
  }
  if (outcome == "error") {
    const bool as_expected = exit.reason == "error" && exit.error.code == ErrorCode::error &&
                             exit.error.message.find(attack.text) != std::string::npos;
    return as_expected ? "" : how;
  }
  return exit.reason == outcome && is_code_of(exit.error, attack, outcome) ? "" : how;
}

class Scene {
 public:
  Scene(const Attack& attack, const Variation& variation)
      : attack_(attack), variation_(variation), runtime_(started(variation)) {
    const auto ready = [start = start_](Call&) -> Result<Values> {
      start->announce();
      return Values{};
    };
    if (!runtime_.expose("host.ready", ready)) std::abort();
    SpawnOptions echo;
    echo.script = Script::text("return { echo = function(...) return ... end }", "bystander");
    echo.name = "bystander";
    bystander_ = runtime_.spawn(std::move(echo)).value();
  }

  [[nodiscard]] std::string play() {
    if (std::string problem = ask_bystander(); !problem.empty()) return problem;
    const ActorRef attacker = spawn_attacker();
    const auto began = Clock::now();
    std::future<Result<Values>> answer;
    if (variation_.place == Place::handler) {
      answer = runtime_.call(attacker, "attack", {}, kPatience);
    }
    if (attack_.deed != Deed::none) start_->wait();
    if (attack_.deed == Deed::kill) static_cast<void>(runtime_.kill_actor(attacker));
    if (attack_.deed == Deed::stop) {
      static_cast<void>(runtime_.stop_actor(attacker, kStopDeadline));
    }
    std::string problem;
    if (answer.valid()) problem = problem_with(answer.get(), attack_, variation_.outcome);
    if (problem.empty() && ends_actor()) problem = wait_for_end();
    if (!problem.empty()) return problem;
    if (variation_.outcome == "timeout") report_lateness(Clock::now() - began);
    if (problem = ask_bystander(); !problem.empty()) return problem;
    return stop();
  }

 private:
  [[nodiscard]] static Runtime started(const Variation& variation) {
    RuntimeOptions options;
    options.workers = 1;
    options.log.target = LogOptions::Target::standard_error;
    options.log.level = LogLevel::warn;
    options.preemption = variation.mode;
    options.script_root = MOONWRIGHT_SOURCE_DIR "/tests/escapes/root";
    return Runtime::start(std::move(options)).value();
  }

  [[nodiscard]] ActorRef spawn_attacker() {
    SpawnOptions options;
    // On the line of the first comment, so that line numbers stay those of the file.
    options.script =
        Script::text(variation_.place == Place::chunk
                         ? attack_.source
                         : "return { attack = function(...) " + attack_.source + "\nend }",
                     attack_.name);
    options.limits = limits();
    options.sandbox = variation_.level;
    options.sandbox.capabilities = Capabilities{.modules = {"host"}};
    if (variation_.place == Place::chunk) {
      options.limits_cover_chunk = true;
      if (variation_.outcome == "ok") options.chunk_return = ChunkReturn::values;
    }
    options.on_exit = [this](const ActorExit& exit) { exit_.set_value(exit); };
    return runtime_.spawn(std::move(options)).value();
  }

  [[nodiscard]] Limits limits() const {
    Limits limits = attack_.limits;
    set_limits_for(variation_.outcome, limits);
    return limits;
  }

  /// An error or a result of a handler leaves its actor alive; all else ends it.
  [[nodiscard]] bool ends_actor() const {
    return variation_.place == Place::chunk ||
           (variation_.outcome != "ok" && variation_.outcome != "error");
  }

  [[nodiscard]] std::string wait_for_end() {
    auto exit = exit_.get_future();
    const bool has_answered = variation_.place == Place::handler;
    if (has_answered && exit.wait_for(kEndPatience) == std::future_status::timeout) {
      return "it was answered as it should be, but its actor lives on";
    }
    return problem_with(exit.get(), attack_, variation_.outcome);
  }

  [[nodiscard]] std::string ask_bystander() {
    const auto answer = runtime_.call(bystander_, "echo", {7}, kPatience).get();
    if (described(answer) == "7") return "";
    return "the actor beside it answered " + described(answer);
  }

  void report_lateness(Clock::duration taken) const {
    const std::chrono::duration<double, std::milli> late = taken - limits().timeout;
    std::printf("late_ms %.3f\n", late.count());
  }

  [[nodiscard]] std::string stop() {
    const auto report = runtime_.stop(kPatience);
    if (!report) return "the runtime did not stop: " + described(report.error());
    return report->complete() ? "" : "something did not stop with the runtime";
  }

  const Attack& attack_;
  const Variation& variation_;
  std::shared_ptr<Start> start_ = std::make_shared<Start>();
  std::promise<ActorExit> exit_;
  Runtime runtime_;
  ActorRef bystander_;
};

}  // namespace

std::string carry_out(const Attack& attack, const Variation& variation) {
  return Scene(attack, variation).play();
}

}  // namespace moonwright::escapes
