// options.hpp: how a runtime is started, and how an actor is spawned in it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "moonwright/actor_ref.hpp"
#include "moonwright/cancel_token.hpp"
#include "moonwright/export.hpp"
#include "moonwright/limits.hpp"
#include "moonwright/log.hpp"
#include "moonwright/result.hpp"
#include "moonwright/sandbox.hpp"
#include "moonwright/script.hpp"
#include "moonwright/value.hpp"

namespace moonwright {

class MemorySource;  // memory_source.hpp

/// How a script that runs too long is interrupted. See RuntimeOptions::preemption.
enum class Preemption : std::uint8_t {
  signal,      ///< free while scripts behave: a signal to the thread that runs one which does not
  count_hook,  ///< without signals: a look every few instructions, which doubles what loops cost
};

/// ThreadSanitizer holds signals back until a thread calls something it knows; Lua's loops do not.
#ifdef __SANITIZE_THREAD__
inline constexpr Preemption kUsualPreemption = Preemption::count_hook;
#else
inline constexpr Preemption kUsualPreemption = Preemption::signal;
#endif

/// Which thread runs an actor.
enum class ThreadKind : std::uint8_t {
  shared,     ///< any worker, one at a time
  dedicated,  ///< one of its own for all its life, for scripts that block; level `none` only
};

/// What an error does that leaves a handler, a timer or a fork. Whoever waits for an answer gets
/// the error either way. Nobody crashes because of what his caller did wrong: a message that he has
/// no handler for, one that cannot be decoded, an error with the code `invalid_argument`.
enum class OnError : std::uint8_t {
  report,  ///< it is logged, and the actor goes on
  crash,   ///< the actor ends with reason "error", and its supervisor decides what becomes of it
};

/// What the values that a chunk returns mean.
enum class ChunkReturn : std::uint8_t {
  behaviour,  ///< a table or a function is the behaviour, nothing ends the actor
  exit_code,  ///< the same, and an integer 0..255 ends the actor with that exit code
  values,     ///< whatever it is, it is the result, and the actor ends
};

/// How an actor ended. Delivered once.
struct ActorExit {
  ActorRef actor;
  /// "normal", "stopped", "killed", "error", or what the script gave to actor.exit().
  std::string reason;
  /// With reason "error": what went wrong. Otherwise the code is `dead`, `stopped` or `killed`.
  Error error;
  /// With ChunkReturn::values: the chunk's results. With exit_code: the code, if there is one.
  Values values;

