// pool.hpp: the actor behind which several states do the same work.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "actors/native_actor.hpp"
#include "actors/pool_duty.hpp"
#include "actors/pool_plan.hpp"
#include "lifecycle/pool_age.hpp"
#include "lifecycle/pool_queue.hpp"
#include "lifecycle/pool_route.hpp"
#include "lifecycle/pool_size.hpp"
#include "lifecycle/pool_waits.hpp"
#include "lifecycle/recycle_pace.hpp"

namespace moonwright::actors {

/// One reference for all: a user message goes on to a worker, with its sender and its number, so
/// that the answer goes straight back. Workers are children of a supervisor of the pool's own,
/// which restarts them; each says when it has finished something, so that the pool knows who is
/// free.
///
/// It answers requests whose names begin with "pool:": `pool:metrics` from anybody; `pool:advance`
/// and `pool:stop` from those who control it.
///
/// Thread: as ActorBase; next_order() from any thread.
class PoolActor final : public NativeActor {
 public:
  struct Setup {
    PoolPlan plan;
    ActorBase* parent = nullptr;  ///< on whose thread this is; null: the root
    runtime::ReplyTo started{};   ///< answered when the least number of states are ready
    caf::execution_unit* from = nullptr;
  };
  /// Errors: already_exists (name), stopped.
  [[nodiscard]] static Result<ActorRef> launch(Core& core, Setup setup);
  /// Requires: it is one.
  [[nodiscard]] static PoolActor& of(const ActorRef& ref) noexcept {
    return static_cast<PoolActor&>(Address::of(*ref.target()));
  }

  /// The number of the next script to execute.
  [[nodiscard]] std::uint64_t next_order() noexcept {
    return orders_.fetch_add(1, std::memory_order_relaxed);
  }

  void discard() override;

 private:
  /// One worker.
  struct Member {
    ActorRef actor;
    std::uint32_t place = 0;      ///< its number, of which its id is made; never used again
    std::uint32_t in_flight = 0;  ///< what it has been given and has not finished
    bool ready = true;
    bool executes = false;    ///< what it has been given is a script
    bool recycles = false;    ///< it is about to have a fresh state
    PoolTrace trace{};        ///< of what has run in its state
    std::uint64_t order = 0;  ///< the number of that script
    lifecycle::PoolMember age;
  };
  /// Cancelled scripts that have not been found are remembered up to this number.
  static constexpr std::size_t kGivenUpMax = 1'000;
  using Line = lifecycle::WaitingLine<MessagePtr>;

  PoolActor(Core& core, Setup setup);
  ~PoolActor() override = default;

  // NativeActor
  void control(MessagePtr message) override;
  void receive(MessagePtr message) override;
  void rest() override;

  void start();
  void tick();
  void begin_stop(const Message& message);
  void end_workers();
  void child_ended(const Message& message);
  void receive_exit_signal(const Message& message);
  void cancel(const Message& message);
  void terminate(Reason reason);
  void arm();

  // Requests: see pool_requests.cpp
  void command(MessagePtr message);
  [[nodiscard]] Value describe(Instant now) const;
  [[nodiscard]] bool hand_over(MessagePtr& message);
  [[nodiscard]] Member* find_worker(const Message& message);
  [[nodiscard]] Member* find_state(const PoolOrder& order);
  [[nodiscard]] bool give(Member& member, MessagePtr& message);
  void broadcast(MessagePtr message);
  void serve_line();
  void refuse_message(MessagePtr message, ErrorCode code, std::string_view why);
  void refuse_overdue(Instant now);
  void take_back(MessagePtr message);
  [[nodiscard]] bool is_given_up(std::uint64_t number);
  void free_place(Message& message) noexcept;

  // Workers: see pool_workers.cpp
  void worked(const Message& message);
  void worker_started(const Message& message, bool failed);
  void worker_gone(std::uint32_t place);
  void replace_gone();
  void make_workers(std::uint32_t target);
  [[nodiscard]] bool make_worker();
  void shrink_to(std::uint32_t target);
  void remove(std::size_t index);
  void consider_growth(Instant now);
  void check(Instant now);
  void recycle_old(Instant now, bool looks_at_health);
  void consider_recycling(Member& member, Instant now, bool looks_at_health);
  template <class Change>
  void update(Member& member, const Change& change) noexcept;
  void set_load(Member& member, std::uint32_t in_flight) noexcept;
  void set_executing(Member& member, const PoolOrder& order);
  void set_ready(Member& member, bool ready) noexcept;
  [[nodiscard]] bool is_free(const Member& member) const noexcept;
  [[nodiscard]] lifecycle::PoolLoad load() const noexcept;
  void stop_worker(std::uint32_t place);

  std::atomic<std::uint64_t> orders_{1};
  PoolPlan plan_;
  runtime::ReplyTo started_;
  ActorRef supervisor_;
  std::vector<std::unique_ptr<Member>> members_;  ///< by place
  std::unordered_map<std::uint32_t, Member*> by_place_;
  std::unordered_map<std::uint64_t, std::uint32_t> starting_;  ///< places, by number of the order
  Line line_;
  lifecycle::PoolSizer sizer_;
  lifecycle::PoolRouter router_;
  lifecycle::PoolGeneration generation_;
  lifecycle::RecyclePace pace_;
  lifecycle::WaitTimes waits_;
  std::deque<std::uint64_t> given_up_;  ///< scripts that were cancelled before they were seen
  std::uint32_t next_place_ = 1;
  std::uint64_t next_number_ = 1;
  std::uint32_t in_use_ = 0;   ///< workers that have something to do
  std::uint32_t backlog_ = 0;  ///< messages that wait at workers
  std::uint32_t free_ = 0;     ///< workers that can take something
  std::uint32_t target_ = 0;
  bool begun_ = false;   ///< the first workers have been ready
  bool ending_ = false;  ///< the workers have been asked to stop
  std::uint64_t created_ = 0;
  std::uint64_t recycled_ = 0;
  std::uint64_t executions_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t timed_out_ = 0;
  Instant next_check_ = kNever;
  Instant waiting_since_{};  ///< without a break
  Instant may_grow_ = {};    ///< after a worker could not be made
  Instant stop_deadline_ = kNever;
  Instant armed_ = kNever;
};

/// What `pool:metrics` is answered with, and back.
[[nodiscard]] Value to_value(const PoolMetrics& metrics);
[[nodiscard]] PoolMetrics pool_metrics_of(const Value& value);

}  // namespace moonwright::actors
