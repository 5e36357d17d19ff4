// tree_text.cpp: see tree_text.hpp.
#include "cli/tree_text.hpp"

#include <chrono>
#include <cstdint>
#include <ctime>
#include <moonwright/bytes.hpp>
#include <moonwright/durations.hpp>
#include <string_view>

namespace moonwright::cli {
namespace {

/// What a script has chosen, on a terminal: control characters do nothing there.
std::string clean(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    const auto code = static_cast<unsigned char>(letter);
    out += code < 0x20 || code == 0x7F ? ' ' : letter;
  }
  return out;
}

/// To three figures or so: nobody reads nanoseconds.
std::string time_text(double seconds) {
  using namespace std::chrono;
  const auto exact = duration_cast<nanoseconds>(duration<double>(seconds));
  if (exact >= minutes(10)) return std::to_string(floor<minutes>(exact).count()) + " min";
  if (exact >= minutes(1)) return format_duration(floor<std::chrono::seconds>(exact));
  if (exact >= std::chrono::seconds(1))
    return format_duration(floor<milliseconds>(exact) / 10 * 10);
  return format_duration(floor<milliseconds>(exact));
}

std::string count_text(std::int64_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string clock_text(double since_epoch) {
  const auto seconds = static_cast<std::time_t>(since_epoch);
  std::tm parts{};
  if (::localtime_r(&seconds, &parts) == nullptr) return "?";
  char text[32];
  return {text, std::strftime(text, sizeof text, "%H:%M:%S", &parts)};
}

std::string actor_text(const Value& reply) {
  std::string text = "'" + clean(reply["name"].as_string()) + "'";
  const Value& from = reply["from"];
  // As JSON an actor is an object with its number.
  const std::int64_t id =
      from.is_table() ? from["actor"].as_integer() : static_cast<std::int64_t>(from.as_ref().id());
  if (id != 0) text += " #" + std::to_string(id);
  return text;
}

std::string reply_text(const Value& reply) {
  if (reply["message"].is_nil()) return "the start of " + actor_text(reply);
  return "the answer of " + actor_text(reply) + " to '" + clean(reply["message"].as_string()) + "'";
}

std::string wait_text(const Value& task) {
  const std::string_view awaiting = task["awaiting"].as_string();
  if (awaiting == "turn") return "goes on as soon as it can";
  std::string text = awaiting == "sleep" ? "has slept " : "has waited ";
  text += time_text(task["waited"].as_float());
  if (!task["left"].is_nil()) {
    text += ", at most " + time_text(task["left"].as_float()) + " more";
  }
  const Values& replies = task["replies"].as_table().elements();
  const char* separator = ": for ";
  for (const Value& reply : replies) {
    text += separator + reply_text(reply);
    separator = ", ";
  }
  return text;
}

/// Adds lines with what is left of them.
class Writer {
 public:
  [[nodiscard]] std::string take() { return std::move(text_); }

  void add_node(const Value& node, const std::string& first, const std::string& rest) {
    line(first, node_text(node));
    const Values& children = node["children"].as_table().elements();
    const std::string inner = rest + (children.empty() ? "    " : "|   ");
    add_details(node, inner);
    for (std::size_t i = 0; i < children.size(); ++i) {
      const bool last = i + 1 == children.size();
      add_node(children[i], rest + (last ? "`-- " : "|-- "), rest + (last ? "    " : "|   "));
    }
  }

  void add_tasks(const Values& tasks, const std::string& margin) {
    for (const Value& task : tasks) add_task(task, margin);
  }

  void line(const std::string& margin, const std::string& text) {
    text_ += margin + text;
    while (text_.ends_with(' ')) text_.pop_back();
    text_ += '\n';
  }

 private:
  [[nodiscard]] static std::string node_text(const Value& node) {
    const std::string_view kind = node["kind"].as_string();
    const std::string name = clean(node["name"].as_string());
    const std::string child = clean(node["child"].as_string());
    std::string text = child.empty() ? name : child;
    if (!node["id"].is_nil()) text += " #" + std::to_string(node["id"].as_integer());
    if (kind == "supervisor") text += "  supervisor " + clean(node["strategy"].as_string());
    if (kind == "actor" && name != child && !child.empty() && !name.empty()) text += "  " + name;
    if (const std::string script = clean(node["script"].as_string());
        !script.empty() && script != name) {
      text += "  " + script;
    }
    text += "  " + clean(node["state"].as_string());
    if (!node["restart"].is_nil()) text += " " + std::string(node["restart"].as_string());
    if (kind == "actor" && !node["id"].is_nil()) {
      text += node["in_use"].as_boolean() ? ", in use" : ", idle";
    }
    if (const std::int64_t restarts = node["restarts"].as_integer(); restarts > 0) {
      text += ", " + count_text(restarts, "restart", "restarts");
    }
    if (!node["healthy"].as_boolean(true)) {
      text += ", unhealthy (" +
              std::to_string(static_cast<std::int64_t>(node["score"].as_float())) + " of 100)";
    }
    if (kind != "supervisor" && node["memory"].is_table()) text += figures(node);
    if (const double uptime = node["uptime"].as_float(); uptime > 0) {
      text += ", up " + time_text(uptime);
    }
    return text;
  }

  [[nodiscard]] static std::string figures(const Value& node) {
    const Value& memory = node["memory"];
    if (node["kind"].as_string() == "actor" && node["id"].is_nil()) return {};
    std::string text =
        ", " + format_bytes(static_cast<std::uint64_t>(memory["used_bytes"].as_integer()));
    if (!memory["limit_bytes"].is_nil()) {
      text += " of " + format_bytes(static_cast<std::uint64_t>(memory["limit_bytes"].as_integer()));
    }
    if (!memory["quota_bytes"].is_nil()) {
      const auto held = static_cast<std::uint64_t>(memory["quota_bytes"].as_integer());
      text += " (" + format_bytes(held) + " granted, " +
              std::to_string(static_cast<std::int64_t>(memory["efficiency"].as_float())) +
              " % of it used)";
    }
    if (const std::int64_t waiting = node["mailbox_messages"].as_integer(); waiting > 0) {
      text += ", " + count_text(waiting, "message", "messages") + " waiting";
    }
    return text;
  }

  void add_details(const Value& node, const std::string& margin) {
    for (const Value& reason : node["reasons"].as_table().elements()) {
      line(margin, "health: " + clean(reason.as_string()));
    }
    if (!node["last_decision"].is_nil()) line(margin, clean(node["last_decision"].as_string()));
    if (const Values& crashes = node["crashes"].as_table().elements(); !crashes.empty()) {
      add_crash(crashes.back(), margin);
    }
    add_tasks(node["tasks"].as_table().elements(), margin);
    if (const std::int64_t omitted = node["omitted"].as_integer(); omitted > 0) {
      line(margin, "... and " + count_text(omitted, "actor", "actors") + " more");
    }
  }

  void add_crash(const Value& crash, const std::string& margin) {
    std::string text = "last crash: " + clock_text(crash["time"].as_float()) + " '" +
                       clean(crash["child"].as_string()) + "'";
    if (!crash["message"].is_nil()) text += " in '" + clean(crash["message"].as_string()) + "'";
    text += ", life " + std::to_string(crash["incarnation"].as_integer()) + ": " +
            clean(crash["reason"].as_string());
    if (!crash["error"].is_nil()) text += ": " + clean(crash["error"].as_string());
    line(margin, text);
  }

  void add_task(const Value& task, const std::string& margin) {
    std::string text(task["kind"].as_string());
    if (!task["message"].is_nil()) text += " '" + clean(task["message"].as_string()) + "'";
    line(margin, text + " " + wait_text(task));
    std::string_view stack = task["traceback"].as_string();
    while (!stack.empty()) {
      const std::size_t end = stack.find('\n');
      line(margin + "    ", clean(stack.substr(0, end)));
      stack = end == std::string_view::npos ? std::string_view() : stack.substr(end + 1);
    }
  }

  std::string text_;
};

}  // namespace

std::string tree_as_text(const Value& tree) {
  Writer writer;
  writer.add_node(tree, "", "");
  return writer.take();
}

std::string tasks_as_text(const Value& tasks, std::int64_t total) {
  Writer writer;
  const Values& list = tasks.as_table().elements();
  writer.add_tasks(list, "");
  const auto listed = static_cast<std::int64_t>(list.size());
  if (total == 0) writer.line("", "nothing is suspended");
  if (total > listed) writer.line("", "... and " + std::to_string(total - listed) + " more");
  return writer.take();
}

}  // namespace moonwright::cli
