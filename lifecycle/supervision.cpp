// supervision.cpp: see supervision.hpp.
#include "lifecycle/supervision.hpp"

#include <algorithm>
#include <array>

#include "moonwright/durations.hpp"

namespace moonwright::lifecycle {
namespace {

using Kind = Effect::Kind;

/// What a child that is killed because it did not start in time may take to end.
constexpr std::chrono::milliseconds kKillTime{1'000};

std::string describe(const RestartWindow& window) {
  const Intensity& intensity = window.intensity();
  if (intensity.restarts == Intensity::kUnlimited) return "restarts are not counted";
  return "restart " + std::to_string(window.count()) + " of at most " +
         std::to_string(intensity.restarts) + " in " + format_duration(intensity.period);
}

std::string describe_excess(const Intensity& intensity) {
  return "more than " + std::to_string(intensity.restarts) + " restarts in " +
         format_duration(intensity.period);
}

}  // namespace

std::string_view to_string(ChildState state) noexcept {
  constexpr std::array<std::string_view, 7> kNames = {"stopped", "starting", "running", "leaving",
                                                      "waiting", "stopping", "given_up"};
  return kNames[static_cast<std::size_t>(state)];
}

Supervision::Supervision(const SupervisorSpec& options, Chance chance)
    : options_(options), chance_(std::move(chance)), window_(options.intensity) {
  options_.children.clear();
}

// Books -------------------------------------------------------------------------------------------

Supervision::Child* Supervision::find_child(ChildNumber number) {
  const auto at = children_.find(number);
  return at == children_.end() ? nullptr : &at->second;
}

std::size_t Supervision::position(ChildNumber number) const {
  return static_cast<std::size_t>(std::find(order_.begin(), order_.end(), number) - order_.begin());
}

ChildNumber Supervision::insert(ChildTerms terms) {
  const ChildNumber number = next_number_++;
  Child& child = children_[number];
  child.terms = std::move(terms);
  ids_.emplace(child.terms.id, number);
  if (options_.child_intensity) {
    child.window = std::make_unique<RestartWindow>(*options_.child_intensity);
  }
  if (is_ordered(child)) order_.push_back(number);
  return number;
}

void Supervision::forget(ChildNumber number, Effects& effects) {
  Child& child = children_.at(number);
  set_due(number, child, kNever);
  if (is_ordered(child)) {
    const std::size_t at = position(number);
    order_.erase(order_.begin() + static_cast<std::ptrdiff_t>(at));
    if (at < cursor_) --cursor_;
    if (at < group_begin_) --group_begin_;
  }
  ids_.erase(child.terms.id);
  children_.erase(number);
  effects.push_back({.kind = Kind::forget, .child = number});
}

void Supervision::set_due(ChildNumber number, Child& child, Instant due) {
  if (child.due != kNever) wakes_.erase({child.due, number});
  child.due = due;
  if (due != kNever) wakes_.insert({due, number});
}

void Supervision::set_actor(Child& child, bool has_actor) noexcept {
  if (child.has_actor == has_actor) return;
  child.has_actor = has_actor;
  const std::size_t one = has_actor ? 1 : ~std::size_t{0};
  if (child.terms.significant) significant_alive_ += one;
  if (!is_ordered(child)) unordered_alive_ += one;
}

void Supervision::answer(ChildNumber number, Child& child, Effects& effects) {
  if (child.request == 0) return;
  effects.push_back(
      {.kind = Kind::answer, .child = number, .number = std::exchange(child.request, 0)});
}

void Supervision::refuse(ChildNumber number, Child& child, Error error, Effects& effects) {
  if (child.request == 0) return;
  effects.push_back({.kind = Kind::refuse,
                     .child = number,
                     .number = std::exchange(child.request, 0),
                     .error = std::move(error)});
}

ChildNumber Supervision::find(std::string_view id) const {
  const auto at = ids_.find(id);
  return at == ids_.end() ? 0 : at->second;
}

std::optional<ChildView> Supervision::view(ChildNumber number) const {
  const auto at = children_.find(number);
  if (at == children_.end()) return std::nullopt;
  const Child& child = at->second;
  return ChildView{number,      child.terms.id,          child.terms.restart,
                   child.state, child.terms.significant, child.terms.added,
                   child.life,  child.restarts};
}

std::vector<ChildNumber> Supervision::children() const {
  std::vector<ChildNumber> all = order_;
  if (all.size() == children_.size()) return all;
  const auto ordered = static_cast<std::ptrdiff_t>(all.size());
  for (const auto& [number, child] : children_) {
    if (!is_ordered(child)) all.push_back(number);
  }
  std::sort(all.begin() + ordered, all.end());
  return all;
}

// Steps -------------------------------------------------------------------------------------------

void Supervision::begin_life(ChildNumber number, Child& child, std::string why, Instant now,
                             Effects& effects) {
  child.state = ChildState::starting;
  child.began = now;
  child.in_limbo = child.killed = false;
  ++child.life;
  set_due(number, child, now + child.terms.start_deadline);
  effects.push_back({.kind = child.has_actor ? Kind::restart : Kind::spawn,
                     .child = number,
                     .number = child.life,
                     .text = std::move(why)});
  set_actor(child, true);
}

/// For good. A child in limbo has nothing left to finish.
void Supervision::begin_stop(ChildNumber number, Child& child, Instant now, Effects& effects) {
  child.state = ChildState::stopping;
  set_due(number, child, now + child.terms.stop_time);
  effects.push_back({.kind = child.in_limbo ? Kind::release : Kind::stop, .child = number});
}

void Supervision::begin_leaving(ChildNumber number, Child& child, Instant now, Effects& effects) {
  child.state = ChildState::leaving;
  set_due(number, child, now + child.terms.stop_time);
  effects.push_back({.kind = Kind::suspend, .child = number});
}

// Events ------------------------------------------------------------------------------------------

ChildNumber Supervision::declare(ChildTerms terms) { return insert(std::move(terms)); }

void Supervision::start(Instant now, Effects& effects) {
  phase_ = Phase::starting;
  cursor_ = 0;
  advance(now, effects);
}

void Supervision::child_started(ChildNumber number, std::uint32_t life, Instant now,
                                Effects& effects) {
  Child* const child = find_child(number);
  if (child == nullptr || child->state != ChildState::starting || child->life != life) return;
  child->state = ChildState::running;
  set_due(number, *child, kNever);
  answer(number, *child, effects);
  advance(now, effects);
}

void Supervision::child_recycled(ChildNumber number, std::uint32_t life) {
  Child* const child = find_child(number);
  if (child != nullptr && child->has_actor && life > child->life) child->life = life;
}

void Supervision::child_ended(ChildNumber number, std::uint32_t life, EndKind end, bool final,
                              const std::string& why, Instant now, Effects& effects) {
  Child* const child = find_child(number);
  if (child == nullptr || !child->has_actor || child->life != life) return;
  if (final) {
    gone(number, *child, end, why, now, effects);
  } else if (!child->in_limbo) {
    in_limbo(number, *child, why, now, effects);
  }
  advance(now, effects);
}

/// The actor of a child waits to be restarted or released.
void Supervision::in_limbo(ChildNumber number, Child& child, const std::string& why, Instant now,
                           Effects& effects) {
  child.in_limbo = true;
  const ChildState before = std::exchange(child.state, ChildState::waiting);
  set_due(number, child, kNever);
  if (closing() || before == ChildState::stopping) {
    begin_stop(number, child, now, effects);
  } else if (before == ChildState::leaving) {
    // A group waits until all of it have left; who was to be restarted alone is.
    const bool waits = phase_ == Phase::group_stops && position(number) >= group_begin_;
    if (!waits) begin_life(number, child, "restarted on request", now, effects);
  } else if (before == ChildState::starting) {
    start_failed(number, child, why, now, effects);
  } else {
    fail_child(number, child, now, effects);
  }
}

/// The actor of a child has ended for good.
void Supervision::gone(ChildNumber number, Child& child, EndKind end, const std::string& why,
                       Instant now, Effects& effects) {
  set_actor(child, false);
  child.in_limbo = false;
  set_due(number, child, kNever);
  const ChildState before = child.state;
  if (before == ChildState::starting && end == EndKind::failed && !closing()) {
    start_failed(number, child, why, now, effects);
    return;
  }
  const bool by_itself = before == ChildState::starting || before == ChildState::running;
  if (before == ChildState::starting) {
    // It had nothing more to do, which is a start too; the next one may follow.
    const bool was_next = cursor_ < order_.size() && order_[cursor_] == number;
    if (was_next && !closing()) ++cursor_;
  }
  if (child.refusal != nullptr) {
    refuse(number, child, std::move(*child.refusal), effects);
  } else {
    answer(number, child, effects);
  }
  if (before != ChildState::given_up) child.state = ChildState::stopped;
  if (by_itself) check_shutdown(child, end, now, effects);
  if (child.terms.added || child.terms.restart == Restart::temporary) forget(number, effects);
}

void Supervision::spawn_failed(ChildNumber number, const Error& error, Instant now,
                               Effects& effects) {
  Child* const child = find_child(number);
  if (child == nullptr || !child->has_actor) return;
  if (child->state == ChildState::starting) {
    set_actor(*child, false);
    set_due(number, *child, kNever);
    if (child->request != 0) refuse(number, *child, error, effects);
    start_failed(number, *child, error.message, now, effects);
  } else {
    // The same tick that had it spawned has also had it stopped.
    gone(number, *child, EndKind::failed, error.message, now, effects);
  }
  advance(now, effects);
}

/// A child has ended, or could not be made, before its chunk has returned.
void Supervision::start_failed(ChildNumber number, Child& child, const std::string& why,
                               Instant now, Effects& effects) {
  const std::string text = child.killed ? "its chunk has not returned within " +
                                              format_duration(child.terms.start_deadline)
                                        : why;
  const bool first = child.restarts == 0 && child.life == 1;
  if (child.terms.added && first) {
    // Whoever asked for it is told, once nothing is left of it.
    Error refusal{ErrorCode::dead, "the child could not be started: " + text, {}};
    if (child.has_actor) {
      child.refusal = std::make_unique<Error>(std::move(refusal));
      begin_stop(number, child, now, effects);
    } else {
      refuse(number, child, std::move(refusal), effects);
      forget(number, effects);
    }
    return;
  }
  if (!has_started_ && !child.terms.added) {
    effects.push_back({.kind = Kind::start_failed, .child = number, .text = text});
    child.state = child.has_actor ? ChildState::waiting : ChildState::stopped;
    stop(EndKind::failed, "child '" + child.terms.id + "' could not be started: " + text, now,
         effects);
    return;
  }
  refuse(number, child, {ErrorCode::dead, "the child could not be started: " + text, {}}, effects);
  const bool cannot_return = child.terms.added || child.terms.restart == Restart::temporary;
  if (!child.has_actor && cannot_return) {
    forget(number, effects);
    return;
  }
  fail_child(number, child, now, effects);
}

/// Counts a failure, and has the child restarted, alone or with others, or gives up.
void Supervision::fail_child(ChildNumber number, Child& child, Instant now, Effects& effects) {
  child.state = ChildState::waiting;
  const bool alone = options_.strategy == Strategy::one_for_one;
  const std::size_t at = alone ? 0 : position(number);
  // It would have been stopped next.
  if (phase_ == Phase::group_stops && at >= group_begin_) return;
  if (child.window != nullptr && !child.window->record(now)) {
    give_up_child(number, child, effects);
    return;
  }
  if (!window_.record(now)) {
    give_up(number, child, now, effects);
    return;
  }
  const auto wait = child.streak.next(options_.back_off, now - child.began, chance_());
  if (!alone) {
    const std::size_t begin = options_.strategy == Strategy::one_for_all ? 0 : at;
    group_begin_ = in_group() ? std::min(group_begin_, begin) : begin;
    if (phase_ == Phase::group_waits) wakes_.erase({group_due_, 0});
    // A group that grows before it is started keeps the longer wait.
    const bool stopped = phase_ == Phase::group_stops || phase_ == Phase::group_waits;
    group_due_ = stopped ? std::max(group_due_, now + wait) : now + wait;
    phase_ = Phase::group_stops;
    cursor_ = order_.size();
    for (std::size_t i = group_begin_; i < order_.size(); ++i) {
      children_.at(order_[i]).sits_out = false;
    }
    return;
  }
  ++child.restarts;
  if (wait.count() == 0) {
    begin_life(number, child, describe(window_) + ", at once", now, effects);
  } else {
    set_due(number, child, now + wait);
  }
}

void Supervision::give_up_child(ChildNumber number, Child& child, Effects& effects) {
  effects.push_back(
      {.kind = Kind::give_up, .child = number, .text = describe_excess(*options_.child_intensity)});
  child.state = ChildState::given_up;
  refuse(number, child, {ErrorCode::dead, "the child was given up", {}}, effects);
  if (child.has_actor) {
    effects.push_back({.kind = Kind::release, .child = number});
  } else if (child.terms.added) {
    forget(number, effects);
  }
}

void Supervision::give_up(ChildNumber number, const Child& child, Instant now, Effects& effects) {
  const std::string why =
      describe_excess(options_.intensity) + ", the last one for '" + child.terms.id + "'";
  effects.push_back({.kind = Kind::give_up, .child = number, .text = why});
  stop(EndKind::stopped, "shutdown: " + why, now, effects);
}

void Supervision::check_shutdown(const Child& child, EndKind end, Instant now, Effects& effects) {
  if (closing() || !child.terms.significant || options_.auto_shutdown == AutoShutdown::never) {
    return;
  }
  if (child.terms.restart == Restart::transient && end == EndKind::failed) return;
  if (options_.auto_shutdown == AutoShutdown::all_significant && significant_alive_ > 0) return;
  stop(EndKind::stopped, "shutdown: significant child '" + child.terms.id + "' has ended", now,
       effects);
}

void Supervision::tick(Instant now, Effects& effects) {
  while (!wakes_.empty() && wakes_.begin()->first <= now) {
    const ChildNumber number = wakes_.begin()->second;
    if (number == 0) {
      wakes_.erase(wakes_.begin());
      if (phase_ == Phase::group_waits) {
        phase_ = Phase::group_starts;
        cursor_ = group_begin_;
      }
      continue;
    }
    Child& child = children_.at(number);
    set_due(number, child, kNever);
    overdue(number, child, now, effects);
  }
  advance(now, effects);
}

void Supervision::overdue(ChildNumber number, Child& child, Instant now, Effects& effects) {
  switch (child.state) {
    case ChildState::waiting:
      if (in_group() || closing()) return;
      begin_life(
          number, child,
          describe(window_) + ", after waiting for " + format_duration(child.streak.last_wait), now,
          effects);
      return;
    case ChildState::starting:
      if (!std::exchange(child.killed, true)) {
        effects.push_back({.kind = Kind::kill, .child = number});
        set_due(number, child, now + kKillTime);
        return;
      }
      [[fallthrough]];
    case ChildState::leaving:
    case ChildState::stopping:
      effects.push_back({.kind = Kind::abandon, .child = number});
      leave_behind(number, child, now, effects);
      return;
    default: return;
  }
}

/// Goes on as if an actor that cannot be made to end had ended.
void Supervision::leave_behind(ChildNumber number, Child& child, Instant now, Effects& effects) {
  const std::string why = "it does not end";
  if (child.state != ChildState::leaving || closing()) {
    gone(number, child, EndKind::failed, why, now, effects);
    return;
  }
  // It was to be restarted, which takes another actor now. There is none for one that was added.
  if (child.terms.added) {
    refuse(number, child, {ErrorCode::dead, "the child was left behind: " + why, {}}, effects);
    child.state = ChildState::stopping;
    gone(number, child, EndKind::failed, why, now, effects);
    return;
  }
  set_actor(child, false);
  if (phase_ == Phase::group_stops && position(number) >= group_begin_) {
    child.state = ChildState::waiting;
  } else {
    begin_life(number, child, "restarted on request", now, effects);
  }
}

// Sequences ---------------------------------------------------------------------------------------

void Supervision::advance(Instant now, Effects& effects) {
  if (phase_ == Phase::group_stops) advance_group_stop(now, effects);
  if (phase_ == Phase::starting || phase_ == Phase::group_starts) advance_start(now, effects);
  if (phase_ == Phase::closing) advance_closing(now, effects);
}

/// One after the other, each when the one before has been started.
void Supervision::advance_start(Instant now, Effects& effects) {
  for (; cursor_ < order_.size(); ++cursor_) {
    const ChildNumber number = order_[cursor_];
    Child& child = children_.at(number);
    if (child.state == ChildState::running || child.state == ChildState::given_up) continue;
    if (child.state == ChildState::stopped && child.sits_out) continue;
    if (child.state != ChildState::stopped && child.state != ChildState::waiting) return;
    const bool again = phase_ == Phase::group_starts;
    if (again && child.life > 0) ++child.restarts;
    begin_life(number, child, again ? "with its group: " + describe(window_) : "", now, effects);
    return;
  }
  phase_ = Phase::running;
  // A group that was restarted meanwhile does not change what is being waited for.
  if (!std::exchange(has_started_, true)) effects.push_back({.kind = Kind::started});
}

/// One after the other, the last one first; what is temporary does not come back.
void Supervision::advance_group_stop(Instant now, Effects& effects) {
  while (cursor_ > group_begin_) {
    const ChildNumber number = order_[cursor_ - 1];
    Child& child = children_.at(number);
    if (child.has_actor && !child.in_limbo) {
      if (child.state == ChildState::leaving || child.state == ChildState::stopping) return;
      refuse(number, child, {ErrorCode::cancelled, "the group of the child is restarted", {}},
             effects);
      if (child.terms.restart == Restart::temporary) {
        begin_stop(number, child, now, effects);
      } else {
        begin_leaving(number, child, now, effects);
      }
      return;
    }
    if (child.state == ChildState::stopping) return;
    --cursor_;
  }
  if (group_due_ > now) {
    phase_ = Phase::group_waits;
    wakes_.insert({group_due_, 0});
    return;
  }
  phase_ = Phase::group_starts;
  cursor_ = group_begin_;
}

/// Those that were added, all at once; then the others, the last one first.
void Supervision::advance_closing(Instant now, Effects& effects) {
  if (unordered_alive_ > 0) return;
  while (cursor_ > 0) {
    const ChildNumber number = order_[cursor_ - 1];
    Child& child = children_.at(number);
    if (child.has_actor) {
      if (child.state != ChildState::stopping) begin_stop(number, child, now, effects);
      return;
    }
    --cursor_;
  }
  phase_ = Phase::closed;
  effects.push_back({.kind = Kind::ended, .end = end_, .text = why_});
}

void Supervision::stop(EndKind end, std::string why, Instant now, Effects& effects) {
  if (closing()) return;
  phase_ = Phase::closing;
  end_ = end;
  why_ = std::move(why);
  cursor_ = order_.size();
  if (group_due_ != kNever) wakes_.erase({group_due_, 0});
  for (auto& [number, child] : children_) {
    if (child.state != ChildState::stopping) {
      refuse(number, child, {ErrorCode::stopped, "the supervisor is stopping", {}}, effects);
    }
    if (is_ordered(child) || !child.has_actor) {
      if (child.state == ChildState::waiting) set_due(number, child, kNever);
    } else if (child.state != ChildState::stopping) {
      begin_stop(number, child, now, effects);
    }
  }
  advance(now, effects);
}

// Requests ----------------------------------------------------------------------------------------

ChildNumber Supervision::add(ChildTerms terms, std::uint64_t request, Instant now,
                             Effects& effects) {
  const auto refused = [&](ErrorCode code, std::string text) {
    effects.push_back(
        {.kind = Kind::refuse, .number = request, .error = {code, std::move(text), {}}});
    return ChildNumber{0};
  };
  if (closing()) return refused(ErrorCode::stopped, "the supervisor is stopping");
  if (ids_.contains(terms.id)) {
    return refused(ErrorCode::already_exists, "there is a child '" + terms.id + "' already");
  }
  if (children_.size() >= options_.max_children) {
    return refused(ErrorCode::overload,
                   "the supervisor has as many children as it may "
                   "(max_children, here " +
                       std::to_string(options_.max_children) + ")");
  }
  terms.added = true;
  const ChildNumber number = insert(std::move(terms));
  Child& child = children_.at(number);
  child.request = request;
  // Where all are being started in order, its turn comes.
  if (phase_ == Phase::running || !is_ordered(child)) begin_life(number, child, "", now, effects);
  return number;
}

void Supervision::stop_child(ChildNumber number, std::uint64_t request, Instant now,
                             Effects& effects) {
  Child& child = children_.at(number);
  if (child.state == ChildState::stopping && child.request != 0) {
    effects.push_back({.kind = Kind::refuse,
                       .child = number,
                       .number = request,
                       .error = {ErrorCode::overload, "the child is being stopped already", {}}});
    return;
  }
  refuse(number, child, {ErrorCode::stopped, "the child was stopped", {}}, effects);
  child.request = request;
  child.sits_out = phase_ != Phase::running;
  if (!child.has_actor) {
    // It may have been waiting to be spawned again, or for its turn.
    set_due(number, child, kNever);
    if (child.state != ChildState::given_up) child.state = ChildState::stopped;
    answer(number, child, effects);
    if (child.terms.added || child.terms.restart == Restart::temporary) forget(number, effects);
  } else if (child.state != ChildState::stopping && child.state != ChildState::given_up) {
    begin_stop(number, child, now, effects);
  }
  advance(now, effects);
}

void Supervision::restart_child(ChildNumber number, std::uint64_t request, Instant now,
                                Effects& effects) {
  Child& child = children_.at(number);
  const auto refused = [&](ErrorCode code, const char* text) {
    effects.push_back(
        {.kind = Kind::refuse, .child = number, .number = request, .error = {code, text, {}}});
  };
  if (closing()) return refused(ErrorCode::stopped, "the supervisor is stopping");
  const bool leaves = child.state == ChildState::leaving || child.state == ChildState::stopping;
  if (leaves || child.request != 0 || (child.state == ChildState::given_up && child.has_actor)) {
    return refused(ErrorCode::overload, "the child is being started or stopped already");
  }
  if (in_group()) return refused(ErrorCode::overload, "the group of the child is being restarted");
  child.request = request;
  child.streak = {};
  if (child.has_actor && !child.in_limbo) {
    begin_leaving(number, child, now, effects);
  } else {
    if (child.window != nullptr) {
      *child.window = RestartWindow(*options_.child_intensity);
    }
    begin_life(number, child, "restarted on request", now, effects);
  }
}

void Supervision::delete_child(ChildNumber number, std::uint64_t request, Effects& effects) {
  Child& child = children_.at(number);
  if (child.has_actor || child.state == ChildState::waiting) {
    effects.push_back({.kind = Kind::refuse,
                       .child = number,
                       .number = request,
                       .error = {ErrorCode::invalid_argument,
                                 "child '" + child.terms.id + "' has not been stopped",
                                 {}}});
    return;
  }
  // It may have been waiting for its turn to be started.
  refuse(number, child, {ErrorCode::stopped, "the child was deleted", {}}, effects);
  child.request = request;
  answer(number, child, effects);
  forget(number, effects);
}

}  // namespace moonwright::lifecycle
