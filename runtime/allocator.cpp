// allocator.cpp: limits, refusals, and the seed that Lua asks for while a state is made.
#include "runtime/allocator.hpp"

#include <algorithm>
#include <lua.hpp>
#include <utility>

namespace moonwright::runtime {
namespace {

constexpr std::uint64_t kNever = ~std::uint64_t{0};

/// An emergency collection is poor if it frees less than this part of what there is.
constexpr std::uint64_t kPoorPart = 20;
/// So much time in poor collections, one after the other, is thrashing; so are so many of them.
constexpr std::chrono::milliseconds kPoorTimeMax{8};
constexpr std::uint32_t kPoorCountMax = 16;
/// Poor collections that are further apart than this, and than ten times what they take, do not
/// follow each other: the state may live close to its limit as long as it gets something done.
constexpr std::chrono::milliseconds kApart{100};

/// What is taken from a share beyond what is needed now, so that not each allocation asks.
constexpr std::uint64_t ahead_of(std::uint64_t used) noexcept {
  return std::max<std::uint64_t>(4u << 10, used / 8);
}

/// What a heap of at most `limit` bytes may reserve.
std::uint64_t reserve_for(std::uint64_t limit) noexcept {
  const std::uint64_t most = (kNever - Allocator::kReserveExtra) / Allocator::kReserveMax;
  return limit > most ? kNever : limit * Allocator::kReserveMax + Allocator::kReserveExtra;
}

}  // namespace

Allocator::Allocator(std::uint64_t limit_bytes, std::uint32_t seed, MemorySource* source,
                     ChunkPool* pool) noexcept
    : arena_(source, pool), limit_(limit_bytes), seed_(seed) {
  bound_reserve();
  settle_ceiling();
}

/// Most of what a script does ends here, so what is common calls nothing and needs no stack frame.
void* Allocator::allocate(void* self, void* block, std::size_t old_size,
                          std::size_t new_size) noexcept {
  auto& mine = *static_cast<Allocator*>(self);
  if (new_size == 0) {
    if (block == nullptr) return nullptr;
    if (old_size > Arena::kSmallMax) [[unlikely]]
      return mine.release_big(block, old_size);
    mine.arena_.release_small(block, old_size);
    return nullptr;
  }
  if (block == nullptr && new_size <= Arena::kSmallMax &&
      mine.arena_.used() + new_size <= mine.ceiling_) [[likely]] {
    void* const made = mine.arena_.allocate_at_hand(new_size);
    if (made != nullptr) [[likely]]
      return made;
  }
  return mine.resize(block, block == nullptr ? 0 : old_size, new_size);
}

void* Allocator::release_big(void* block, std::size_t size) noexcept {
  arena_.release(block, size);
  return nullptr;
}

void* Allocator::resize(void* block, std::size_t old_size, std::size_t new_size) noexcept {
  if (new_size <= old_size) return arena_.resize(block, old_size, new_size);
  const Request request{block, old_size, new_size};
  if (arena_.used() + (new_size - old_size) > ceiling_) return grow_watched(request);
  void* const grown = grow(request);
  return grown != nullptr ? grown : refuse(request, refusal_of_source());
}

void* Allocator::grow(const Request& request) noexcept {
  lender_refused_ = false;
  return request.block == nullptr
             ? arena_.allocate(request.new_size)
             : arena_.resize(request.block, request.old_size, request.new_size);
}

MemoryRefusal Allocator::refusal_of_source() const noexcept {
  return lender_refused_ ? MemoryRefusal::quota : MemoryRefusal::source;
}

/// The compare of the common case lets growth pass that nobody has to hear of.
void Allocator::settle_ceiling() noexcept {
  if (pending_ || thrashing_ || allowance_ != kNever) {
    ceiling_ = 0;
  } else {
    const std::uint64_t closed = headroom_open_ ? 0 : std::min(headroom_, limit_);
    ceiling_ = std::min(watermark_, limit_ - closed);
    if (share_ != nullptr) ceiling_ = std::min(ceiling_, taken_);
  }
}

void Allocator::set_limit(std::uint64_t bytes) noexcept {
  limit_ = bytes;
  bound_reserve();
  settle_ceiling();
}

// What is shared ----------------------------------------------------------------------------------

void Allocator::set_share(MemoryShare* share, std::uint64_t granted) noexcept {
  if (share_ != nullptr) share_->give(taken_);
  share_ = share;
  taken_ = share != nullptr ? granted : 0;
  // What is in use already stays so, whether there is room for it or not.
  if (share != nullptr) static_cast<void>(take_share(used()));
  settle_ceiling();
}

std::uint64_t Allocator::release_share() noexcept {
  share_ = nullptr;
  settle_ceiling();
  return std::exchange(taken_, 0);
}

void Allocator::return_spare() noexcept {
  if (share_ == nullptr || taken_ - used() <= 2 * ahead_of(used())) return;
  const std::uint64_t kept = used() == 0 ? 0 : used() + ahead_of(used());
  share_->give(taken_ - kept);
  taken_ = kept;
  settle_ceiling();
}

/// Takes what is needed, and a little ahead if it is to be had. 0 bytes: it is not.
MemoryGrant Allocator::take_share(std::uint64_t needed) noexcept {
  if (needed <= taken_) return {1, {}};
  const std::uint64_t least = needed - taken_;
  const MemoryGrant grant = share_->take(least, least + ahead_of(needed));
  taken_ += grant.bytes;
  return grant;
}

// What is lent ------------------------------------------------------------------------------------

void Allocator::begin_lease(MemoryShare& lender, std::uint64_t lease) noexcept {
  lender_ = &lender;
  lease_ = lease;
  arena_.set_reserve_gate({this, extend_lease});
  bound_reserve();
}

void Allocator::end_lease() noexcept {
  if (lender_ != nullptr && lease_ > 0) lender_->give(lease_);
  lease_ = 0;
}

void Allocator::bound_reserve() noexcept {
  const std::uint64_t most = reserve_for(limit_);
  arena_.set_reserve_max(lender_ != nullptr ? std::min(most, lease_) : most);
}

/// The heap is about to reserve up to `wanted` bytes in all, and `least` would do. As much again is
/// asked for, for what comes next; a lender that is short of memory will lend less.
void Allocator::extend_lease(void* self, std::uint64_t least, std::uint64_t wanted) noexcept {
  auto& mine = *static_cast<Allocator*>(self);
  const std::uint64_t most = reserve_for(mine.limit_);
  if (least > most || least <= mine.lease_) return;
  const std::uint64_t ahead = std::min(wanted > most / 2 ? most : 2 * wanted, most);
  const MemoryGrant grant = mine.lender_->take(least - mine.lease_, ahead - mine.lease_);
  if (grant.bytes == 0) {
    mine.lender_refused_ = true;
    if (mine.share_ != nullptr) mine.share_->went_short();
    return;
  }
  mine.lease_ += grant.bytes;
  mine.bound_reserve();
}

void Allocator::settle_lease(std::uint64_t bytes) noexcept {
  const std::uint64_t kept = std::max(bytes, reserved());
  if (lender_ == nullptr || kept >= lease_) return;
  lender_->give(lease_ - kept);
  lease_ = kept;
  bound_reserve();
}

bool Allocator::charge_external(std::uint64_t bytes) noexcept {
  if (!admits(bytes)) return false;
  if (share_ != nullptr && take_share(used() + bytes).bytes == 0) return false;
  if (!arena_.count_external(bytes)) return false;
  settle_ceiling();
  return true;
}

// Refusals ----------------------------------------------------------------------------------------

/// Whether nobody but the source may object to `more` bytes.
bool Allocator::admits(std::size_t more) noexcept {
  if (thrashing_) return false;
  if (allowance_ == 0) {
    if (refusals_ != kNever && --refusals_ == 0) allowance_ = kNever;
    return false;
  }
  const std::uint64_t closed = headroom_open_ ? 0 : std::min(headroom_, limit_);
  const std::uint64_t most = limit_ - closed;
  return used() <= most && more <= most - used();
}

void* Allocator::grow_watched(const Request& request) noexcept {
  const bool asked_again = retriable_ && request == refused_;
  retriable_ = false;
  if (asked_again) end_emergency();
  const std::size_t more = request.new_size - request.old_size;
  if (!admits(more)) {
    retriable_ = asked_again;
    return refuse(request, thrashing_ ? MemoryRefusal::thrashing : MemoryRefusal::limit);
  }
  if (share_ != nullptr) {
    const MemoryGrant grant = take_share(used() + more);
    if (grant.bytes == 0) {
      retriable_ = asked_again;
      return refuse(request, grant.refusal);
    }
  }
  if (allowance_ != kNever) --allowance_;
  void* const block = grow(request);
  if (block == nullptr) {
    retriable_ = asked_again;
    return refuse(request, refusal_of_source());
  }
  if (asked_again) {
    --violations_;  // the first time was none
    const bool squeezed =
        refused_by_ == MemoryRefusal::quota || refused_by_ == MemoryRefusal::share;
    if (squeezed && watcher_.on_squeezed != nullptr) watcher_.on_squeezed(watcher_.context);
  }
  pending_ = false;
  if (used() > watermark_) {
    watermark_ = kNever;
    if (watcher_.on_watermark != nullptr) watcher_.on_watermark(watcher_.context);
  }
  settle_ceiling();
  return block;
}

/// Answers null. The first refusal of a request counts as a failure until it is granted after all;
/// the second one is final.
void* Allocator::refuse(const Request& request, MemoryRefusal reason) noexcept {
  if (std::exchange(retriable_, false)) {
    if (watcher_.on_refused != nullptr) watcher_.on_refused(watcher_.context, reason);
    return nullptr;
  }
  ++violations_;
  pending_ = retriable_ = true;
  // Thrashing has a cause, and that is what matters to whoever asks.
  if (reason != MemoryRefusal::thrashing) refused_by_ = reason;
  refused_ = request;
  used_when_refused_ = arena_.used();
  refused_at_ = now_();
  settle_ceiling();
  return nullptr;
}

/// Lua asks again for what was refused: in between it has collected its garbage.
void Allocator::end_emergency() noexcept {
  const Clock::time_point now = now_();
  const Clock::duration took = now - refused_at_;
  const Clock::duration since_last = refused_at_ - emergency_over_at_;
  emergency_over_at_ = now;
  const std::uint64_t freed = used_when_refused_ - std::min(used_when_refused_, arena_.used());
  ++emergency_collections_;
  emergency_freed_ += freed;

  const bool follows = since_last <= std::max<Clock::duration>(kApart, 10 * took);
  const bool poor = freed * kPoorPart < std::min(limit_, used_when_refused_);
  if (!poor || !follows) {
    poor_collections_ = 0;
    poor_time_ = {};
  }
  if (!poor) return;
  ++poor_collections_;
  poor_time_ += took;
  const bool too_long = poor_collections_ >= 2 && poor_time_ >= kPoorTimeMax;
  if (too_long || poor_collections_ >= kPoorCountMax) thrashing_ = true;
}

void Allocator::forgive() noexcept {
  pending_ = retriable_ = thrashing_ = false;
  poor_collections_ = 0;
  poor_time_ = {};
  settle_ceiling();
}

void Allocator::set_watermark(std::uint64_t bytes) noexcept {
  watermark_ = bytes;
  settle_ceiling();
}

void Allocator::set_headroom(std::uint64_t bytes) noexcept {
  headroom_ = bytes;
  settle_ceiling();
}

void Allocator::open_headroom() noexcept {
  headroom_open_ = true;
  settle_ceiling();
}

void Allocator::close_headroom() noexcept {
  headroom_open_ = false;
  settle_ceiling();
}

void Allocator::count_forced_collection(std::uint64_t freed) noexcept {
  ++forced_collections_;
  forced_freed_ += freed;
}

void Allocator::refuse_after(std::uint64_t count, std::uint64_t refused) noexcept {
  allowance_ = count;
  refusals_ = refused;
  forgive();
}

MemoryFigures Allocator::figures() const noexcept {
  MemoryFigures figures;
  figures.used = used();
  figures.peak = peak();
  figures.limit = limit_;
  figures.reserved = reserved();
  figures.violations = violations_;
  figures.emergency_collections = emergency_collections_;
  figures.emergency_freed = emergency_freed_;
  figures.forced_collections = forced_collections_;
  figures.forced_freed = forced_freed_;
  return figures;
}

}  // namespace moonwright::runtime

namespace {

const moonwright::runtime::Allocator& allocator_of(lua_State* L) noexcept {
  void* self = nullptr;
  static_cast<void>(lua_getallocf(L, &self));
  return *static_cast<moonwright::runtime::Allocator*>(self);
}

}  // namespace

/// Lua asks for its seed while it makes a state; the state's allocator knows it by then.
extern "C" unsigned int moonwright_lua_seed(lua_State* L) { return allocator_of(L).seed(); }

/// Lua asks when it makes a stack larger or smaller.
extern "C" int moonwright_lua_stack_max(lua_State* L) { return allocator_of(L).stack_slots_max(); }
