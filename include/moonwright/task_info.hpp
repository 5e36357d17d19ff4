// task_info.hpp: what an actor is in the middle of, and what it waits for.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "moonwright/actor_ref.hpp"
#include "moonwright/export.hpp"
#include "moonwright/value.hpp"

namespace moonwright {

/// What a task was started for.
enum class TaskKind : std::uint8_t { chunk, handler, fork, timer, hook };

/// What a suspended task waits for.
enum class Awaiting : std::uint8_t {
  turn,     ///< nothing but its turn: it gave way, has not begun, or what it waited for has come
  reply,    ///< the answer of a request
  futures,  ///< the answers of several, or of one that was sent before
  sleep,    ///< a point in time
};

/// "chunk", "handler", "fork", "timer", "hook".
[[nodiscard]] MOONWRIGHT_API std::string_view to_string(TaskKind value) noexcept;
/// "turn", "reply", "futures", "sleep".
[[nodiscard]] MOONWRIGHT_API std::string_view to_string(Awaiting value) noexcept;

/// An answer that has not come.
struct AwaitedReply {
  ActorRef from{};          ///< empty where an actor is awaited that has just been spawned
  std::string from_name{};  ///< of that actor
  std::string message{};    ///< what it was sent; cut after 64 bytes
};

/// One suspended task of an actor.
struct TaskInfo {
  /// Awaited replies that are listed.
  static constexpr std::size_t kRepliesMax = 16;

  TaskKind kind = TaskKind::handler;
  std::string message{};  ///< of a handler or a hook: its name; cut after 64 bytes
  Awaiting awaiting = Awaiting::turn;
  std::vector<AwaitedReply> replies{};  ///< with `reply` one, with `futures` the open ones
  std::chrono::nanoseconds waited{0};   ///< so far; a few milliseconds are uncertain
  std::optional<std::chrono::nanoseconds> left{};  ///< until it goes on in any case; none: never
  /// From the innermost call outwards, a line each, through the coroutines of the script; at most
  /// 22 lines.
  std::string traceback{};
};

/// The tasks of one actor, the oldest slot first.
struct TaskList {
  /// Tasks that are listed.
  static constexpr std::size_t kListedMax = 100;

  std::vector<TaskInfo> tasks{};
  std::size_t total = 0;  ///< with those that are not listed
};

/// As tables, as scripts get them and JSON shows them: times in seconds. Thread: any.
[[nodiscard]] MOONWRIGHT_API Value to_value(const TaskInfo& task);
/// A list of those.
[[nodiscard]] MOONWRIGHT_API Value to_value(const TaskList& list);
/// The inverse: what is missing or of another type is left as it is in a TaskInfo.
/// @param total see TaskList.
[[nodiscard]] MOONWRIGHT_API TaskList task_list_of(const Value& list, std::size_t total);

}  // namespace moonwright
