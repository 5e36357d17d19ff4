// allocator.hpp: the memory of one Lua state, counted exactly and capped.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "runtime/arena.hpp"
#include "runtime/memory_share.hpp"

namespace moonwright::runtime {

/// How much memory a state uses. All in bytes but the counts.
struct MemoryFigures {
  std::uint64_t used = 0;        ///< the sizes of all live blocks, as Lua asked for them
  std::uint64_t peak = 0;        ///< the largest that `used` has been
  std::uint64_t limit = 0;       ///< what `used` never exceeds
  std::uint64_t reserved = 0;    ///< what the source has given: `used`, what is free, and headers
  std::uint64_t violations = 0;  ///< allocations that failed
  std::uint64_t emergency_collections = 0;  ///< those that Lua ran because one was refused
  std::uint64_t emergency_freed = 0;        ///< by all of them together
  std::uint64_t forced_collections = 0;     ///< State::collect()
  std::uint64_t forced_freed = 0;           ///< by all of them together
};

/// What the owner of an Allocator hears of. Called inside Lua's allocation: must neither call Lua
/// nor throw, only note it.
struct MemoryWatcher {
  void* context = nullptr;
  void (*on_watermark)(void* context) noexcept = nullptr;
  void (*on_refused)(void* context, MemoryRefusal reason) noexcept = nullptr;
  /// Others left too little, and a collection made up for it: see refused_by().
  void (*on_squeezed)(void* context) noexcept = nullptr;
};

/// What Lua itself allows a stack.
inline constexpr int kLuaStackSlotsMax = 1'000'000;

/// The allocation function of one state (lua_Alloc), its heap and its books.
///
/// A refusal. Lua answers one by a full collection, an *emergency* one, and then asks for the same
/// again. If that is granted nobody but the figures knows. If it is refused too, the allocation has
/// failed: on_refused() is called, and Lua raises its memory error. Twice Lua does not ask again:
/// when a call needs a larger stack, and for the buffers of its library, whose error is an ordinary
/// one. on_refused() is not called then; refusal_pending() tells until memory is next granted, and
/// `violations` counts them like the others, so that it has grown since it was last looked at if
/// and only if an allocation failed in between.
///
/// Invariants: `used` is the sum of the sizes of the live blocks; it never exceeds `limit`;
/// shrinking and freeing never fail, as Lua requires. `reserved` is at most kReserveMax of the
/// limit: where blocks of many sizes have left the heap in crumbs, growth is refused before.
///
/// Two lenders, both optional. A *share* bounds what several states have in use together. The
/// *lender* is the runtime's budget, and what it lends, the lease, covers `reserved`: what was
/// taken from the system, not what the script makes of it. So only what takes memory from the
/// source can meet the budget, which few allocations do, and the common case does not look at it.
///
/// Thread: confined to the state's. Must outlive the state and not move.
class Allocator {
 public:
  /// @param seed what the state's string hashes start from.
  /// @param source borrowed; null: malloc.
  /// @param pool as for set_pool().
  Allocator(std::uint64_t limit_bytes, std::uint32_t seed, MemorySource* source = nullptr,
            ChunkPool* pool = nullptr) noexcept;
  /// Drops what is left.
  ~Allocator() {
    drop();
    set_share(nullptr);
    end_lease();
  }
  Allocator(const Allocator&) = delete;
  Allocator& operator=(const Allocator&) = delete;

  /// The lua_Alloc function; `self` is the Allocator. For a new block Lua passes a type tag in
  /// `old_size`, which is no size and is not counted as one.
  [[nodiscard]] static void* allocate(void* self, void* block, std::size_t old_size,
                                      std::size_t new_size) noexcept;

  /// Gives back all memory in O(chunks + big blocks). The state in it is gone: nothing of it runs,
  /// finalizers neither. The limit and the counts stay.
  void drop() noexcept {
    arena_.drop();
    return_spare();
    settle_lease(0);
  }
  /// Gives back chunks in which nothing is live. Worth it after a full collection.
  void trim() noexcept { arena_.trim(); }

