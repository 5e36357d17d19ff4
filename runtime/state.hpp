// state.hpp: one lua_State, owned, capped, and entered only through protected calls.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "moonwright/limits.hpp"
#include "moonwright/options.hpp"
#include "moonwright/result.hpp"
#include "runtime/allocator.hpp"
#include "runtime/debug_library.hpp"
#include "runtime/library_set.hpp"
#include "runtime/memory_class.hpp"
#include "runtime/meter.hpp"

struct lua_State;

namespace moonwright::runtime {

class ActorScript;

struct StateOptions {
  std::uint64_t memory_bytes_max = kUnlimited;
  Sandbox sandbox = Sandbox::restricted;
  LibrarySet libraries = LibrarySet::of(Sandbox::none);  ///< those that the level has, of these
  bool enable_debug = false;                             ///< see RuntimeOptions
  bool allow_bytecode = false;                           ///< the same; at level `none` only
  CollectorOptions collector{};
  MemoryClass memory_class = MemoryClass::none;
  std::uint32_t seed = 0;          ///< of string hashes and math.random
  bool secret_random = false;      ///< math.random begins with randomness of its own instead
  ActorScript* script = nullptr;   ///< what of() leads to; borrowed for the life of the state
  MemorySource* source = nullptr;  ///< of all its memory; borrowed for its life; null: malloc
  ChunkPool* pool = nullptr;       ///< see Allocator::set_pool()
  MemoryShare* share = nullptr;    ///< see Allocator::set_share()
  MemoryShare* lender = nullptr;   ///< see Allocator::begin_lease()
  std::uint64_t lease = 0;         ///< the same
  std::uint64_t refuse_after = ~std::uint64_t{0};  ///< see Allocator::refuse_after(); for tests
  std::uint64_t refusals = ~std::uint64_t{0};      ///< the same
};

/// What owns something outside the state: the first member of a userdata. It hangs on a list of the
/// state, so that dropping the state releases what every such userdata held, even where Lua's own
/// finalizers do not run.
struct HostNode {
  HostNode* previous = nullptr;
  HostNode* next = nullptr;
  void (*release)(HostNode* self) noexcept = nullptr;  ///< null once it has been called
  std::uint64_t declared = 0;  ///< memory of the host that it holds, in bytes; see State::declare()
};

/// What a full collection did.
struct Collection {
  std::uint64_t before = 0;  ///< bytes in use
  std::uint64_t after = 0;
};

/// One Lua state: its heap, its libraries, its host objects.
///
/// Thread: used by one thread at a time, by construction of its owner; may move between threads.
/// Owns: the lua_State and everything in it.
/// Requires: what can raise runs inside protect() or inside a resumed coroutine. An error that
/// finds neither reaches the panic handler, which reports it and ends the process.
class State {
 public:
  /// Errors: memory_limit if the limit does not even hold an empty state.
  [[nodiscard]] static Result<std::unique_ptr<State>> open(const StateOptions& options);
  /// Releases the host objects, then drops the heap: see drop_without_closing().
  ~State();
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  /// The state that `L`, any of its coroutines, belongs to.
  [[nodiscard]] static State& of(lua_State* L) noexcept;

  [[nodiscard]] lua_State* lua() const noexcept { return L_; }
  [[nodiscard]] ActorScript* script() const noexcept { return script_; }
  [[nodiscard]] Sandbox sandbox() const noexcept { return sandbox_; }
  [[nodiscard]] DebugHooks& debug_hooks() noexcept { return debug_hooks_; }
  [[nodiscard]] LibrarySet libraries() const noexcept { return libraries_; }
  [[nodiscard]] const StackBounds& stack_bounds() const noexcept { return stack_bounds_; }
  [[nodiscard]] bool has_secret_random() const noexcept { return secret_random_; }
  [[nodiscard]] bool allows_bytecode() const noexcept { return allows_bytecode_; }
  [[nodiscard]] std::uint32_t seed() const noexcept { return allocator_.seed(); }
  [[nodiscard]] MemoryFigures memory() const noexcept { return allocator_.figures(); }
  [[nodiscard]] Allocator& allocator() noexcept { return allocator_; }
  [[nodiscard]] Meter& meter() noexcept { return meter_; }
  [[nodiscard]] const Meter& meter() const noexcept { return meter_; }

