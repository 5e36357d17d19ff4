// tree.hpp: who runs under whom, and how each of them is.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "moonwright/actor_ref.hpp"
#include "moonwright/crash_report.hpp"
#include "moonwright/export.hpp"
#include "moonwright/task_info.hpp"
#include "moonwright/value.hpp"

namespace moonwright {

/// One actor, one supervisor, or the runtime above all of them. What is not known of one is left at
/// its default: only a supervised actor has an id, a state that its supervisor gives it, and so on.
/// Figures of an actor are those of the end of its last turn.
struct TreeNode {
  /// Nodes of one tree; TreeNode::omitted of the top one counts the rest.
  static constexpr std::size_t kNodesMax = 10'000;
  /// Crash reports of one node.
  static constexpr std::size_t kCrashesMax = 10;

  enum class Kind : std::uint8_t { runtime, supervisor, actor };

  Kind kind = Kind::actor;
  ActorRef ref{};        ///< empty for the runtime, and for children that do not run
  std::uint64_t id = 0;  ///< of the actor; 0 if there is none
  std::string child{};   ///< its id at its supervisor
  std::string name{};
  std::string script{};
  /// Of a child: "stopped", "starting", "running", "leaving", "waiting", "stopping", "given_up". Of
  /// others "running". "silent": a supervisor that has not answered in time.
  std::string state = "running";
  bool in_use = false;  ///< it has something to do
  bool healthy = true;
  double score = 100;                  ///< see health.hpp
  std::vector<std::string> reasons{};  ///< why it is not 100
  std::uint32_t incarnation = 1;
  std::uint32_t restarts = 0;
  std::string restart{};        ///< "permanent", "transient", "temporary"; empty: not supervised
  std::string strategy{};       ///< of a supervisor
  std::string last_decision{};  ///< of its supervisor about it, in a sentence
  std::uint64_t memory_used_bytes = 0;
  std::uint64_t memory_limit_bytes = kNoLimit;
  std::uint64_t quota_bytes = 0;  ///< held of the memory budget; of the runtime: by everybody
  std::size_t mailbox_messages = 0;
  std::chrono::nanoseconds uptime{0};  ///< since the actor was made
  std::vector<CrashReport> crashes{};  ///< of the children of a supervisor, the newest last
  std::vector<TreeNode> children{};    ///< supervised ones first, in the order of their starts
  TaskList tasks{};                    ///< if they were asked for, and it has answered in time
  std::size_t omitted = 0;             ///< of the top node: actors below it that are not listed

  static constexpr std::uint64_t kNoLimit = ~std::uint64_t{0};
};

/// What a tree is to show.
struct TreeOptions {
  ActorRef top{};      ///< and all below it; empty: the runtime
  bool tasks = false;  ///< what each actor waits for, too: actors are asked, not only supervisors
  std::chrono::nanoseconds timeout = std::chrono::seconds(1);  ///< for all of them to answer
};

/// "runtime", "supervisor", "actor".
[[nodiscard]] MOONWRIGHT_API std::string_view to_string(TreeNode::Kind value) noexcept;

/// As tables, as scripts get them: times in seconds, `memory = {used_bytes, limit_bytes}`, no limit
/// is left out. Thread: any.
[[nodiscard]] MOONWRIGHT_API Value to_value(const TreeNode& node);
[[nodiscard]] MOONWRIGHT_API Value to_value(const CrashReport& report);
/// The inverse; what is missing or of another type keeps its default.
[[nodiscard]] MOONWRIGHT_API CrashReport crash_report_of(const Value& value);

}  // namespace moonwright
