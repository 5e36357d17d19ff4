// task_list.cpp: see task_list.hpp.
#include "runtime/task_list.hpp"

#include <algorithm>
#include <lua.hpp>
#include <string>
#include <utility>

#include "runtime/actor_script.hpp"
#include "runtime/futures.hpp"
#include "runtime/ref_userdata.hpp"
#include "runtime/time_library.hpp"

namespace moonwright::runtime {
namespace {

constexpr int kLinesMax = 22;
constexpr std::size_t kNameBytesMax = 64;
/// Coroutines, one within the other, that are looked into.
constexpr std::size_t kCoroutinesMax = 8;
/// Futures of one wait that are looked at.
constexpr int kFuturesMax = 1'000;

std::string_view cut(std::string_view text) noexcept { return text.substr(0, kNameBytesMax); }

/// The innermost call of a coroutine, and what it was called with.
class Innermost {
 public:
  explicit Innermost(lua_State* L) noexcept
      : L_(L), found_(lua_getstack(L, 0, &frame_) != 0 && lua_getinfo(L, "S", &frame_) != 0) {}

  [[nodiscard]] bool is_c_function() const noexcept { return found_ && frame_.what[0] == 'C'; }
  /// Pushes its value `index`; answers false, and pushes nothing, if there is none.
  [[nodiscard]] bool push(int index) noexcept {
    return lua_checkstack(L_, 6) != 0 && lua_getlocal(L_, &frame_, index) != nullptr;
  }
  [[nodiscard]] lua_State* coroutine() const noexcept { return L_; }

 private:
  lua_State* L_;
  lua_Debug frame_{};
  bool found_;
};

/// The coroutine that `L` has resumed and that an await has gone through; null if there is none.
lua_State* awaiting_within(lua_State* L) noexcept {
  Innermost call(L);
  if (!call.is_c_function() || !call.push(1)) return nullptr;
  lua_State* const inner = lua_tothread(L, -1);
  lua_pop(L, 1);
  return inner != nullptr && lua_status(inner) == LUA_YIELD && is_awaiting(inner) ? inner : nullptr;
}

void add_call(lua_State* L, lua_Debug& frame, std::string& text) {
  lua_getinfo(L, "Slnt", &frame);
  text += text.empty() ? "" : "\n";
  text += frame.short_src;
  text += ":";
  if (frame.currentline > 0) text += std::to_string(frame.currentline) + ":";
  text += " in ";
  if (frame.namewhat[0] != '\0' && frame.name != nullptr) {
    text += std::string(frame.namewhat) + " '" + std::string(cut(frame.name)) + "'";
  } else if (frame.what[0] == 'm') {
    text += "main chunk";
  } else if (frame.what[0] != 'C') {
    text +=
        "function <" + std::string(frame.short_src) + ":" + std::to_string(frame.linedefined) + ">";
  } else {
    text += "a C function";
  }
}

/// Of `coroutines`, the innermost last; without the outermost call, which is the runtime's own.
std::string describe_stack(const std::vector<lua_State*>& coroutines) {
  std::string text;
  int lines = 0;
  for (std::size_t i = coroutines.size(); i-- > 0;) {
    lua_State* const L = coroutines[i];
    lua_Debug frame{};
    lua_Debug next{};
    bool found = lua_getstack(L, 0, &frame) != 0;
    for (int level = 1; found; ++level) {
      const bool has_next = lua_getstack(L, level, &next) != 0;
      if (!has_next && i == 0) break;
      if (++lines > kLinesMax) return text + "\n...";
      add_call(L, frame, text);
      found = has_next;
      frame = next;
    }
  }
  return text;
}

/// What the functions `call` and `request` have at the top of the stack: a receiver and a message.
AwaitedReply pop_reply(lua_State* L, Host& host) {
  AwaitedReply reply;
  if (const detail::RefTarget* target = to_ref(L, -2)) {
    reply.from = ActorRef::of(target);
    reply.from_name = host.name_of(*target);
  }
  if (lua_type(L, -1) == LUA_TSTRING) {
    std::size_t size = 0;
    const char* text = lua_tolstring(L, -1, &size);
    reply.message = cut({text, size});
  }
  lua_pop(L, 2);
  return reply;
}

/// The future at the top of the stack, which is popped, if it is one that has not settled.
void pop_future(lua_State* L, Host& host, TaskInfo& info) {
  const FutureNode* future = to_future(L, -1);
  if (future != nullptr && !future->settled && info.replies.size() < TaskInfo::kRepliesMax) {
    lua_getiuservalue(L, -1, 1);
    lua_getiuservalue(L, -2, 2);
    info.replies.push_back(pop_reply(L, host));
  }
  lua_pop(L, 1);
}

/// What a suspended function waits for, by what it was called with.
void look_at_wait(lua_State* L, Host& host, bool has_request, TaskInfo& info, double& seconds) {
  Innermost call(L);
  if (has_request) {
    info.awaiting = Awaiting::reply;
    AwaitedReply reply;
    if (call.is_c_function() && call.push(1)) {
      if (!call.push(2)) lua_pushnil(L);
      reply = pop_reply(L, host);
    }
    info.replies.push_back(std::move(reply));
    return;
  }
  if (!call.is_c_function() || !call.push(1)) return;
  const int first = lua_type(L, -1);
  if (first == LUA_TNUMBER) {
    info.awaiting = Awaiting::sleep;
    seconds = lua_tonumber(L, -1);
  } else if (first == LUA_TUSERDATA && to_future(L, -1) != nullptr) {
    info.awaiting = Awaiting::futures;
    pop_future(L, host, info);
    return;
  } else if (first == LUA_TTABLE) {
    info.awaiting = Awaiting::futures;
    for (int i = 2; i < kFuturesMax && call.push(i); ++i) pop_future(L, host, info);
  }
  lua_pop(L, 1);
}

TaskInfo look_at(ActorScript& script, const Task& task, Instant now) {
  TaskInfo info;
  info.kind = task.kind;
  if (task.kind == TaskKind::handler || task.kind == TaskKind::hook) {
    info.message = cut(task.note != nullptr ? task.note->name : task.message_name);
  }
  const bool has_begun = lua_status(task.thread) == LUA_YIELD;
  if (!has_begun) return info;
  std::vector<lua_State*> coroutines{task.thread};
  while (coroutines.size() < kCoroutinesMax) {
    lua_State* const inner = awaiting_within(coroutines.back());
    if (inner == nullptr) break;
    coroutines.push_back(inner);
  }
  info.traceback = describe_stack(coroutines);
  if (!task.waiting || script.is_ready(task.wait_id())) return info;
  Instant until = std::min(task.wait_scope, task.budget.deadline);
  double seconds = -1;
  look_at_wait(coroutines.back(), script.host(), task.request != 0, info, seconds);
  if (task.request != 0) until = std::min(until, script.deadline_of(task.request));
  if (seconds >= 0) until = std::min(until, after_seconds(task.since, seconds));
  info.waited = std::max(now - task.since, std::chrono::nanoseconds(0));
  if (until != kNever) info.left = std::max(until - now, std::chrono::nanoseconds(0));
  return info;
}

}  // namespace

TaskList list_tasks(ActorScript& script) {
  TaskList list;
  const Instant now = script.host().now();
  for (const auto& task : script.tasks()) {
    if (!task->active || (!task->waiting && !script.is_preempted(*task))) continue;
    if (++list.total > TaskList::kListedMax) continue;
    list.tasks.push_back(look_at(script, *task, now));
  }
  return list;
}

}  // namespace moonwright::runtime
