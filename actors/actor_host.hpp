// actor_host.hpp: what a script asks of its actor, passed on to the runtime.
#pragma once

#include "runtime/host.hpp"

namespace moonwright::actors {

class ScriptActor;

/// A part of ScriptActor; apart from it because the framework's base classes use the same names.
///
/// Thread: the actor's.
class ActorHost final : public runtime::Host {
 public:
  explicit ActorHost(ScriptActor& actor) noexcept : actor_(actor) {}

  [[nodiscard]] runtime::Instant now() const noexcept override;
  [[nodiscard]] runtime::Instant coarse_now() const noexcept override;
  [[nodiscard]] const detail::RefTarget* self() const noexcept override;
  [[nodiscard]] std::string_view name() const noexcept override;
  [[nodiscard]] runtime::Posted post(const detail::RefTarget& to, std::uint64_t correlation,
                                     runtime::Instant deadline, const runtime::Encoder& payload,
                                     bool granted) noexcept override;
  void reply(runtime::ReplyTo& to, const runtime::Encoder& payload) noexcept override;
  void refuse(runtime::ReplyTo& to, const Error& error) noexcept override;
  void refuse_with_value(runtime::ReplyTo& to, const Error& error,
                         const runtime::Encoder& value) noexcept override;
  void bury(DeadLetterKind kind, runtime::MessageNote note, const Error& error) noexcept override;
  [[nodiscard]] bool must_die() noexcept override;
  void soft_limit(std::uint64_t used, std::uint64_t limit) noexcept override;
  void resource_low(std::string_view resource, double fraction) noexcept override;
  void chunk_returned() noexcept override;
  void failed(const Error& error, std::string_view message) noexcept override;
  void limited(const Error& error, std::string_view message) noexcept override;
  [[nodiscard]] Result<void> subscribe_events(std::uint64_t number,
                                              std::uint32_t types) noexcept override;
  [[nodiscard]] Result<std::uint32_t> reload(const detail::RefTarget* actor,
                                             const std::string& file,
                                             bool forced) noexcept override;
  [[nodiscard]] Result<void> recycle(const detail::RefTarget& target,
                                     bool forced) noexcept override;
  void collected(std::uint64_t before, std::uint64_t after) noexcept override;
  [[nodiscard]] std::string quota_shortage() const noexcept override;
  void ask_checkpoint(const detail::RefTarget& target, std::uint64_t correlation) noexcept override;
  void ask_passivation(const detail::RefTarget& target,
                       std::uint64_t correlation) noexcept override;
  [[nodiscard]] QuotaStatus quota_status() const noexcept override;
  [[nodiscard]] std::vector<DeadLetter> dead_letters() const noexcept override;
  [[nodiscard]] DeadLetterCounts dead_letter_counts() const noexcept override;
  void sample_cpu(const runtime::CpuSample& sample) noexcept override;
  bool sample_memory(lua_State* running, std::uint64_t used_bytes,
                     std::string_view label) noexcept override;
  void memory_milestone(std::uint64_t used_bytes, std::string_view label) noexcept override;
  [[nodiscard]] Result<void> profile(const detail::RefTarget& target,
                                     const CpuProfiler& profiler) noexcept override;
  [[nodiscard]] Result<void> profile(const detail::RefTarget& target,
                                     const MemoryProfiler& profiler) noexcept override;
  void wake_at(runtime::Instant when) noexcept override;
  [[nodiscard]] Result<ActorRef> spawn(runtime::SpawnRequest request) noexcept override;
  [[nodiscard]] Result<ActorRef> supervise(runtime::ChildRequest request) noexcept override;
  [[nodiscard]] Result<void> order_child(const detail::RefTarget& supervisor,
                                         std::uint64_t correlation, runtime::Instant deadline,
                                         runtime::ChildRequest request,
                                         bool granted) noexcept override;
  [[nodiscard]] Result<ActorRef> make_pool(runtime::PoolRequest request) noexcept override;
  [[nodiscard]] bool is_supervisor(const detail::RefTarget& target) const noexcept override;
  [[nodiscard]] Result<void> register_name(std::string_view name) noexcept override;
  [[nodiscard]] ActorRef whereis(std::string_view name) const noexcept override;
  void monitor(const detail::RefTarget& target, std::uint64_t number) noexcept override;
  void demonitor(const detail::RefTarget& target, std::uint64_t number) noexcept override;
  void link(const detail::RefTarget& target, bool linked) noexcept override;
  void trap(bool traps) noexcept override;
  [[nodiscard]] bool controls(const detail::RefTarget& target) const noexcept override;
  [[nodiscard]] bool descends_from(const detail::RefTarget& target) const noexcept override;
  void stop(const detail::RefTarget& target, runtime::Instant deadline) noexcept override;
  void kill(const detail::RefTarget& target) noexcept override;
  [[nodiscard]] bool logs(LogLevel level) const noexcept override;
  void log(LogLevel level, std::string_view text) noexcept override;
  /// The same for what the runtime itself has to say: never dropped.
  void report(LogLevel level, std::string_view text) noexcept;
  void print(std::string_view line) noexcept override;
  [[nodiscard]] std::string name_of(const detail::RefTarget& target) const noexcept override;
  void ask_tasks(const detail::RefTarget& target, std::uint64_t correlation) noexcept override;
  [[nodiscard]] Result<ActorStats> stats(const detail::RefTarget& target) const noexcept override;
  [[nodiscard]] Result<std::shared_ptr<const runtime::Code>> find_module(
      std::string_view name) noexcept override;
  [[nodiscard]] std::shared_ptr<const runtime::HostModule> host_module(
      std::string_view name) const noexcept override;

 private:
  /// @param correlation 0: nobody waits for the answer.
  void ask(runtime::MessageKind kind, const detail::RefTarget& target,
           std::uint64_t correlation) noexcept;

  ScriptActor& actor_;
};

}  // namespace moonwright::actors