  [[nodiscard]] MemoryFigures figures() const noexcept;
  /// Live blocks, and what is external.
  [[nodiscard]] std::uint64_t used() const noexcept { return arena_.used(); }
  [[nodiscard]] std::uint64_t peak() const noexcept { return arena_.peak(); }
  /// Changes whenever a figure other than these two does.
  [[nodiscard]] std::uint64_t events() const noexcept {
    return violations_ + 2 * emergency_collections_ + forced_collections_;
  }
  [[nodiscard]] std::uint64_t limit() const noexcept { return limit_; }
  /// Changes it, also to less than what is in use: then nothing is granted until less is.
  void set_limit(std::uint64_t bytes) noexcept;
  [[nodiscard]] std::uint32_t seed() const noexcept { return seed_; }
  /// How many slots a stack may have. Lua asks for it as it does for the seed; `system` Lua does
  /// not, and has its own bound.
  [[nodiscard]] int stack_slots_max() const noexcept { return stack_slots_max_; }
  void set_stack_slots_max(int slots) noexcept { stack_slots_max_ = slots; }
  /// Whether `used` equals the sum of the live blocks, and more like that; see Arena::consistent().
  [[nodiscard]] bool consistent() const noexcept { return arena_.consistent(); }

  /// Takes what is in use from `share` from now on, a little ahead, and gives it back to the share
  /// that was there before; null: none. Borrowed until replaced.
  /// @param granted how much of `share` is this allocator's already.
  void set_share(MemoryShare* share, std::uint64_t granted = 0) noexcept;
  /// What has been taken from the share.
  [[nodiscard]] std::uint64_t taken() const noexcept { return taken_; }
  /// Lets go of the share without giving anything back: it is somebody else's matter now.
  std::uint64_t release_share() noexcept;
  /// Gives back what has been taken from the share and is far from being used.
  void return_spare() noexcept;

  /// Has `lender` lend all that is taken from the source from now on. Before the first allocation.
  /// Borrowed until replaced.
  /// @param lease how much has been lent already.
  void begin_lease(MemoryShare& lender, std::uint64_t lease) noexcept;
  /// Who lends from now on, and to whom the lease goes in the end: that of another thread.
  void use_lender(MemoryShare* lender) noexcept {
    if (lender_ != nullptr && lender != nullptr) lender_ = lender;
  }
  /// What has been lent; at least `reserved`. 0 without a lender.
  [[nodiscard]] std::uint64_t lease() const noexcept { return lease_; }
  [[nodiscard]] std::uint64_t reserved() const noexcept { return arena_.reserved(); }
  /// Gives back what is leased beyond `bytes`, and is not reserved.
  void settle_lease(std::uint64_t bytes) noexcept;

  /// Counts memory of the host that the state holds, as if it were a block: against the limit, the
  /// share and the lease. False if one of them has no room for it; no failed allocation.
  [[nodiscard]] bool charge_external(std::uint64_t bytes) noexcept;
  void release_external(std::uint64_t bytes) noexcept { arena_.release_external(bytes); }

  void set_watcher(const MemoryWatcher& watcher) noexcept { watcher_ = watcher; }
  /// Whose chunks to use from now on; null: none. Borrowed until replaced: a state that moves to
  /// another thread is given that one's.
  void set_pool(ChunkPool* pool) noexcept { arena_.set_pool(pool); }
  /// Grows by as little at a time as can be: for states of which there are many.
  void use_smallest_chunks() noexcept { arena_.set_chunk_max(ChunkPool::kChunkMin); }

  /// Has on_watermark() called once, by the allocation with which `used` exceeds `bytes`.
  void set_watermark(std::uint64_t bytes) noexcept;
  /// Keeps the last `bytes` below the limit from everybody, until they are opened.
  void set_headroom(std::uint64_t bytes) noexcept;
  void open_headroom() noexcept;
  void close_headroom() noexcept;

  /// Whether an allocation has been refused and none has been granted since.
  [[nodiscard]] bool refusal_pending() const noexcept { return pending_; }
  /// Whether nothing is granted any more because collections free too little.
  [[nodiscard]] bool thrashing() const noexcept { return thrashing_; }
  /// Why memory was last refused; `limit` if it never was.
  [[nodiscard]] MemoryRefusal refused_by() const noexcept { return refused_by_; }
  [[nodiscard]] bool refused_by_share() const noexcept {
    return refused_by_ == MemoryRefusal::share;
  }
  /// Ends both, without a trace but in the figures.
  void forgive() noexcept;

