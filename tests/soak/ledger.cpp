// ledger.cpp: see ledger.hpp.
#include "ledger.hpp"

#include <chrono>
#include <memory>
#include <utility>

namespace moonwright::soak {
namespace {

using Clock = std::chrono::steady_clock;

/// Whether something here may fail with this: nothing is torn, forbidden, missing or too large.
bool may_happen(ErrorCode code) {
  switch (code) {
    case ErrorCode::error:
    case ErrorCode::timeout:
    case ErrorCode::cancelled:
    case ErrorCode::dead:
    case ErrorCode::killed:
    case ErrorCode::stopped:
    case ErrorCode::overload:
    case ErrorCode::memory_limit:
    case ErrorCode::instruction_limit:
    case ErrorCode::cpu_limit:
    case ErrorCode::quota_denied: return true;
    default: return false;
  }
}

/// Tells the second call from the first.
class Once {
 public:
  [[nodiscard]] bool again() const noexcept { return called_->exchange(true); }

 private:
  std::shared_ptr<std::atomic<bool>> called_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace

void Ledger::settle(bool answered, const Error* error) {
  if (answered) {
    ++answered_;
    return;
  }
  const auto number = static_cast<std::size_t>(error->code);
  if (!may_happen(error->code)) {
    complain(std::string(to_string(error->code)) + ": " + error->message);
  }
  ++failed_.at(number);
}

void Ledger::ask(Runtime& runtime, const ActorRef& to, std::string_view name, Values args,
                 const CallOptions& options, Done done) {
  ++sent_;
  const auto never =
      options.timeout < kPatience ? Clock::time_point::max() : Clock::now() + kPatience;
  runtime.call(
      to, name, std::move(args), options,
      [this, never, once = Once(), done = std::move(done)](const Result<Values>& answer) {
        if (once.again()) return complain("a request was answered twice");
        if (done) done(answer);
        settle(answer.has_value(), answer ? nullptr : &answer.error());
        if (!answer && answer.error().code == ErrorCode::timeout && Clock::now() >= never) {
          complain("a request was lost: " + answer.error().message);
        }
      });
}

void Ledger::ask_echo(Runtime& runtime, const ActorRef& to, const Values& args,
                      const CallOptions& options) {
  ask(runtime, to, "echo", args, options, [this, args](const Result<Values>& answer) {
    if (answer && *answer != args) complain("a request has another one's answer");
  });
}

std::function<void(const Result<void>&)> Ledger::open() {
  ++sent_;
  return [this, once = Once()](const Result<void>& result) {
    if (once.again()) return complain("something was answered twice");
    settle(result.has_value(), result ? nullptr : &result.error());
  };
}

std::function<void(ExecutionResult)> Ledger::open_execution() {
  return [done = open()](const ExecutionResult& result) {
    if (result.success) {
      done({});
    } else {
      done(tl::unexpected(result.error.value_or(Error{ErrorCode::dead, result.reason, {}})));
    }
  };
}

std::function<void(const ActorExit&)> Ledger::open_exit() {
  ++spawned_;
  return [this, once = Once()](const ActorExit& exit) {
    if (once.again()) return complain("the end of an actor was told twice: " + exit.reason);
    ++ended_;
  };
}

void Ledger::count(std::string_view what, std::uint64_t times) {
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find(what);
  if (found == counts_.end()) {
    counts_.emplace(what, times);
  } else {
    found->second += times;
  }
}

void Ledger::complain(const std::string& what) {
  const std::lock_guard lock(mutex_);
  if (complaints_.size() < kComplaintsMax) complaints_.push_back(what);
}

std::uint64_t Ledger::waiting() const noexcept {
  // What is done is read first: what is sent meanwhile only makes the difference larger.
  std::uint64_t done = answered_;
  for (const auto& failed : failed_) done += failed;
  return sent_ - done;
}

std::map<std::string, std::uint64_t> Ledger::failed() const {
  std::map<std::string, std::uint64_t> failed;
  for (std::size_t i = 0; i < kCodes; ++i) {
    if (failed_[i] != 0) failed.emplace(to_string(static_cast<ErrorCode>(i)), failed_[i]);
  }
  return failed;
}

std::map<std::string, std::uint64_t> Ledger::counts() const {
  const std::lock_guard lock(mutex_);
  return {counts_.begin(), counts_.end()};
}

std::vector<std::string> Ledger::complaints() const {
  const std::lock_guard lock(mutex_);
  return complaints_;
}

}  // namespace moonwright::soak