  /// Runs `function` with `argument` as a light userdata, on the main thread of the state, and
  /// answers how it went; results are dropped. May be called while a coroutine runs.
  [[nodiscard]] Result<void> protect(int (*function)(lua_State*), void* argument);

  /// A full collection now, and chunks in which nothing is left go back. Counted as a forced one.
  /// May be called while a coroutine runs; never inside an allocation or a finalizer.
  Collection collect() noexcept;

  /// The same without running any code of the state, and without a count: what has a finalizer
  /// stays. With a Lua that is not the bundled one, nothing is collected.
  void collect_silently() noexcept;

  /// Has the destructor run no code of the state whatever happens: not that of finalizers, which at
  /// level `none` C modules and the debug library can set, and by which open files are closed. For
  /// a state that was killed. Below `none` there is no such code, and no state is ever closed.
  void drop_without_closing() noexcept { closes_ = false; }

  /// The table of globals while its contents are still opened on demand; null afterwards.
  [[nodiscard]] const void* lazy_globals() const noexcept { return lazy_globals_; }
  void set_lazy_globals(const void* table) noexcept { lazy_globals_ = table; }

  /// Puts `node` on the list of host objects; take_off() is its inverse. No locks, no allocation.
  void put_on(HostNode* node) noexcept;
  void take_off(HostNode* node) noexcept;
  /// Counts `bytes` that `node`, which is on the list, holds outside the state: as memory in use,
  /// until it is taken off. With `collects`, all garbage is collected if there is no room, for
  /// which `node` has to be reachable. False if there is no room. Not inside an allocation or a
  /// finalizer.
  [[nodiscard]] bool declare(HostNode& node, std::uint64_t bytes, bool collects = true) noexcept;
  /// Whether declare() would have room for `bytes`, after collecting all garbage if need be.
  [[nodiscard]] bool make_room_for(std::uint64_t bytes) noexcept;

 private:
  explicit State(const StateOptions& options) noexcept;

  Allocator allocator_;
  Meter meter_;
  lua_State* L_ = nullptr;
  ActorScript* script_;
  HostNode* host_nodes_ = nullptr;
  const void* lazy_globals_ = nullptr;
  StackBounds stack_bounds_;
  Sandbox sandbox_;
  LibrarySet libraries_;
  DebugHooks debug_hooks_;
  bool closes_;
  bool allows_bytecode_;
  bool secret_random_;
};

/// Pushes a new coroutine for a task, with as much of a stack as the memory class wants it to begin
/// with. Raises: memory errors.
lua_State* push_task_thread(lua_State* L);
/// The same for one that an error has stopped. False if there is no memory for it; it can be used
/// all the same.
[[nodiscard]] bool reserve_task_stack(lua_State* thread) noexcept;

/// The one mapping of the status of a protected call to an error code.
[[nodiscard]] ErrorCode code_of_status(int status) noexcept;

/// The text of the error value at the top of the stack, without running any of its metamethods.
/// Never raises; borrowed from the stack.
[[nodiscard]] std::string_view error_text(lua_State* L) noexcept;

/// Whether the coroutine `L` is in the middle of an await, together with those that resumed it, or
/// is that of a task: then only the runtime resumes or closes it.
/// Kept in the spare word that Lua gives each coroutine, beside the address of its State.
[[nodiscard]] bool is_awaiting(lua_State* L) noexcept;
void set_awaiting(lua_State* L, bool awaiting) noexcept;

}  // namespace moonwright::runtime
