// host.hpp: what a script needs from the actor around it. The one way out of a state.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "moonwright/cpu_profile.hpp"
#include "moonwright/dead_letter.hpp"
#include "moonwright/memory_profile.hpp"
#include "moonwright/options.hpp"
#include "moonwright/pool.hpp"
#include "moonwright/quota.hpp"
#include "moonwright/result.hpp"
#include "moonwright/runtime.hpp"
#include "moonwright/stats.hpp"
#include "moonwright/supervision.hpp"
#include "runtime/code.hpp"
#include "runtime/codec.hpp"
#include "runtime/limit_changes.hpp"
#include "runtime/message.hpp"
#include "runtime/message_note.hpp"
#include "runtime/stack_walk.hpp"

namespace moonwright::runtime {

/// How posting a message went. Nothing but `ok` took it.
enum class Posted : std::uint8_t {
  ok,
  overload,   ///< the mailbox has no place now
  quota,      ///< the runtime's memory budget has none
  too_large,  ///< nor would it have one if it were empty
  dead,
  stopped,
};

/// Who waits for an answer, and as what. An answer is owed while `correlation` is not 0. Move-only,
/// as an answer is owed once: the debt moves along.
struct ReplyTo {
  ActorRef sender;
  std::uint64_t correlation = 0;
  Instant deadline = kNever;

  ReplyTo() noexcept = default;
  ReplyTo(ActorRef to, std::uint64_t number, Instant until) noexcept
      : sender(std::move(to)), correlation(number), deadline(until) {}
  ReplyTo(ReplyTo&& other) noexcept
      : sender(std::move(other.sender)),
        correlation(std::exchange(other.correlation, 0)),
        deadline(std::exchange(other.deadline, kNever)) {}
  ReplyTo& operator=(ReplyTo&& other) noexcept {
    sender = std::move(other.sender);
    correlation = std::exchange(other.correlation, 0);
    deadline = std::exchange(other.deadline, kNever);
    return *this;
  }

  [[nodiscard]] bool owed() const noexcept { return correlation != 0; }
};

/// What `actor.spawn` asked for, checked for form but not for permission.
struct SpawnRequest {
  SpawnOptions options;  ///< `args`, `limits` and `on_exit` stay empty
  MessagePtr start;      ///< the encoded arguments
  LimitChanges limits;
  bool detached = false;      ///< hangs under the root instead of under the spawner
  std::uint64_t started = 0;  ///< not 0: answer this request of the spawner when the chunk is done
};

/// A child of a supervisor as a script asked for it, checked as far as a SpawnRequest is.
struct ChildRequest : SpawnRequest {
  ChildSpec child;  ///< without what is below; `spawn` and `supervisor` stay empty
  std::unique_ptr<SupervisorSpec> supervisor;  ///< instead of a script; `children` stay empty
  std::vector<ChildRequest> children;          ///< of that
};

/// What `actor.pool` asked for, checked as far as a SpawnRequest is: that is one of its states.
struct PoolRequest : SpawnRequest {
  PoolOptions pool;  ///< `spawn` stays empty
};

/// The functions of one exposed module. Immutable once a script has it.
struct HostModule {
  std::vector<std::pair<std::string, HostFunction>> functions;
};

/// The actor around a script. Implemented in actors/, and by a test double.
///
/// Thread: called on the thread that runs the script, from inside its calls into ActorScript.
/// No function raises, throws or calls back into the script.
class Host {
 public:
  virtual ~Host() = default;

  [[nodiscard]] virtual Instant now() const noexcept = 0;
  /// A few milliseconds behind now() at most, and much cheaper.
  [[nodiscard]] virtual Instant coarse_now() const noexcept = 0;
  [[nodiscard]] virtual const detail::RefTarget* self() const noexcept = 0;
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;

  /// Posts what `payload` encoded last. With a correlation it is a request of this actor.
  /// @param granted whether this actor has been granted control over the receiver.
  [[nodiscard]] virtual Posted post(const detail::RefTarget& to, std::uint64_t correlation,
                                    Instant deadline, const Encoder& payload,
                                    bool granted) noexcept = 0;
  /// Answer a request, once; `to` no longer owes one afterwards.
  virtual void reply(ReplyTo& to, const Encoder& payload) noexcept = 0;
  virtual void refuse(ReplyTo& to, const Error& error) noexcept = 0;
  /// As refuse(), with the error's own value in `value`, encoded.
  virtual void refuse_with_value(ReplyTo& to, const Error& error,
                                 const Encoder& value) noexcept = 0;

