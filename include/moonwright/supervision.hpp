// supervision.hpp: what a supervisor keeps running, and how.
//
// The rules are those of Erlang/OTP's supervisors, with one difference: an actor is restarted in
// place, so that its address, its name and its mailbox outlive a crash.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "moonwright/export.hpp"
#include "moonwright/health.hpp"
#include "moonwright/options.hpp"
#include "moonwright/result.hpp"

namespace moonwright {

/// Which ends of a child lead to a restart.
enum class Restart : std::uint8_t {
  permanent,  ///< all
  transient,  ///< only those that are failures: not "normal" and not "stopped"
  temporary,  ///< none, not even when the group is restarted; its specification is forgotten
};

/// Who else is restarted with a child. The others are stopped first, the last one started first.
enum class Strategy : std::uint8_t {
  one_for_one,   ///< nobody
  one_for_all,   ///< all others
  rest_for_one,  ///< those that were started after it
};

/// Whether a supervisor ends, in order, when significant children end by themselves: temporary ones
/// in whatever way, transient ones normally.
enum class AutoShutdown : std::uint8_t {
  never,
  any_significant,  ///< with the first of them
  all_significant,  ///< with the last of them
};

/// How many restarts in what time are bearable. One more, and the supervisor gives up: it stops all
/// its children and ends itself, as "shutdown: ...", which is for its own supervisor to deal with.
struct Intensity {
  static constexpr std::uint32_t kUnlimited = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t restarts = 5;                ///< kUnlimited: it never gives up
  std::chrono::milliseconds period{30'000};  ///< of the sliding window, 1 ms..24 h

  friend bool operator==(const Intensity&, const Intensity&) = default;
};

/// How long to wait before a restart. The first one after a time of calm happens at once; calm is a
/// child that has run for ten times `first`, or for as long as its last wait, whichever is longer.
struct BackOff {
  std::chrono::milliseconds first{50};     ///< before the second restart in a row; 0: never waits
  std::chrono::milliseconds most{30'000};  ///< the waits grow up to here
  double factor = 2;                       ///< from one to the next, 1..10
  double jitter = 0.2;                     ///< a wait is longer or shorter by up to this part, 0..1

  friend bool operator==(const BackOff&, const BackOff&) = default;
};

/// What a child has to end in order: three phases, each with its own time. A supervisor has as long
/// as its children need.
struct StopTimes {
  std::chrono::milliseconds drain{5'000};    ///< to finish the messages it has
  std::chrono::milliseconds on_stop{5'000};  ///< to run on_stop(); then it is killed
  std::chrono::milliseconds kill{1'000};     ///< for the kill; then the supervisor goes on without

  friend bool operator==(const StopTimes&, const StopTimes&) = default;
};

struct SupervisorSpec;

/// One child: a script, or a supervisor of its own.
struct ChildSpec {
  /// Unique under its supervisor, 1..200 bytes. Empty: the name of `spawn`, else of the script, and
  /// a number if that is taken.
  std::string id{};
  /// The actor. Not to be used: `token`, `on_exit`, chunk_return `values`.
  SpawnOptions spawn{};
  /// Instead of an actor.
  std::shared_ptr<const SupervisorSpec> supervisor{};
  Restart restart = Restart::permanent;
  StopTimes stop{};
  /// For the chunk to return, after which the next child is started; up to 24 h. A supervisor has
  /// as long as its children need.
  std::chrono::milliseconds start_deadline{5'000};
  /// Its part when memory is short, compared with its siblings: above 0, up to 1,000.
  double weight = 1;
  bool significant = false;  ///< see AutoShutdown; not for permanent children
  HealthOptions health{};
};

/// A supervisor and what it begins with.
struct SupervisorSpec {
  std::string name{};  ///< registered if not empty
  Strategy strategy = Strategy::one_for_one;
  Intensity intensity{};
  /// The same for each child of its own. A child that exceeds it is given up alone and the others
  /// go on. Only with one_for_one.
  std::optional<Intensity> child_intensity{};
  BackOff back_off{};
  AutoShutdown auto_shutdown = AutoShutdown::never;
  /// Children there may be at a time. Beyond 10,000 they are kept by several supervisors, one for
  /// each part of the hashes of their ids: only with one_for_one, and intensities hold for each.
  std::uint32_t max_children = 10'000;
  /// What all of it may use of the memory budget; kUnlimited: no share of its own.
  std::uint64_t memory_bytes_max = kUnlimited;
  std::vector<ChildSpec> children{};
};

/// Whether every value is in its range; of a supervisor also whether every id is there once and its
/// children go together with it. Thread: any.
/// Errors: invalid_argument (which one, and what is allowed).
[[nodiscard]] MOONWRIGHT_API Result<void> check(const SupervisorSpec& spec);
[[nodiscard]] MOONWRIGHT_API Result<void> check(const ChildSpec& spec);

/// "permanent", "transient", "temporary".
[[nodiscard]] MOONWRIGHT_API std::string_view to_string(Restart value) noexcept;
/// "one_for_one", "one_for_all", "rest_for_one".
[[nodiscard]] MOONWRIGHT_API std::string_view to_string(Strategy value) noexcept;
/// "never", "any_significant", "all_significant".
[[nodiscard]] MOONWRIGHT_API std::string_view to_string(AutoShutdown value) noexcept;
/// The inverses. Errors: invalid_argument; the message lists the names.
[[nodiscard]] MOONWRIGHT_API Result<Restart> parse_restart(std::string_view name);
[[nodiscard]] MOONWRIGHT_API Result<Strategy> parse_strategy(std::string_view name);
[[nodiscard]] MOONWRIGHT_API Result<AutoShutdown> parse_auto_shutdown(std::string_view name);

}  // namespace moonwright
