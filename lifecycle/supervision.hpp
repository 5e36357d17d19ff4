// supervision.hpp: what a supervisor does when something happens to its children. Pure: events and
// the time come in, effects go out; whoever executes them has the actors.
//
// The rules are OTP's (supervisor(3), "Supervision Principles"), for actors that are restarted in
// place: when a life of a child ends, its actor waits, with its mailbox, in limbo, to be restarted
// or released.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "lifecycle/back_off.hpp"
#include "lifecycle/instant.hpp"
#include "lifecycle/restart_rule.hpp"
#include "lifecycle/restart_window.hpp"
#include "moonwright/result.hpp"
#include "moonwright/supervision.hpp"

namespace moonwright::lifecycle {

/// Names a child of one supervisor; from 1, and never used again.
using ChildNumber = std::uint64_t;

/// What a supervisor has to know of a child.
struct ChildTerms {
  std::string id;
  Restart restart = Restart::permanent;
  bool significant = false;
  bool added = false;  ///< while the supervisor ran: it is forgotten when it is stopped
  std::chrono::milliseconds start_deadline{5'000};
  std::chrono::milliseconds stop_time{11'000};  ///< all three phases
};

enum class ChildState : std::uint8_t {
  stopped,   ///< no actor: not started yet, ended for good, or stopped on request
  starting,  ///< its chunk has not returned
  running,
  leaving,   ///< asked to end its life, and to be restarted
  waiting,   ///< in limbo, until its back-off is over or its group is ready
  stopping,  ///< asked to end for good
  given_up,  ///< no actor: it was restarted too often by itself
};
[[nodiscard]] std::string_view to_string(ChildState state) noexcept;

/// What is to be done. `child` is 0 where the supervisor itself is meant.
struct Effect {
  enum class Kind : std::uint8_t {
    spawn,         ///< make the actor of the child; its first life is `number`
    restart,       ///< the actor in limbo begins life `number`; `text` says why
    suspend,       ///< the child ends this life in order, and waits
    stop,          ///< the child ends for good, in order
    kill,          ///< the child ends this life now
    release,       ///< the child, in limbo, ends for good
    abandon,       ///< even the kill of the child has not ended it: it is left behind
    forget,        ///< nothing is known of the child any more
    answer,        ///< the request `number` was granted; `child` is whom it was about
    refuse,        ///< the request `number` was not: `error`
    started,       ///< all children that the supervisor began with have been started
    start_failed,  ///< one was not: `child`, `text`. The supervisor ends next
    give_up,       ///< child `child` is given up, or all of them: `text`
    ended,         ///< the supervisor has no children any more and ends: `end`, `text`
  };
  Kind kind;
  ChildNumber child = 0;
  std::uint64_t number = 0;
  EndKind end = EndKind::normal;
  Error error{};
  std::string text{};
};
using Effects = std::vector<Effect>;

/// What can be read of a child.
struct ChildView {
  ChildNumber number = 0;
  std::string_view id;
  Restart restart = Restart::permanent;
  ChildState state = ChildState::stopped;
  bool significant = false;
  bool added = false;
  std::uint32_t life = 0;      ///< the incarnation; 0: none yet
  std::uint32_t restarts = 0;  ///< after failures and in groups
};

/// The state of one supervisor.
///
/// Each event appends to `effects` what follows from it, in the order in which it is to be done.
/// Events that have been overtaken (of a life that is over, of a child that is forgotten) change
/// nothing. Memory is bounded by the children: about 200 bytes each, and their ids.
///
/// Thread: one at a time.
class Supervision {
 public:
  /// Where waits get their jitter: a number in 0..1.
  using Chance = std::function<double()>;

  Supervision(const SupervisorSpec& options, Chance chance);

  // Events

  /// Declares a child to begin with; before start(). Ids are unique.
  ChildNumber declare(ChildTerms terms);
  /// Starts all that are declared, one after the other.
  void start(Instant now, Effects& effects);
  /// The chunk of life `life` has returned.
  void child_started(ChildNumber child, std::uint32_t life, Instant now, Effects& effects);
  /// Life `life` is over.
  /// @param final its actor has ended; otherwise it is in limbo.
  /// @param why for people.
  void child_ended(ChildNumber child, std::uint32_t life, EndKind end, bool final,
                   const std::string& why, Instant now, Effects& effects);
  /// A child could not be spawned at all.
  void spawn_failed(ChildNumber child, const Error& error, Instant now, Effects& effects);
  /// The child has begun life `life` by itself: it was recycled. Nothing is counted.
  void child_recycled(ChildNumber child, std::uint32_t life);
  /// It is next_wake() or later.
  void tick(Instant now, Effects& effects);

  // Requests, each answered once by its number

  /// One more child. Answered when it has been started.
  /// Errors: already_exists, overload (max_children), stopped; what ended its start.
  ChildNumber add(ChildTerms terms, std::uint64_t request, Instant now, Effects& effects);
  /// Ends a child for good; a declared one may be restarted later. Answered when it has ended.
  void stop_child(ChildNumber child, std::uint64_t request, Instant now, Effects& effects);
  /// Starts a child that is stopped or given up; ends one that runs and starts it anew, which is
  /// not counted. Answered when it has been started.
  void restart_child(ChildNumber child, std::uint64_t request, Instant now, Effects& effects);
  /// Forgets a child that is stopped or given up. Errors: invalid_argument (it is not).
  void delete_child(ChildNumber child, std::uint64_t request, Effects& effects);

  /// Ends all children, the last one started first, and then the supervisor.
  void stop(EndKind end, std::string why, Instant now, Effects& effects);

  // Questions

  /// When tick() is due; kNever if nothing is.
  [[nodiscard]] Instant next_wake() const noexcept {
    return wakes_.empty() ? kNever : wakes_.begin()->first;
  }
  /// 0 if there is none of that id.
  [[nodiscard]] ChildNumber find(std::string_view id) const;
  [[nodiscard]] std::optional<ChildView> view(ChildNumber child) const;
  /// In the order of starts.
  [[nodiscard]] std::vector<ChildNumber> children() const;
  [[nodiscard]] std::size_t count() const noexcept { return children_.size(); }
  /// Restarts in the window, as of the last one.
  [[nodiscard]] std::size_t recent_restarts() const noexcept { return window_.count(); }
  [[nodiscard]] bool closing() const noexcept { return phase_ >= Phase::closing; }

 private:
  enum class Phase : std::uint8_t {
    idle,      ///< not started
    starting,  ///< those that were declared, one by one
    running,
    group_stops,   ///< a group is being stopped, one by one, to be restarted
    group_waits,   ///< for the back-off of the child that it is restarted for
    group_starts,  ///< one by one
    closing,       ///< all are being stopped for good
    closed,
  };
  struct Child {
    ChildTerms terms;
    ChildState state = ChildState::stopped;
    bool has_actor = false;  ///< which has not ended for good
    bool in_limbo = false;   ///< and waits
    bool killed = false;     ///< the deadline of its stop has passed
    bool sits_out = false;   ///< was stopped by request while others, and it, are to be started
    std::uint32_t life = 0;
    std::uint32_t restarts = 0;
    RestartStreak streak;
    Instant began{};
    Instant due = kNever;       ///< of whatever its state waits for
    std::uint64_t request = 0;  ///< to be answered when it is started, or has ended
    std::unique_ptr<RestartWindow> window;
    std::unique_ptr<Error> refusal;  ///< the answer to `request` once it has ended
  };
  using Children = std::unordered_map<ChildNumber, Child>;

  [[nodiscard]] bool in_group() const noexcept {
    return phase_ >= Phase::group_stops && phase_ <= Phase::group_starts;
  }
  [[nodiscard]] bool is_ordered(const Child& child) const noexcept {
    return !child.terms.added || options_.strategy != Strategy::one_for_one;
  }
  [[nodiscard]] Child* find_child(ChildNumber number);
  [[nodiscard]] std::size_t position(ChildNumber number) const;
  ChildNumber insert(ChildTerms terms);
  void forget(ChildNumber number, Effects& effects);
  void set_due(ChildNumber number, Child& child, Instant due);
  void set_actor(Child& child, bool has_actor) noexcept;
  void answer(ChildNumber number, Child& child, Effects& effects);
  void refuse(ChildNumber number, Child& child, Error error, Effects& effects);
  void begin_life(ChildNumber number, Child& child, std::string why, Instant now, Effects& effects);
  void begin_stop(ChildNumber number, Child& child, Instant now, Effects& effects);
  void begin_leaving(ChildNumber number, Child& child, Instant now, Effects& effects);
  void in_limbo(ChildNumber number, Child& child, const std::string& why, Instant now,
                Effects& effects);
  void gone(ChildNumber number, Child& child, EndKind end, const std::string& why, Instant now,
            Effects& effects);
  void start_failed(ChildNumber number, Child& child, const std::string& why, Instant now,
                    Effects& effects);
  void fail_child(ChildNumber number, Child& child, Instant now, Effects& effects);
  void give_up_child(ChildNumber number, Child& child, Effects& effects);
  void give_up(ChildNumber number, const Child& child, Instant now, Effects& effects);
  void overdue(ChildNumber number, Child& child, Instant now, Effects& effects);
  void leave_behind(ChildNumber number, Child& child, Instant now, Effects& effects);
  void advance(Instant now, Effects& effects);
  void advance_start(Instant now, Effects& effects);
  void advance_group_stop(Instant now, Effects& effects);
  void advance_closing(Instant now, Effects& effects);
  void check_shutdown(const Child& child, EndKind end, Instant now, Effects& effects);

  SupervisorSpec options_;
  Chance chance_;
  Phase phase_ = Phase::idle;
  bool has_started_ = false;  ///< it has said so
  EndKind end_ = EndKind::normal;
  std::string why_;
  RestartWindow window_;
  Children children_;
  std::unordered_map<std::string_view, ChildNumber> ids_;  ///< as `children_` have them
  std::vector<ChildNumber> order_;  ///< of those that start and stop one after the other
  std::size_t cursor_ = 0;          ///< in `order_`: who is started, or was stopped, last
  std::size_t group_begin_ = 0;     ///< of `order_`: from here on it is restarted
  Instant group_due_ = kNever;
  std::size_t significant_alive_ = 0;
  std::size_t unordered_alive_ = 0;
  std::set<std::pair<Instant, ChildNumber>> wakes_;
  ChildNumber next_number_ = 1;
};

}  // namespace moonwright::lifecycle
