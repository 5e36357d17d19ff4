// script_source.hpp: a script as what actors are made from, now and after it has changed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "moonwright/options.hpp"
#include "runtime/code.hpp"

namespace moonwright::actors {

struct SpawnPlan;

/// One script, in generations: each new source, and each reload, is the next one. Whoever makes an
/// actor of it takes the newest.
///
/// Thread: any.
class ScriptSource {
 public:
  struct Version {
    std::shared_ptr<const runtime::Code> code;  ///< never null
    std::uint32_t generation = 1;
  };

  /// @param script how it is found again.
  ScriptSource(Script script, std::shared_ptr<const runtime::Code> code)
      : script_(std::move(script)),
        chunk_name_(code->chunk_name()),
        newest_{std::move(code)},
        proven_(newest_) {}

  [[nodiscard]] const Script& script() const noexcept { return script_; }
  /// As in error messages.
  [[nodiscard]] const std::string& chunk_name() const noexcept { return chunk_name_; }
  [[nodiscard]] Version newest() const {
    const std::lock_guard lock(mutex_);
    return newest_;
  }
  /// From now on it is `code`. Answers its generation.
  std::uint32_t advance(std::shared_ptr<const runtime::Code> code) {
    const std::lock_guard lock(mutex_);
    newest_ = {std::move(code), ++generations_};
    return newest_.generation;
  }
  /// An actor has begun with `version`.
  void prove(const Version& version) {
    const std::lock_guard lock(mutex_);
    if (version.generation > proven_.generation) proven_before_ = std::exchange(proven_, version);
  }
  /// What an actor was last made of it by; null if nobody uses that any more.
  [[nodiscard]] std::shared_ptr<const SpawnPlan> last_plan() const {
    const std::lock_guard lock(mutex_);
    return last_plan_.lock();
  }
  void keep_plan(const std::shared_ptr<const SpawnPlan>& plan) {
    const std::lock_guard lock(mutex_);
    last_plan_ = plan;
  }
  /// Somebody who runs it has required the module in the file `path`.
  void note_module(const std::string& path) {
    const std::lock_guard lock(mutex_);
    modules_.insert(path);
  }
  [[nodiscard]] bool requires_one_of(const std::set<std::string>& paths) const {
    const std::lock_guard lock(mutex_);
    return std::any_of(paths.begin(), paths.end(),
                       [this](const std::string& each) { return modules_.contains(each); });
  }
  /// An actor could not begin with `generation`: if that is the newest, the newest is now the last
  /// one with which somebody has begun. Answers whether it was.
  bool withdraw(std::uint32_t generation) {
    const std::lock_guard lock(mutex_);
    if (proven_.generation == generation && proven_before_.code != nullptr) {
      proven_ = std::exchange(proven_before_, {});
    }
    if (newest_.generation != generation || proven_.generation == generation) return false;
    newest_ = proven_;
    return true;
  }

 private:
  const Script script_;
  const std::string chunk_name_;
  mutable std::mutex mutex_;
  Version newest_;                 ///< under mutex_
  Version proven_;                 ///< the last one that somebody has begun with; under mutex_
  Version proven_before_{};        ///< the one before that, if it has code; under mutex_
  std::set<std::string> modules_;  ///< that were ever required; under mutex_
  std::weak_ptr<const SpawnPlan> last_plan_;  ///< under mutex_
  std::uint32_t generations_ = 1;  ///< so far, with those that were withdrawn; under mutex_
};

}  // namespace moonwright::actors