  [[nodiscard]] bool normal() const noexcept { return reason == "normal"; }
};

/// How to start an actor. Only `script` is needed.
struct SpawnOptions {
  Script script{};
  Values args{};                   ///< the chunk sees them as `...`
  std::string name{};              ///< registered if not empty; must be free: already_exists
  std::optional<Limits> limits{};  ///< RuntimeOptions::default_limits if not given
  SandboxOptions sandbox{};        ///< what is not given is RuntimeOptions::default_sandbox's
  std::optional<MailboxLimits> mailbox{};  ///< RuntimeOptions::default_mailbox if not given
  ThreadKind thread = ThreadKind::shared;
  ChunkReturn chunk_return = ChunkReturn::behaviour;
  /// Whether the chunk and its forks as a whole have to be done within `limits.timeout`, too, and
  /// not only each message handler.
  bool limits_cover_chunk = false;
  /// If not given: `crash` for a permanent or transient child of a supervisor, else `report`.
  std::optional<OnError> on_error{};
  /// How long the actor may wait for its first memory if the budget has none left. It is made and
  /// has its address at once, and does not begin before; then it ends as `quota_denied`. 0: the
  /// spawn fails instead.
  std::chrono::nanoseconds quota_wait{0};
  /// How often a checkpoint is taken of an actor that has been used since, with which a life after
  /// a crash begins: docs/checkpoints.md. 0: never.
  std::chrono::milliseconds checkpoint_every{0};
  /// A file that has the last checkpoint, too: a new actor begins with it. Empty: none. Not with
  /// references to other actors in it.
  std::string checkpoint_file{};
  /// After how long without a message its data is taken and its state given back, until the next
  /// message; between once and twice that time. 0: never. See docs/passivation.md.
  std::chrono::milliseconds passivate_after{0};
  /// Cancels the actor when it is tripped, as Runtime::cancel_actor() does.
  std::optional<CancelToken> token{};
  /// Called once when the actor has ended. Must not throw. Thread: the runtime's callback thread.
  std::function<void(const ActorExit&)> on_exit{};
};

/// How to send a request.
struct CallOptions {
  /// How long to wait for the answer.
  std::chrono::nanoseconds timeout = std::chrono::seconds(5);
  /// Cancels the request when it is tripped: the handler's next await raises `cancelled`, and it is
  /// given up after Limits::cancel_grace. One that still waits in the mailbox is not begun.
  std::optional<CancelToken> token{};
};

/// How to start a runtime. All of it has defaults.
///
/// Threads that a runtime starts: `workers` that run scripts, one for timers, one for callbacks,
/// two that belong to the actor framework and sleep; one more for each dedicated actor, and one
/// for the control socket if there is one.
struct RuntimeOptions {
  std::uint32_t workers = 0;  ///< 0: as many as the machine has cores; at most 1,024
  /// How long an actor may go on before others get the worker: 10 us..10 s; with
  /// Preemption::count_hook also 0, which is over at every look.
  std::chrono::microseconds slice{1'000};
  Preemption preemption = kUsualPreemption;
  /// The real-time signal of Preemption::signal, SIGRTMIN..SIGRTMAX; 0: one that few others use.
  /// Its handler is ours while a runtime exists and passes on what it did not ask for.
  int preemption_signal = 0;
  /// Where script files and modules are found. Empty: the working directory at the start.
  std::string script_root{};

  Limits default_limits{};
  MailboxLimits default_mailbox{};
  /// Also bounds what a script below `none` gives to the actors that it spawns.
  SandboxOptions default_sandbox = Sandbox::restricted;
  /// Limits by name, for `profile = "name"` in Lua's actor.spawn(). They add to the three of
  /// profiles.hpp, or replace them.
  std::map<std::string, Limits> profiles{};
  /// What all actors together may take from the system: their states, and the messages on their
  /// way. Runtime::set_memory_budget() changes it. See docs/memory.md.
  std::uint64_t memory_budget_bytes = kUnlimited;
  /// What each thread that runs scripts has at hand of the budget, so that actors grow without
  /// asking anybody; less where the budget is small. Up to 1 GiB.
  std::uint64_t float_bytes = 4u << 20;
  /// Whether there is a budget at all. Without, there is no quota_status() either; the limits of
  /// actors and families hold all the same.
  bool quotas = true;
  /// Gives actors at level `none` debug.sethook(), which shares the one hook of a coroutine with
  /// the limits and cannot take it from them. Only with Sandbox::none as `default_sandbox`: a debug
  /// library reaches into everything that the other levels hide.
  bool enable_debug = false;
  /// Lets `load` and its like take bytecode at level `none`, for blobs of the host's own. Bytecode
  /// is not verified: what is made to do so can crash the process. Scripts are always text.
  bool allow_bytecode = false;
  /// Where the memory of scripts comes from; null: from malloc(). Borrowed; outlives the runtime.
  MemorySource* memory_source = nullptr;
  /// What each thread that runs scripts keeps of the memory of ended actors, to make the next ones
  /// of, in bytes. It goes back to the source at the latest with the runtime.
  std::uint64_t spare_memory_bytes_max = 32u << 20;
  /// How long a call waits for its answer where nothing shorter applies.
  std::chrono::milliseconds default_call_timeout{5'000};

  /// A path, at most 107 bytes: a Unix socket there answers what runs, to whoever runs as the same
  /// user, or as root (see docs/command.md, `moonwright tree`). Empty: there is none. A socket that
  /// nobody listens on any more is replaced; it is removed when the runtime goes.
  std::string control_socket{};

  LogOptions log{};
  /// What scripts print, a line at a time, with the newline; empty: it is discarded.
  /// Thread: any, several at once; must not throw. `actor` is the name of the actor.
  std::function<void(std::string_view actor, std::string_view text)> output{};
  /// What one actor below sandbox level `none` may print and log in a second; sixteen times as much
  /// at once. Lines beyond it are dropped, and the log says how many. An execution that keeps its
  /// output keeps all of it, up to its own bound.
  std::uint64_t output_bytes_per_second = 1u << 20;
  /// An actor's memory has passed the warning threshold of its limit; bytes.
  /// Thread: the runtime's callback thread. Must not throw.
  std::function<void(const ActorRef& actor, std::uint64_t used, std::uint64_t limit)>
      on_soft_limit{};
  /// Events that wait for handlers of Runtime::on_event(), 1..1,000,000; what comes beyond is
  /// dropped and counted.
  std::size_t event_queue_max = 10'000;
  /// A supervisor that nobody supervises has given up, with all its children.
  /// Thread: the runtime's callback thread. Must not throw.
  std::function<void(const ActorRef& supervisor, const std::string& why)> on_give_up{};
  /// A collection of an actor's memory was forced; bytes before and after it.
  /// Thread: the runtime's callback thread. Must not throw.
  std::function<void(const ActorRef& actor, std::uint64_t before, std::uint64_t after)>
      on_collection{};
};

/// Whether every option is in its range and goes together with the others, as far as that can be
/// said without starting a runtime. Thread: any.
/// Errors: invalid_argument (which one, and what is allowed).
[[nodiscard]] MOONWRIGHT_API Result<void> check(const RuntimeOptions& options);

/// "signal", "count_hook".
[[nodiscard]] MOONWRIGHT_API std::string_view to_string(Preemption value) noexcept;
/// "report", "crash".
[[nodiscard]] MOONWRIGHT_API std::string_view to_string(OnError value) noexcept;
/// The inverses. Errors: invalid_argument; the message lists the names.
[[nodiscard]] MOONWRIGHT_API Result<Preemption> parse_preemption(std::string_view name);
[[nodiscard]] MOONWRIGHT_API Result<OnError> parse_on_error(std::string_view name);

}  // namespace moonwright
