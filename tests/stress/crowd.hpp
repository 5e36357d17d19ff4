// crowd.hpp: a runtime and its actors, of whom each end is counted.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <moonwright/moonwright.hpp>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/eventually.hpp"
#include "support/preemption.hpp"

namespace moonwright::stress {

/// How actors have ended. Shared with the callbacks of a runtime.
///
/// Thread: any.
class Ends {
 public:
  void add(const ActorExit& exit) {
    const std::lock_guard lock(mutex_);
    ++reasons_[exit.reason];
    ++times_[exit.actor.id()];
  }
  [[nodiscard]] std::size_t count() const {
    const std::lock_guard lock(mutex_);
    return times_.size();
  }
  [[nodiscard]] std::size_t count(const std::string& reason) const {
    const std::lock_guard lock(mutex_);
    const auto found = reasons_.find(reason);
    return found == reasons_.end() ? 0 : found->second;
  }
  /// Whether somebody's end was told more than once.
  [[nodiscard]] bool told_twice() const {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, times] : times_) {
      if (times != 1) return true;
    }
    return false;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::size_t> reasons_;
  std::map<std::uint64_t, int> times_;
};

/// Thread: one test's.
class Crowd {
 public:
  explicit Crowd(Preemption mode, RuntimeOptions options = {})
      : runtime_(start(mode, std::move(options))) {}

  [[nodiscard]] Runtime& runtime() noexcept { return runtime_; }
  [[nodiscard]] const Ends& ends() const noexcept { return *ends_; }

  ActorRef spawn(std::string source, Limits limits = {}) {
    SpawnOptions options;
    options.script = Script::text(std::move(source), "crowd");
    options.limits = limits;
    options.on_exit = [ends = ends_](const ActorExit& exit) { ends->add(exit); };
    return runtime_.spawn(std::move(options)).value();
  }

  [[nodiscard]] Result<Values> ask(const ActorRef& actor, std::string_view name, Values args = {}) {
    return runtime_.call(actor, name, std::move(args), tests::kPatience).get();
  }

  /// Stops the runtime; true if nothing is left behind.
  [[nodiscard]] bool stop() {
    const auto report = runtime_.stop(tests::kPatience);
    return report && report->complete();
  }

 private:
  static Runtime start(Preemption mode, RuntimeOptions options) {
    if (options.workers == 0) options.workers = 2;
    options.preemption = mode;
    return Runtime::start(std::move(options)).value();
  }

  std::shared_ptr<Ends> ends_ = std::make_shared<Ends>();
  Runtime runtime_;
};

inline constexpr const char* kEcho = "return { echo = function(...) return ... end }";

/// A test that is made once for each way to interrupt a script; GetParam() is that way.
class InEachMode : public testing::TestWithParam<Preemption> {};

inline std::string name_of_mode(const testing::TestParamInfo<Preemption>& info) {
  return std::string(to_string(info.param));
}

}  // namespace moonwright::stress
