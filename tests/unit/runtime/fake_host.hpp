// fake_host.hpp: the surroundings of a script as a test double: it records, and obeys a set clock.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/host.hpp"
#include "runtime/runner.hpp"
#include "runtime/stack_tree.hpp"
#include "runtime/stack_walk.hpp"

namespace moonwright::runtime {

/// An actor of which only the address exists, counted.
class FakeTarget final : public detail::RefTarget {
 public:
  explicit FakeTarget(std::uint64_t id) noexcept : RefTarget(id) {}
  void add_ref() const noexcept override { ++references; }
  void release() const noexcept override { --references; }

  mutable int references = 0;
};

/// A message that the script posted.
struct Sent {
  const detail::RefTarget* to;
  std::uint64_t correlation;
  Instant deadline;
  Values values;
};

/// How a request to the script was answered. With an error, `values` is what it was raised with.
struct Answered {
  std::uint64_t correlation;
  std::optional<Error> error;
  Values values;
};

/// What else the script asked of its surroundings, as a word: "monitor", "stop", "kill", ...
struct Wish {
  std::string what;
  const detail::RefTarget* target;
  std::uint64_t number;
};

/// Thread: the test's. Nothing happens in here by itself: time stands still until the test sets it.
class FakeHost final : public Host {
 public:
  FakeHost();
  /// Requires: the script has gone. Expects that it let go of every address.
  ~FakeHost() override;
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  /// The address of one more actor; the number is the index of `targets`.
  FakeTarget& add_target();

  // What a test sets.
  Instant clock{std::chrono::hours(1)};
  Posted post_result = Posted::ok;
  std::map<std::string, const detail::RefTarget*, std::less<>> names;
  std::map<std::string, std::string, std::less<>> modules;  ///< sources by name
  std::map<std::string, std::shared_ptr<const HostModule>, std::less<>> host_modules;
  std::optional<Error> spawn_error;
  bool keeps_depths = false;      ///< at each look at the memory
  bool asks_for_samples = false;  ///< at each of these, for the next one
  std::map<const detail::RefTarget*, ActorStats> actor_stats;  ///< who is not in it is dead

  // What it has recorded.
  std::vector<std::unique_ptr<FakeTarget>> targets;  ///< the first is the script's own
  std::vector<Sent> sent;
  std::vector<Answered> answers;
  std::vector<Wish> wishes;
  std::vector<SpawnRequest> spawns;
  std::vector<std::string> log_lines;
  std::string printed;
  Instant wake = kNever;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> soft_limits;  ///< used, limit
  std::vector<std::pair<std::uint64_t, std::uint64_t>> collections;  ///< bytes before, after
  StackTree stacks;                                                  ///< that were sampled
  std::vector<std::uint32_t> depths;  ///< of the stack: see keeps_depths

  // Host
  [[nodiscard]] Instant now() const noexcept override { return clock; }
  [[nodiscard]] Instant coarse_now() const noexcept override { return clock; }
  [[nodiscard]] const detail::RefTarget* self() const noexcept override;
  [[nodiscard]] std::string_view name() const noexcept override { return "fake"; }
  [[nodiscard]] Posted post(const detail::RefTarget& to, std::uint64_t correlation,
                            Instant deadline, const Encoder& payload,
                            bool granted) noexcept override;
  void reply(ReplyTo& to, const Encoder& payload) noexcept override;
  void refuse(ReplyTo& to, const Error& error) noexcept override;
  void refuse_with_value(ReplyTo& to, const Error& error, const Encoder& value) noexcept override;
  void soft_limit(std::uint64_t used, std::uint64_t limit) noexcept override {
    soft_limits.emplace_back(used, limit);
  }
  void collected(std::uint64_t before, std::uint64_t after) noexcept override {
    collections.emplace_back(before, after);
  }
  void sample_cpu(const CpuSample& sample) noexcept override {
    record_stack(sample, "fake", stacks);
  }
  bool sample_memory(lua_State* running, std::uint64_t, std::string_view) noexcept override {
    if (!keeps_depths) return false;
    depths.push_back(stack_depth(running, Runner::current()));
    if (asks_for_samples) {
      Runner::current().request_sample();
      Runner::current().interrupt(kSample, 0);
    }
    return true;
  }
  void wake_at(Instant when) noexcept override { wake = when; }
  [[nodiscard]] Result<ActorRef> spawn(SpawnRequest request) noexcept override;
  [[nodiscard]] Result<void> register_name(std::string_view wanted) noexcept override;
  [[nodiscard]] ActorRef whereis(std::string_view wanted) const noexcept override;
  void monitor(const detail::RefTarget& target, std::uint64_t number) noexcept override;
  void demonitor(const detail::RefTarget& target, std::uint64_t number) noexcept override;
  void stop(const detail::RefTarget& target, Instant deadline) noexcept override;
  void kill(const detail::RefTarget& target) noexcept override;
  [[nodiscard]] bool logs(LogLevel) const noexcept override { return true; }
  void log(LogLevel level, std::string_view text) noexcept override;
  void print(std::string_view line) noexcept override { printed += line; }
  [[nodiscard]] Result<ActorStats> stats(const detail::RefTarget& target) const noexcept override;
  [[nodiscard]] Result<std::shared_ptr<const Code>> find_module(
      std::string_view wanted) noexcept override;
  [[nodiscard]] std::shared_ptr<const HostModule> host_module(
      std::string_view wanted) const noexcept override;
};

}  // namespace moonwright::runtime
