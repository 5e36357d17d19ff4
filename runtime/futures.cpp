// futures.cpp: awaiting one future, all of several, or any.
#include "runtime/futures.hpp"

#include <lua.hpp>
#include <utility>

#include "runtime/error_value.hpp"

namespace moonwright::runtime {
namespace {

int await_future(lua_State* L);
int cancel_future(lua_State* L);
int is_done(lua_State* L);

constexpr luaL_Reg kMethods[] = {
    {"await", await_future}, {"cancel", cancel_future}, {"done", is_done}, {nullptr, nullptr}};
constexpr NodeType kFutureType{"future", kMethods, nullptr};

FutureNode& check_future(lua_State* L, int index) {
  return *static_cast<FutureNode*>(check_node(L, index, kFutureType));
}

/// Raises what made `future` fail.
int raise_outcome(lua_State* L, const FutureNode& future) {
  Delivery outcome = future.outcome;
  outcome.message = future.reply.get();
  push_failure(L, outcome);
  return lua_error(L);
}

/// Pushes the results of a settled future, or raises its error.
int push_results(lua_State* L, const FutureNode& future) {
  if (future.failed) return raise_outcome(L, future);
  if (future.reply == nullptr) return 0;
  const int count = decode(L, future.reply->bytes(), future.reply->ref_list());
  if (count < 0) return raise(L, ErrorCode::corrupt, "a reply could not be decoded");
  return count;
}

/// A wait that was cut short, rather than ended by a future.
void check_interrupted(lua_State* L) {
  const Delivery& delivery = ActorScript::of(L).delivery();
  if (!delivery.failed) return;
  push_failure(L, delivery);
  lua_error(L);
}

int finish_await(lua_State* L, int, lua_KContext) {
  check_interrupted(L);
  return push_results(L, check_future(L, 1));
}

int await_future(lua_State* L) {
  FutureNode& future = check_future(L, 1);
  lua_settop(L, 1);
  if (future.settled) return push_results(L, future);
  ActorScript& script = ActorScript::of(L);
  script.require_await(L);
  Task& task = *script.current();
  task.outstanding = 1;
  future.add_waiter(script, task.wait_id());
  return script.await(L, finish_await, 0);
}

int cancel_future(lua_State* L) {
  FutureNode& future = check_future(L, 1);
  const bool was_open = !future.settled;
  if (was_open) {
    ActorScript& script = *future.script;
    script.close_request(std::exchange(future.request, 0));
    future.settle(script, nullptr,
                  {nullptr, true, ErrorCode::cancelled, "the request has been cancelled", nullptr});
  }
  lua_pushboolean(L, was_open ? 1 : 0);
  return 1;
}

int is_done(lua_State* L) {
  lua_pushboolean(L, check_future(L, 1).settled ? 1 : 0);
  return 1;
}

/// Checks that the argument is a list of futures, pushes them behind it, and answers how many.
int push_list(lua_State* L) {
  if (!lua_istable(L, 1)) type_error(L, 1, "list of futures");
  lua_settop(L, 1);
  const lua_Unsigned length = lua_rawlen(L, 1);
  if (length > 100'000) argument_error(L, 1, "more than 100,000 futures");
  const auto count = static_cast<int>(length);
  luaL_checkstack(L, count + 8, "too many futures");
  for (int i = 1; i <= count; ++i) {
    lua_rawgeti(L, 1, i);
    if (to_node(L, -1, kFutureType) == nullptr) {
      return raise_format(L, ErrorCode::invalid_argument, "element %d of the list is no future", i);
    }
  }
  return count;
}

/// How many of the futures behind the list are not settled, and the first one that decides: the
/// first failure for all(), the first success for any().
struct Survey {
  std::uint32_t open = 0;
  FutureNode* deciding = nullptr;
};

Survey survey(lua_State* L, int count, bool wants_success) {
  Survey result;
  for (int i = 0; i < count; ++i) {
    FutureNode& future = check_future(L, 2 + i);
    if (!future.settled) ++result.open;
    if (future.settled && future.failed != wants_success && result.deciding == nullptr) {
      result.deciding = &future;
    }
  }
  return result;
}

int await_list(lua_State* L, int count, std::uint32_t open, bool wants_success,
               lua_KFunction continuation) {
  ActorScript& script = ActorScript::of(L);
  script.require_await(L);
  Task& task = *script.current();
  task.outstanding = open;
  task.wants_success = wants_success;
  for (int i = 0; i < count; ++i) {
    FutureNode& future = check_future(L, 2 + i);
    if (!future.settled) future.add_waiter(script, task.wait_id());
  }
  return script.await(L, continuation, count);
}

int finish_all(lua_State* L, int, lua_KContext context);
int finish_any(lua_State* L, int, lua_KContext context);

int settle_all(lua_State* L, int count) {
  const Survey found = survey(L, count, false);
  if (found.deciding != nullptr) return raise_outcome(L, *found.deciding);
  if (found.open > 0) return await_list(L, count, found.open, false, finish_all);
  lua_createtable(L, count, 0);
  const int list = lua_gettop(L);
  for (int i = 0; i < count; ++i) {
    if (push_results(L, check_future(L, 2 + i)) == 0) lua_pushnil(L);
    lua_settop(L, list + 1);
    lua_rawseti(L, list, i + 1);
  }
  return 1;
}

int settle_any(lua_State* L, int count) {
  const Survey found = survey(L, count, true);
  if (found.deciding != nullptr) return push_results(L, *found.deciding);
  if (found.open > 0) return await_list(L, count, found.open, true, finish_any);
  return raise_outcome(L, check_future(L, 2));
}

int finish_all(lua_State* L, int, lua_KContext context) {
  check_interrupted(L);
  return settle_all(L, static_cast<int>(context));
}

int finish_any(lua_State* L, int, lua_KContext context) {
  check_interrupted(L);
  return settle_any(L, static_cast<int>(context));
}

}  // namespace

FutureNode::~FutureNode() {
  if (request != 0 && !settled) script->close_request(request);
}

void FutureNode::settle(ActorScript& owner, MessagePtr message, const Delivery& delivery) {
  if (settled) return;
  settled = true;
  failed = delivery.failed;
  request = 0;
  reply = std::move(message);
  outcome = delivery;
  outcome.message = nullptr;
  // Room was made before: nothing is collected here, where nobody may hold on to this.
  if (reply != nullptr && !owner.state().declare(*this, Message::cost(reply->size), false)) {
    reply = nullptr;
    failed = true;
    outcome = {nullptr, true, ErrorCode::overload, "no memory is left to keep the answer", nullptr};
  }
  // A task that waits for several is woken by each that could decide; it looks at all of them.
  for (const WaitId& waiter : std::exchange(waiters, {})) {
    Task* task = owner.waiting_task(waiter);
    if (task == nullptr) continue;
    if (task->outstanding > 0) --task->outstanding;
    if (task->outstanding == 0 || failed != task->wants_success) owner.make_ready(waiter, {});
  }
}

FutureNode* to_future(lua_State* L, int index) noexcept {
  return static_cast<FutureNode*>(to_node(L, index, kFutureType));
}

FutureNode* push_future(lua_State* L) {
  auto* node = push_node<FutureNode, 2>(L, kFutureType);
  node->script = &ActorScript::of(L);
  return node;
}

void FutureNode::add_waiter(ActorScript& owner, WaitId wait) {
  // Waits that were given up leave their names behind; they are swept before the list grows.
  if (waiters.size() == waiters.capacity()) {
    // The same wait may be among them already, before it has begun: a list may name a future twice.
    std::erase_if(
        waiters, [&](const WaitId& id) { return id != wait && owner.waiting_task(id) == nullptr; });
  }
  waiters.push_back(wait);
}

int all(lua_State* L) { return settle_all(L, push_list(L)); }

int any(lua_State* L) {
  const int count = push_list(L);
  if (count == 0) argument_error(L, 1, "an empty list");
  return settle_any(L, count);
}

}  // namespace moonwright::runtime