  /// A message has not been handled to its end, and will not be. The note has its bytes if
  /// they are not many.
  virtual void bury(DeadLetterKind kind, MessageNote note, const Error& error) noexcept {
    static_cast<void>(kind), static_cast<void>(note), static_cast<void>(error);
  }

  /// Whether the actor is to be killed. Asked from time to time while a script runs for long.
  [[nodiscard]] virtual bool must_die() noexcept { return false; }

  /// The script's memory has passed its warning threshold; bytes.
  virtual void soft_limit(std::uint64_t used, std::uint64_t limit) noexcept {
    static_cast<void>(used), static_cast<void>(limit);
  }
  /// A resource of the running work is near its limit: this part of it has been used.
  virtual void resource_low(std::string_view resource, double fraction) noexcept {
    static_cast<void>(resource), static_cast<void>(fraction);
  }
  /// The chunk has returned.
  virtual void chunk_returned() noexcept {}
  /// A piece of work has failed, while it handled `message` if that is not empty.
  virtual void failed(const Error& error, std::string_view message) noexcept {
    static_cast<void>(error), static_cast<void>(message);
  }
  /// A limit has ended a piece of work.
  virtual void limited(const Error& error, std::string_view message) noexcept {
    static_cast<void>(error), static_cast<void>(message);
  }
  /// Has events of such types, a bit each, posted as `event` messages of this number.
  /// Errors: unsupported.
  [[nodiscard]] virtual Result<void> subscribe_events(std::uint64_t number,
                                                      std::uint32_t types) noexcept {
    return static_cast<void>(number), static_cast<void>(types),
           fail(ErrorCode::unsupported, "nobody here tells of events");
  }
  /// A collection was forced; bytes before and after it.
  virtual void collected(std::uint64_t before, std::uint64_t after) noexcept {
    static_cast<void>(before), static_cast<void>(after);
  }

  /// Why the runtime's budget has no memory for the script: one line with the figures.
  [[nodiscard]] virtual std::string quota_shortage() const noexcept {
    return "the runtime's memory budget is used up";
  }

  /// Who has how much of the budget; below level `none` the script itself alone.
  [[nodiscard]] virtual QuotaStatus quota_status() const noexcept { return {}; }

  /// The last messages that nobody has handled, and how many there have been.
  [[nodiscard]] virtual std::vector<DeadLetter> dead_letters() const noexcept { return {}; }
  [[nodiscard]] virtual DeadLetterCounts dead_letter_counts() const noexcept { return {}; }

  /// Somebody wants to know what the script does: this.
  virtual void sample_cpu(const CpuSample& sample) noexcept { static_cast<void>(sample); }
  /// The script uses so many bytes. Called now and then; with a label, if somebody has marked this
  /// moment. Answers whether a profiler took a sample of it.
  virtual bool sample_memory(lua_State* running, std::uint64_t used_bytes,
                             std::string_view label = {}) noexcept {
    static_cast<void>(running), static_cast<void>(used_bytes), static_cast<void>(label);
    return false;
  }
  /// The script has come so far in its life: see memory_sampler.hpp.
  virtual void memory_milestone(std::uint64_t used_bytes, std::string_view label) noexcept {
    static_cast<void>(used_bytes), static_cast<void>(label);
  }
  /// Has an actor profiled from now on. Errors: dead, invalid_argument, unsupported.
  [[nodiscard]] virtual Result<void> profile(const detail::RefTarget& target,
                                             const CpuProfiler& profiler) noexcept {
    return static_cast<void>(target), static_cast<void>(profiler), no_profiles();
  }
  [[nodiscard]] virtual Result<void> profile(const detail::RefTarget& target,
                                             const MemoryProfiler& profiler) noexcept {
    return static_cast<void>(target), static_cast<void>(profiler), no_profiles();
  }

  /// Calls ActorScript::wake() at `when` or later; replaces an earlier wish.
  virtual void wake_at(Instant when) noexcept = 0;

