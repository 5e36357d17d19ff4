// tree.cpp: see tree.hpp.
#include "moonwright/tree.hpp"

#include <utility>

#include "moonwright/quota.hpp"

namespace moonwright {
namespace {

double seconds_of(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

/// What is not there is left out: most nodes have little to tell.
void set_text(Table& table, const char* key, const std::string& text) {
  if (!text.empty()) table.set(key, text);
}

}  // namespace

std::string_view to_string(TreeNode::Kind value) noexcept {
  switch (value) {
    case TreeNode::Kind::runtime: return "runtime";
    case TreeNode::Kind::supervisor: return "supervisor";
    case TreeNode::Kind::actor: return "actor";
  }
  return "?";
}

Value to_value(const CrashReport& report) {
  Table table;
  table.set("time", std::chrono::duration<double>(report.time.time_since_epoch()).count());
  table.set("child", report.child);
  table.set("incarnation", report.incarnation);
  table.set("reason", report.reason);
  table.set("code", to_string(report.error.code));
  set_text(table, "error", report.error.message);
  set_text(table, "traceback", report.error.traceback);
  set_text(table, "message", report.message_name);
  table.set("memory_bytes", report.memory_bytes);
  table.set("mailbox_messages", report.mailbox_messages);
  return table;
}

CrashReport crash_report_of(const Value& value) {
  using Clock = std::chrono::system_clock;
  CrashReport report;
  report.time = Clock::time_point(std::chrono::duration_cast<Clock::duration>(
      std::chrono::duration<double>(value["time"].as_float())));
  report.child = value["child"].as_string();
  report.incarnation = static_cast<std::uint32_t>(value["incarnation"].as_integer());
  report.reason = value["reason"].as_string();
  report.error.code = parse_error_code(value["code"].as_string()).value_or(ErrorCode::error);
  report.error.message = value["error"].as_string();
  report.error.traceback = value["traceback"].as_string();
  report.message_name = value["message"].as_string();
  report.memory_bytes = static_cast<std::uint64_t>(value["memory_bytes"].as_integer());
  report.mailbox_messages = static_cast<std::size_t>(value["mailbox_messages"].as_integer());
  return report;
}

Value to_value(const TreeNode& node) {
  Table table;
  table.set("kind", to_string(node.kind));
  if (node.ref) table.set("ref", node.ref);
  if (node.id != 0) table.set("id", node.id);
  set_text(table, "child", node.child);
  set_text(table, "name", node.name);
  set_text(table, "script", node.script);
  table.set("state", node.state);
  table.set("in_use", node.in_use);
  table.set("healthy", node.healthy);
  table.set("score", node.score);
  if (!node.reasons.empty()) {
    table.set("reasons", Table::list(Values(node.reasons.begin(), node.reasons.end())));
  }
  table.set("incarnation", node.incarnation);
  table.set("restarts", node.restarts);
  set_text(table, "restart", node.restart);
  set_text(table, "strategy", node.strategy);
  set_text(table, "last_decision", node.last_decision);
  Table memory{{"used_bytes", node.memory_used_bytes}};
  if (node.memory_limit_bytes != TreeNode::kNoLimit) {
    memory.set("limit_bytes", node.memory_limit_bytes);
  }
  if (node.quota_bytes > 0) {
    memory.set("quota_bytes", node.quota_bytes);
    memory.set("efficiency", efficiency(node.memory_used_bytes, node.quota_bytes));
  }
  table.set("memory", std::move(memory));
  table.set("mailbox_messages", node.mailbox_messages);
  table.set("uptime", seconds_of(node.uptime));
  if (!node.crashes.empty()) {
    Values crashes;
    for (const CrashReport& each : node.crashes) crashes.push_back(to_value(each));
    table.set("crashes", Table::list(std::move(crashes)));
  }
  if (!node.tasks.tasks.empty()) table.set("tasks", to_value(node.tasks));
  if (!node.children.empty()) {
    Values children;
    for (const TreeNode& each : node.children) children.push_back(to_value(each));
    table.set("children", Table::list(std::move(children)));
  }
  if (node.omitted > 0) table.set("omitted", node.omitted);
  return table;
}

}  // namespace moonwright
