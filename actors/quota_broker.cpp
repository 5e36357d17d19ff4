// quota_broker.cpp: see quota_broker.hpp.
#include "actors/quota_broker.hpp"

#include <algorithm>
#include <utility>

namespace moonwright::actors {

using runtime::MemoryGrant;
using runtime::MemoryRefusal;

namespace {

/// Looks at whether the answer is there before the thread goes to sleep: a turn is over much
/// sooner, unless the system took the processor away from whoever runs it.
constexpr int kLooksMax = 256;
/// What sleeping threads keep of a bounded budget, all together, is at most this part of it.
constexpr std::uint64_t kRestingPart = 64;

void breathe() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

}  // namespace

QuotaBroker::QuotaBroker(const Options& options) noexcept
    : books_(options.budget_bytes), options_(options), inbox_(idle()) {
  publish();
}

/// Marks that nobody runs the broker; no letter has such an address.
QuotaBroker::Letter* QuotaBroker::idle() noexcept {
  return reinterpret_cast<Letter*>(std::uintptr_t{1});
}

// The mailbox -------------------------------------------------------------------------------------

/// Whoever finds the broker idle runs it; by then nobody else does.
void QuotaBroker::post(Letter& letter) noexcept {
  Letter* top = inbox_.load(std::memory_order_relaxed);
  do {
    letter.next = top == idle() ? nullptr : top;
  } while (!inbox_.compare_exchange_weak(top, &letter, std::memory_order_acq_rel,
                                         std::memory_order_relaxed));
  if (top == idle()) {
    run();
  } else {
    wait_for(letter);
  }
}

void QuotaBroker::run() noexcept {
  std::vector<std::uint64_t> granted;
  Letter* nobody = nullptr;
  do {
    nobody = nullptr;
    Letter* newest = inbox_.exchange(nullptr, std::memory_order_acquire);
    Letter* oldest = nullptr;
    while (newest != nullptr) {
      Letter* const next = std::exchange(newest->next, oldest);
      oldest = std::exchange(newest, next);
    }
    while (oldest != nullptr) {
      // Once it is answered, whoever wrote it may be gone with it.
      Letter& letter = *std::exchange(oldest, oldest->next);
      handle(letter);
      letter.answered.store(true, std::memory_order_release);
    }
    granted.insert(granted.end(), granted_.begin(), granted_.end());
    granted_.clear();
    turns_.fetch_add(1, std::memory_order_release);
    turns_.notify_all();
  } while (!inbox_.compare_exchange_strong(nobody, idle(), std::memory_order_acq_rel,
                                           std::memory_order_relaxed));
  // Not before it is idle: whoever is told may have something to say to it.
  QuotaListener* const listener = granted.empty() ? nullptr : listener_.load();
  if (listener == nullptr) return;
  for (const std::uint64_t ticket : granted) listener->quota_granted(ticket);
}

void QuotaBroker::wait_for(const Letter& letter) noexcept {
  for (int looks = 0; looks < kLooksMax; ++looks) {
    if (letter.answered.load(std::memory_order_acquire)) return;
    breathe();
  }
  for (;;) {
    const std::uint32_t turn = turns_.load(std::memory_order_acquire);
    if (letter.answered.load(std::memory_order_acquire)) return;
    turns_.wait(turn, std::memory_order_acquire);
  }
}

void QuotaBroker::handle(Letter& letter) noexcept {
  switch (letter.kind) {
    case Kind::ask: letter.answer = books_.ask(letter.first, letter.second); break;
    case Kind::give: books_.give(letter.first); break;
    case Kind::ask_later: books_.ask_later(letter.first, letter.second); break;
    case Kind::forget: letter.answer.granted = books_.forget(letter.first) ? 1 : 0; break;
    case Kind::open_share:
      letter.share = books_.open_share(letter.share, letter.first, letter.weight, letter.second);
      break;
    case Kind::close_share: books_.close_share(letter.share); break;
    case Kind::take: letter.answer = books_.take(letter.share, letter.first, letter.second); break;
    case Kind::put: books_.put(letter.share, letter.first); break;
    case Kind::went_short: books_.went_short(letter.share); break;
    case Kind::set_cap: books_.set_cap(letter.share, letter.first); break;
    case Kind::held: letter.answer.granted = books_.held(letter.share); break;
    case Kind::set_budget: books_.set_total(letter.first); break;
    case Kind::figures:
      *letter.figures = {books_.total(),         books_.granted(), books_.available(),
                         books_.overdrawn(),     books_.shares(),  books_.waiting(),
                         books_.under_pressure()};
      break;
    case Kind::close_down: closing_ = true; break;
  }
  Books::Effects effects = books_.take_effects();
  granted_.insert(granted_.end(), effects.granted.begin(), effects.granted.end());
  if (effects.shed_bytes > 0) shed_.fetch_add(effects.shed_bytes, std::memory_order_relaxed);
  if (effects.recall || letter.kind == Kind::close_down) publish();
}

void QuotaBroker::publish() noexcept {
  const bool tight = books_.under_pressure();
  const std::uint64_t total = books_.total();
  const std::uint64_t target =
      closing_ ? 0 : lifecycle::float_target(total, options_.float_bytes, options_.threads, tight);
  tight_.store(tight, std::memory_order_relaxed);
  float_target_.store(target, std::memory_order_relaxed);
  const std::uint64_t threads = std::max(options_.threads, 1u);
  const std::uint64_t rest = tight || closing_ ? 0 : total / (kRestingPart * threads);
  resting_target_.store(rest, std::memory_order_relaxed);
  const std::uint64_t pool = lifecycle::float_target(total, total, threads, tight);
  pool_max_.store(closing_ ? 0 : pool, std::memory_order_relaxed);
  epoch_.fetch_add(1, std::memory_order_release);
}

// The messages ------------------------------------------------------------------------------------

MemoryGrant QuotaBroker::grant_of(const Books::Answer& answer) noexcept {
  const bool by_share = answer.refusal == Books::Refusal::share;
  return {answer.granted, by_share ? MemoryRefusal::share : MemoryRefusal::quota};
}

MemoryGrant QuotaBroker::ask(std::uint64_t least, std::uint64_t wanted) noexcept {
  Letter letter{.kind = Kind::ask, .first = least, .second = wanted};
  post(letter);
  return grant_of(letter.answer);
}

void QuotaBroker::give(std::uint64_t bytes) noexcept {
  if (bytes == 0) return;
  Letter letter{.kind = Kind::give, .first = bytes};
  post(letter);
}

void QuotaBroker::ask_later(std::uint64_t ticket, std::uint64_t bytes) noexcept {
  Letter letter{.kind = Kind::ask_later, .first = ticket, .second = bytes};
  post(letter);
}

bool QuotaBroker::forget(std::uint64_t ticket) noexcept {
  Letter letter{.kind = Kind::forget, .first = ticket};
  post(letter);
  return letter.answer.granted != 0;
}

QuotaBroker::Share QuotaBroker::open_share(Share around, std::uint64_t cap, double weight,
                                           std::uint64_t held) noexcept {
  Letter letter{
      .kind = Kind::open_share, .share = around, .first = cap, .second = held, .weight = weight};
  post(letter);
  return letter.share;
}

void QuotaBroker::close_share(Share share) noexcept {
  Letter letter{.kind = Kind::close_share, .share = share};
  post(letter);
}

MemoryGrant QuotaBroker::take(Share share, std::uint64_t least, std::uint64_t wanted) noexcept {
  Letter letter{.kind = Kind::take, .share = share, .first = least, .second = wanted};
  post(letter);
  return grant_of(letter.answer);
}

void QuotaBroker::put(Share share, std::uint64_t bytes) noexcept {
  if (bytes == 0) return;
  Letter letter{.kind = Kind::put, .share = share, .first = bytes};
  post(letter);
}

void QuotaBroker::went_short(Share share) noexcept {
  Letter letter{.kind = Kind::went_short, .share = share};
  post(letter);
}

void QuotaBroker::set_cap(Share share, std::uint64_t cap) noexcept {
  Letter letter{.kind = Kind::set_cap, .share = share, .first = cap};
  post(letter);
}

std::uint64_t QuotaBroker::held(Share share) noexcept {
  Letter letter{.kind = Kind::held, .share = share};
  post(letter);
  return letter.answer.granted;
}

void QuotaBroker::set_budget(std::uint64_t bytes) noexcept {
  Letter letter{.kind = Kind::set_budget, .first = bytes};
  post(letter);
}

QuotaBroker::Figures QuotaBroker::figures() noexcept {
  Figures figures;
  Letter letter{.kind = Kind::figures, .figures = &figures};
  post(letter);
  return figures;
}

void QuotaBroker::close_down() noexcept {
  Letter letter{.kind = Kind::close_down};
  post(letter);
}

}  // namespace moonwright::actors