  [[nodiscard]] virtual Result<ActorRef> spawn(SpawnRequest request) noexcept = 0;
  /// Starts a supervisor with its children. Errors: as spawn().
  [[nodiscard]] virtual Result<ActorRef> supervise(ChildRequest request) noexcept {
    return static_cast<void>(request), no_supervisors();
  }
  /// Asks a supervisor to start one more child, as request `correlation`.
  /// Errors: as spawn(); those of a post.
  [[nodiscard]] virtual Result<void> order_child(const detail::RefTarget& supervisor,
                                                 std::uint64_t correlation, Instant deadline,
                                                 ChildRequest request, bool granted) noexcept {
    static_cast<void>(supervisor), static_cast<void>(correlation), static_cast<void>(deadline);
    return static_cast<void>(request), static_cast<void>(granted), no_supervisors();
  }
  /// Starts a pool. Errors: as spawn().
  [[nodiscard]] virtual Result<ActorRef> make_pool(PoolRequest request) noexcept {
    return static_cast<void>(request), no_supervisors();
  }
  [[nodiscard]] virtual bool is_supervisor(const detail::RefTarget& target) const noexcept {
    return static_cast<void>(target), false;
  }
  [[nodiscard]] virtual Result<void> register_name(std::string_view name) noexcept = 0;
  /// The empty reference if nobody has the name.
  [[nodiscard]] virtual ActorRef whereis(std::string_view name) const noexcept = 0;
  virtual void monitor(const detail::RefTarget& target, std::uint64_t number) noexcept = 0;
  virtual void demonitor(const detail::RefTarget& target, std::uint64_t number) noexcept = 0;
  virtual void link(const detail::RefTarget& target, bool linked) noexcept {
    static_cast<void>(target), static_cast<void>(linked);
  }
  /// Whether the ends of linked actors come as notices instead of ending this one.
  virtual void trap(bool traps) noexcept { static_cast<void>(traps); }
  /// Whether this actor may stop and kill another one without having been granted that: it is
  /// trusted, or the other descends from it.
  [[nodiscard]] virtual bool controls(const detail::RefTarget& target) const noexcept {
    return static_cast<void>(target), true;
  }
  /// Whether it descends from the other one.
  [[nodiscard]] virtual bool descends_from(const detail::RefTarget& target) const noexcept {
    return static_cast<void>(target), false;
  }
  virtual void stop(const detail::RefTarget& target, Instant deadline) noexcept = 0;
  virtual void kill(const detail::RefTarget& target) noexcept = 0;
  /// Asks for a fresh state of a supervised actor. Errors: see Runtime::recycle().
  [[nodiscard]] virtual Result<void> recycle(const detail::RefTarget& target,
                                             bool forced) noexcept {
    return static_cast<void>(target), static_cast<void>(forced), Result<void>(no_supervisors());
  }

  /// Has an actor, or all who run a file, go on with new source. Answers its generation. Errors:
  /// see Runtime::reload().
  [[nodiscard]] virtual Result<std::uint32_t> reload(const detail::RefTarget* actor,
                                                     const std::string& file,
                                                     bool forced) noexcept {
    return static_cast<void>(actor), static_cast<void>(file), static_cast<void>(forced),
           Result<std::uint32_t>(no_supervisors());
  }

  [[nodiscard]] virtual bool logs(LogLevel level) const noexcept = 0;
  virtual void log(LogLevel level, std::string_view text) noexcept = 0;
  virtual void print(std::string_view line) noexcept = 0;

  /// Of another actor; empty for whoever is none.
  [[nodiscard]] virtual std::string name_of(const detail::RefTarget& target) const noexcept {
    return static_cast<void>(target), std::string();
  }
  /// Asks another actor what its tasks wait for, as request `correlation`. It answers with a list
  /// as to_value(TaskList) makes it, and how many there are.
  virtual void ask_tasks(const detail::RefTarget& target, std::uint64_t correlation) noexcept {
    static_cast<void>(target), static_cast<void>(correlation);
  }

  /// Has an actor take a checkpoint, as request `correlation`, which is answered with its size in
  /// bytes; 0: nobody waits.
  virtual void ask_checkpoint(const detail::RefTarget& target, std::uint64_t correlation) noexcept {
    static_cast<void>(target), static_cast<void>(correlation);
  }

  /// The same for giving its state back until the next message.
  virtual void ask_passivation(const detail::RefTarget& target,
                               std::uint64_t correlation) noexcept {
    static_cast<void>(target), static_cast<void>(correlation);
  }

  /// What another actor uses. Errors: dead.
  [[nodiscard]] virtual Result<ActorStats> stats(
      const detail::RefTarget& target) const noexcept = 0;

  /// The code of the module `name`. Errors: not_found (where it looked), syntax_error, io.
  [[nodiscard]] virtual Result<std::shared_ptr<const Code>> find_module(
      std::string_view name) noexcept = 0;
  /// The functions exposed under `name`; null if there are none.
  [[nodiscard]] virtual std::shared_ptr<const HostModule> host_module(
      std::string_view name) const noexcept = 0;

 private:
  [[nodiscard]] static tl::unexpected<Error> no_supervisors() {
    return fail(ErrorCode::unsupported, "nobody here supervises");
  }
  [[nodiscard]] static Result<void> no_profiles() {
    return fail(ErrorCode::unsupported, "nobody here makes profiles");
  }
};

}  // namespace moonwright::runtime
