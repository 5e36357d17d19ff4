// quota_broker.hpp: the actor that owns the memory budget.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "lifecycle/lease_size.hpp"
#include "lifecycle/memory_books.hpp"
#include "runtime/memory_share.hpp"

namespace moonwright::actors {

/// What the broker tells those who asked for something that takes time.
class QuotaListener {
 public:
  /// Whoever waits by `ticket` has its memory now.
  /// Thread: any that speaks with the broker, also inside an allocation of a script: must be short,
  /// must not call Lua.
  virtual void quota_granted(std::uint64_t ticket) noexcept = 0;

 protected:
  ~QuotaListener() = default;
};

/// An actor in all that counts: it owns its state, the books, has a mailbox, and takes one message
/// after the other; whoever wants something posts a message and gets an answer. It runs no script
/// and no turn of it takes longer than about a microsecond, so it has no place in the queues of the
/// scheduler: it is run at once, by whoever wakes it, on that thread. Those who come meanwhile
/// leave their messages and wait for the answers; they never wait for a script.
///
/// So an allocation that needs more than its thread has at hand can ask in the middle of Lua, and
/// no script is given way for it.
///
/// Thread: any. Outlives everybody who holds something of the budget: hence shared.
class QuotaBroker {
 public:
  using Books = lifecycle::MemoryBooks;
  using Share = Books::Share;
  struct Options {
    std::uint64_t budget_bytes = ~std::uint64_t{0};
    std::uint64_t float_bytes = 4u << 20;  ///< what each thread has at hand, if there is enough
    std::uint32_t threads = 1;             ///< that run scripts, about
  };
  struct Figures {
    std::uint64_t total = 0;
    std::uint64_t granted = 0;
    std::uint64_t available = 0;
    std::uint64_t overdrawn = 0;
    std::uint64_t shares = 0;
    std::uint64_t waiting = 0;
    bool under_pressure = false;
  };

  explicit QuotaBroker(const Options& options) noexcept;
  /// Requires: nobody speaks with it any more.
  ~QuotaBroker() = default;
  QuotaBroker(const QuotaBroker&) = delete;
  QuotaBroker& operator=(const QuotaBroker&) = delete;

  // Messages. Each waits for its answer.
  /// From `least` to `wanted` bytes of the budget.
  [[nodiscard]] runtime::MemoryGrant ask(std::uint64_t least, std::uint64_t wanted) noexcept;
  void give(std::uint64_t bytes) noexcept;
  /// Has the listener told when `bytes` are there; they belong to whoever has the ticket then.
  void ask_later(std::uint64_t ticket, std::uint64_t bytes) noexcept;
  /// False if the ticket has been granted already.
  bool forget(std::uint64_t ticket) noexcept;
  [[nodiscard]] Share open_share(Share around, std::uint64_t cap, double weight,
                                 std::uint64_t held = 0) noexcept;
  void close_share(Share share) noexcept;
  [[nodiscard]] runtime::MemoryGrant take(Share share, std::uint64_t least,
                                          std::uint64_t wanted) noexcept;
  void put(Share share, std::uint64_t bytes) noexcept;
  void went_short(Share share) noexcept;
  void set_cap(Share share, std::uint64_t cap) noexcept;
  [[nodiscard]] std::uint64_t held(Share share) noexcept;
  void set_budget(std::uint64_t bytes) noexcept;
  [[nodiscard]] Figures figures() noexcept;

  /// Before the first ticket; null from when nobody waits any more.
  void set_listener(QuotaListener* listener) noexcept { listener_.store(listener); }

  // What it has published. Hints: what they decide can only be how soon somebody gives back.
  /// Changes whenever floats should look at what they hold.
  [[nodiscard]] std::uint32_t epoch() const noexcept {
    return epoch_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] bool tight() const noexcept { return tight_.load(std::memory_order_relaxed); }
  /// What a thread keeps at hand.
  [[nodiscard]] std::uint64_t float_target() const noexcept {
    return float_target_.load(std::memory_order_relaxed);
  }
  /// What a thread that goes to sleep may keep.
  [[nodiscard]] std::uint64_t resting_target() const noexcept {
    return resting_target_.load(std::memory_order_relaxed);
  }
  /// The same for one that has free chunks to show for it.
  [[nodiscard]] std::uint64_t pool_max() const noexcept {
    return pool_max_.load(std::memory_order_relaxed);
  }
  /// What should be given back by somebody, because it is needed; asked once.
  [[nodiscard]] std::uint64_t take_shed() noexcept {
    return shed_.load(std::memory_order_relaxed) == 0 ? 0 : shed_.exchange(0);
  }
  /// From now on nobody keeps anything at hand.
  void close_down() noexcept;

 private:
  enum class Kind : std::uint8_t {
    ask,
    give,
    ask_later,
    forget,
    open_share,
    close_share,
    take,
    put,
    went_short,
    set_cap,
    held,
    set_budget,
    figures,
    close_down,
  };
  /// On the stack of whoever asks, until the answer is there.
  struct Letter {
    Kind kind;
    Share share = Books::kNoShare;
    std::uint64_t first = 0;
    std::uint64_t second = 0;
    double weight = 0;
    Books::Answer answer{};
    Figures* figures = nullptr;
    Letter* next = nullptr;
    std::atomic<bool> answered{false};
  };

  void post(Letter& letter) noexcept;
  void run() noexcept;
  void handle(Letter& letter) noexcept;
  void wait_for(const Letter& letter) noexcept;
  void publish() noexcept;
  [[nodiscard]] static Letter* idle() noexcept;
  [[nodiscard]] static runtime::MemoryGrant grant_of(const Books::Answer& answer) noexcept;

  // The broker's own.
  Books books_;
  const Options options_;
  bool closing_ = false;
  std::vector<std::uint64_t> granted_;  ///< tickets, to be told once it is idle again

  std::atomic<Letter*> inbox_;
  std::atomic<std::uint32_t> turns_{0};
  std::atomic<QuotaListener*> listener_{nullptr};
  std::atomic<std::uint32_t> epoch_{0};
  std::atomic<bool> tight_{false};
  std::atomic<std::uint64_t> float_target_{0};
  std::atomic<std::uint64_t> resting_target_{0};
  std::atomic<std::uint64_t> pool_max_{0};
  std::atomic<std::uint64_t> shed_{0};
};

/// Lends to whoever has no thread of the runtime under it: each request is a message.
///
/// Thread: any.
class DirectLender final : public runtime::MemoryShare {
 public:
  /// Borrows `broker`.
  explicit DirectLender(QuotaBroker& broker) noexcept : broker_(broker) {}
  [[nodiscard]] runtime::MemoryGrant take(std::uint64_t least,
                                          std::uint64_t wanted) noexcept override {
    return broker_.ask(least, lifecycle::leased_ahead(least, wanted, broker_.tight()));
  }
  void give(std::uint64_t bytes) noexcept override { broker_.give(bytes); }

 private:
  QuotaBroker& broker_;
};

}  // namespace moonwright::actors
