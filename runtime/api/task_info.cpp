// task_info.cpp: see task_info.hpp.
#include "moonwright/task_info.hpp"

#include <utility>

namespace moonwright {
namespace {

double seconds_of(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

std::chrono::nanoseconds time_of(const Value& seconds) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(seconds.as_float() * 1e9));
}

/// The enumerator below `count` that has this name; the first one if none has.
template <class Enum>
Enum named(std::string_view name, int count) {
  for (int i = 1; i < count; ++i) {
    if (to_string(static_cast<Enum>(i)) == name) return static_cast<Enum>(i);
  }
  return Enum{};
}

}  // namespace

Value to_value(const TaskInfo& task) {
  Table table;
  table.set("kind", to_string(task.kind));
  if (!task.message.empty()) table.set("message", task.message);
  table.set("awaiting", to_string(task.awaiting));
  if (!task.replies.empty()) {
    Values replies;
    for (const AwaitedReply& each : task.replies) {
      Table reply;
      if (each.from) reply.set("from", each.from);
      if (!each.from_name.empty()) reply.set("name", each.from_name);
      if (!each.message.empty()) reply.set("message", each.message);
      replies.emplace_back(std::move(reply));
    }
    table.set("replies", Table::list(std::move(replies)));
  }
  table.set("waited", seconds_of(task.waited));
  if (task.left) table.set("left", seconds_of(*task.left));
  table.set("traceback", task.traceback);
  return table;
}

Value to_value(const TaskList& list) {
  Values tasks;
  for (const TaskInfo& task : list.tasks) tasks.push_back(to_value(task));
  return Table::list(std::move(tasks));
}

TaskList task_list_of(const Value& value, std::size_t total) {
  TaskList list;
  list.total = total;
  for (const Value& each : value.as_table().elements()) {
    TaskInfo task;
    task.kind = named<TaskKind>(each["kind"].as_string(), 5);
    task.message = each["message"].as_string();
    task.awaiting = named<Awaiting>(each["awaiting"].as_string(), 4);
    for (const Value& reply : each["replies"].as_table().elements()) {
      task.replies.push_back({reply["from"].as_ref(), std::string(reply["name"].as_string()),
                              std::string(reply["message"].as_string())});
    }
    task.waited = time_of(each["waited"]);
    if (!each["left"].is_nil()) task.left = time_of(each["left"]);
    task.traceback = each["traceback"].as_string();
    list.tasks.push_back(std::move(task));
  }
  return list;
}

}  // namespace moonwright
