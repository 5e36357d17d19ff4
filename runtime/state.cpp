// state.cpp: making, entering and closing a Lua state.
#include "runtime/state.hpp"

#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <cstring>
#include <lua.hpp>
#include <string>
#include <utility>

#include "moonwright/bytes.hpp"
#include "runtime/libraries.hpp"
#include "runtime/lua_internals.h"
#include "runtime/stack_guard.hpp"

namespace moonwright::runtime {
namespace {

constexpr std::uintptr_t kAwaitingBit = 1;

std::uintptr_t& spare_word(lua_State* L) noexcept {
  return *static_cast<std::uintptr_t*>(lua_getextraspace(L));
}

/// Reached only by an error outside every protected call, which is a bug of ours. Lua ends the
/// process when this returns; what is written here is all that is left to find the bug.
int report_panic(lua_State* L) {
  constexpr std::string_view kIntroduction =
      "moonwright: panic: unprotected error in a Lua state: ";
  const std::string_view text = error_text(L);
  for (std::string_view piece : {kIntroduction, text, std::string_view("\n")}) {
    if (::write(STDERR_FILENO, piece.data(), piece.size()) < 0) break;
  }
  std::abort();
}

int set_up(lua_State* L) {
  const auto& collector = *static_cast<const CollectorOptions*>(lua_touserdata(L, 1));
  if (collector.mode == CollectorOptions::Mode::generational) {
    lua_gc(L, LUA_GCGEN, collector.minor_percent, collector.major_percent);
  } else {
    lua_gc(L, LUA_GCINC, collector.pause_percent, collector.step_percent, 0);
  }
  install_libraries(L);
  return 0;
}

}  // namespace

State::State(const StateOptions& options) noexcept
    : allocator_(options.memory_bytes_max, options.seed, options.source, options.pool),
      script_(options.script),
      stack_bounds_(bounds_of(options.memory_class)),
      sandbox_(options.sandbox),
      libraries_(options.libraries.common_with(LibrarySet::of(options.sandbox))),
      closes_(options.sandbox == Sandbox::none),
      allows_bytecode_(options.allow_bytecode && options.sandbox == Sandbox::none),
      secret_random_(options.secret_random) {
  debug_hooks_.enabled = options.enable_debug && options.sandbox == Sandbox::none;
  if (options.lender != nullptr) allocator_.begin_lease(*options.lender, options.lease);
  allocator_.set_share(options.share);
  allocator_.refuse_after(options.refuse_after, options.refusals);
  allocator_.set_stack_slots_max(stack_bounds_.slots_max);
  if (options.memory_class == MemoryClass::minimal) allocator_.use_smallest_chunks();
}

Result<std::unique_ptr<State>> State::open(const StateOptions& options) {
  std::unique_ptr<State> state(new State(options));
  const auto too_small = [&options, &state] {
    if (state->allocator_.refused_by() == MemoryRefusal::quota) {
      return fail(ErrorCode::quota_denied, "no memory is left for an empty Lua state");
    }
    if (state->allocator_.refused_by_share()) {
      return fail(ErrorCode::memory_limit,
                  "no memory is left for another actor of those that share it");
    }
    return fail(ErrorCode::memory_limit,
                "an empty Lua state does not fit into the memory limit of " +
                    format_bytes(options.memory_bytes_max));
  };
  state->L_ = lua_newstate(Allocator::allocate, &state->allocator_);
  if (state->L_ == nullptr) return too_small();
  lua_atpanic(state->L_, report_panic);
#ifdef MOONWRIGHT_BUNDLED_LUA
  moonwright_lua_set_call_depth(state->L_, state->stack_bounds_.call_depth_max);
#endif
  spare_word(state->L_) = reinterpret_cast<std::uintptr_t>(state.get());
  CollectorOptions collector = options.collector;
  if (!state->protect(set_up, &collector)) return too_small();
  return state;
}

State::~State() {
  // Host objects live inside the heap, so they go first; finalizers then find nothing left to do.
  while (host_nodes_ != nullptr) {
    HostNode* node = host_nodes_;
    take_off(node);
    std::exchange(node->release, nullptr)(node);
  }
  // Everything else is memory, and that goes at once, without a look at any object: below level
  // `none` the only finalizers are those of host objects, released above, and of the buffers of
  // Lua's own library, which hold memory of this heap. At `none` the io library's files and the
  // userdata of C modules hold what only their finalizers give back. Whoever kills such a state
  // prefers losing that to running code which a script may have chosen.
  if (L_ != nullptr && closes_) {
    allocator_.forgive();
    allocator_.open_headroom();
    lua_close(L_);
    assert(allocator_.used() == 0);
  }
  assert(allocator_.consistent());
}

Collection State::collect() noexcept {
  Collection done;
  done.before = allocator_.used();
  lua_gc(L_, LUA_GCCOLLECT);
  allocator_.trim();
  done.after = allocator_.used();
  allocator_.count_forced_collection(done.before - std::min(done.before, done.after));
  assert(allocator_.consistent());
  return done;
}

void State::collect_silently() noexcept {
#ifdef MOONWRIGHT_BUNDLED_LUA
  moonwright_lua_collect_silently(L_);
  allocator_.trim();
#endif
}

State& State::of(lua_State* L) noexcept {
  return *reinterpret_cast<State*>(spare_word(L) & ~kAwaitingBit);
}

Result<void> State::protect(int (*function)(lua_State*), void* argument) {
  // A coroutine may be running; the main thread's own stack is free all the same.
  if (lua_checkstack(L_, 4) == 0) {
    return fail(ErrorCode::memory_limit, "not enough memory for the stack");
  }
  const StackGuard guard(L_);
  lua_pushcfunction(L_, function);
  lua_pushlightuserdata(L_, argument);
  const int status = lua_pcall(L_, 1, 0, 0);
  if (status == LUA_OK) return {};
  Error error{code_of_status(status), std::string(error_text(L_)), {}};
  lua_pop(L_, 1);
  return fail(std::move(error));
}

void State::put_on(HostNode* node) noexcept {
  node->previous = nullptr;
  node->next = host_nodes_;
  if (host_nodes_ != nullptr) host_nodes_->previous = node;
  host_nodes_ = node;
}

void State::take_off(HostNode* node) noexcept {
  if (node->previous != nullptr) node->previous->next = node->next;
  if (node->next != nullptr) node->next->previous = node->previous;
  if (host_nodes_ == node) host_nodes_ = node->next;
  node->previous = node->next = nullptr;
  allocator_.release_external(std::exchange(node->declared, 0));
}

bool State::declare(HostNode& node, std::uint64_t bytes, bool collects) noexcept {
  if (collects && !make_room_for(bytes)) return false;
  if (!allocator_.charge_external(bytes)) return false;
  node.declared += bytes;
  return true;
}

bool State::make_room_for(std::uint64_t bytes) noexcept {
  if (!allocator_.charge_external(bytes)) {
    collect();
    if (!allocator_.charge_external(bytes)) return false;
  }
  allocator_.release_external(bytes);
  return true;
}

lua_State* push_task_thread(lua_State* L) {
  lua_State* const thread = lua_newthread(L);
  if (reserve_task_stack(thread)) return thread;
#ifdef MOONWRIGHT_BUNDLED_LUA
  moonwright_lua_memory_error(L);
#else
  luaL_error(L, "not enough memory");
  return thread;
#endif
}

bool reserve_task_stack(lua_State* thread) noexcept {
  const int slots = State::of(thread).stack_bounds().slots_at_start;
  return slots == 0 || lua_checkstack(thread, slots) != 0;
}

ErrorCode code_of_status(int status) noexcept {
  switch (status) {
    case LUA_ERRMEM: return ErrorCode::memory_limit;
    case LUA_ERRERR: return ErrorCode::error_in_handler;
    case LUA_ERRSYNTAX: return ErrorCode::syntax_error;
    case LUA_ERRFILE: return ErrorCode::io;
    default: return ErrorCode::error;
  }
}

std::string_view error_text(lua_State* L) noexcept {
  if (lua_type(L, -1) == LUA_TSTRING) {
    std::size_t size = 0;
    const char* text = lua_tolstring(L, -1, &size);
    return {text, size};
  }
  return lua_typename(L, lua_type(L, -1));
}

bool is_awaiting(lua_State* L) noexcept { return (spare_word(L) & kAwaitingBit) != 0; }

void set_awaiting(lua_State* L, bool awaiting) noexcept {
  std::uintptr_t& word = spare_word(L);
  word = awaiting ? word | kAwaitingBit : word & ~kAwaitingBit;
}

}  // namespace moonwright::runtime