  /// To the figures of a collection that somebody asked for.
  void count_forced_collection(std::uint64_t freed) noexcept;

  /// Lets the next `count` growing allocations succeed and refuses the `refused` ones after them,
  /// all by default, until it is called again. For tests that let every allocation fail. One
  /// refusal makes Lua collect its garbage; two in a row are the failure of one allocation.
  void refuse_after(std::uint64_t count, std::uint64_t refused = ~std::uint64_t{0}) noexcept;

  using Clock = std::chrono::steady_clock;
  /// Where the time that collections take is read. For tests that decide what time it is.
  void use_clock(Clock::time_point (*now)() noexcept) noexcept { now_ = now; }

  /// What `reserved` may be: so many times the limit, and a little for small limits.
  static constexpr std::uint64_t kReserveMax = 2;
  static constexpr std::uint64_t kReserveExtra = 64u << 10;

 private:
  /// What was asked for when memory was last refused.
  struct Request {
    void* block = nullptr;
    std::size_t old_size = 0;
    std::size_t new_size = 0;
    friend bool operator==(const Request&, const Request&) = default;
  };

  [[nodiscard, gnu::noinline]] void* release_big(void* block, std::size_t size) noexcept;
  [[nodiscard, gnu::noinline]] void* resize(void* block, std::size_t old_size,
                                            std::size_t new_size) noexcept;
  [[nodiscard]] void* grow(const Request& request) noexcept;
  [[nodiscard]] MemoryRefusal refusal_of_source() const noexcept;
  [[nodiscard]] void* grow_watched(const Request& request) noexcept;
  [[nodiscard]] bool admits(std::size_t more) noexcept;
  [[nodiscard]] MemoryGrant take_share(std::uint64_t needed) noexcept;
  static void extend_lease(void* self, std::uint64_t least, std::uint64_t wanted) noexcept;
  void bound_reserve() noexcept;
  void end_lease() noexcept;
  void* refuse(const Request& request, MemoryRefusal reason) noexcept;
  void end_emergency() noexcept;
  void settle_ceiling() noexcept;

  Arena arena_;
  /// Growth up to here needs no second look. 0 while every allocation needs one.
  std::uint64_t ceiling_ = 0;
  std::uint64_t limit_;
  MemoryShare* share_ = nullptr;
  std::uint64_t taken_ = 0;  ///< of the share
  MemoryShare* lender_ = nullptr;
  std::uint64_t lease_ = 0;
  std::uint64_t watermark_ = ~std::uint64_t{0};
  std::uint64_t headroom_ = 0;
  std::uint64_t allowance_ = ~std::uint64_t{0};
  std::uint64_t refusals_ = ~std::uint64_t{0};  ///< once the allowance is used up
  MemoryWatcher watcher_;
  std::uint32_t seed_;
  int stack_slots_max_ = kLuaStackSlotsMax;
  bool headroom_open_ = false;
  bool pending_ = false;    ///< refused, and nothing granted since
  bool retriable_ = false;  ///< refused once; the next request decides what that was
  bool thrashing_ = false;
  bool lender_refused_ = false;  ///< since the current allocation began
  MemoryRefusal refused_by_ = MemoryRefusal::limit;

  Clock::time_point (*now_)() noexcept = Clock::now;
  Request refused_;
  std::uint64_t used_when_refused_ = 0;
  Clock::time_point refused_at_;
  Clock::time_point emergency_over_at_;
  /// Collections in a row that freed too little, and what they took.
  std::uint32_t poor_collections_ = 0;
  Clock::duration poor_time_{};

  std::uint64_t violations_ = 0;
  std::uint64_t emergency_collections_ = 0;
  std::uint64_t emergency_freed_ = 0;
  std::uint64_t forced_collections_ = 0;
  std::uint64_t forced_freed_ = 0;
};

}  // namespace moonwright::runtime
