// pool_workers.cpp: how many workers a pool has, who of them is free, and who is replaced.
#include <algorithm>
#include <string>
#include <utility>

#include "actors/core.hpp"
#include "actors/pool.hpp"
#include "actors/script_actor.hpp"
#include "actors/supervised_health.hpp"
#include "actors/supervisor.hpp"
#include "lifecycle/health.hpp"
#include "runtime/error_value.hpp"

namespace moonwright::actors {
namespace {

/// How long a pool waits after a worker could not be made.
constexpr std::chrono::seconds kPause{1};

std::string id_of(std::uint32_t place) { return "worker-" + std::to_string(place); }

}  // namespace

// Who is free -------------------------------------------------------------------------------------

bool PoolActor::is_free(const Member& member) const noexcept {
  return member.ready && !member.recycles && !member.executes &&
         member.in_flight < plan_.options.concurrency;
}

/// Everything that the pool counts changes in here.
template <class Change>
void PoolActor::update(Member& member, const Change& change) noexcept {
  const std::uint32_t most = plan_.options.concurrency;
  const auto excess = [most](const Member& of) {
    return of.in_flight > most ? of.in_flight - most : 0;
  };
  free_ -= is_free(member) ? 1 : 0;
  in_use_ -= member.in_flight > 0 ? 1 : 0;
  backlog_ -= excess(member);
  change(member);
  free_ += is_free(member) ? 1 : 0;
  in_use_ += member.in_flight > 0 ? 1 : 0;
  backlog_ += excess(member);
}

void PoolActor::set_load(Member& member, std::uint32_t in_flight) noexcept {
  update(member, [in_flight](Member& of) { of.in_flight = in_flight; });
}

void PoolActor::set_executing(Member& member, const PoolOrder& order) {
  member.trace = {order.owner(), order.code()};
  update(member, [&order](Member& of) {
    of.in_flight = 1;
    of.executes = true;
    of.order = order.number();
  });
}

void PoolActor::set_ready(Member& member, bool ready) noexcept {
  update(member, [ready](Member& of) { of.ready = ready; });
}

lifecycle::PoolLoad PoolActor::load() const noexcept {
  return {static_cast<std::uint32_t>(members_.size() + starting_.size()), in_use_,
          static_cast<std::uint32_t>(line_.size()) + backlog_};
}

/// A worker has finished something, has a fresh state, or is being restarted.
void PoolActor::worked(const Message& message) {
  const WorkDone work = WorkDone::decode(message);
  if (work.gone) return worker_gone(work.place);
  if (work.made) ++created_;
  const auto at = by_place_.find(work.place);
  if (at == by_place_.end()) return;
  Member& member = *at->second;
  update(member, [&](Member& of) {
    of.in_flight -= std::min(of.in_flight, work.count);
    of.ready = work.ready;
    if (of.in_flight == 0) of.executes = false;
    if (!work.made) return;
    if (std::exchange(of.recycles, false)) pace_.end();
    // What has been sent to everybody meanwhile is the fresh state's.
    if (of.in_flight > 0) return;
    of.trace = {};
    of.age = {generation_.current(), 100, false, {}};
  });
  if (member.in_flight == 0) member.order = 0;
  if (!work.made && work.count > 0) {
    member.age.used = true;
    member.age.last_used = core_.clock().coarse_now();
  }
  serve_line();
  if (member.in_flight == 0) consider_recycling(member, core_.clock().coarse_now(), false);
  if (!line_.empty()) consider_growth(core_.clock().now());
}

// How many there are ------------------------------------------------------------------------------

void PoolActor::make_workers(std::uint32_t target) {
  target_ = target;
  while (members_.size() + starting_.size() < target) {
    if (!make_worker()) return;
  }
}

/// Asks the supervisor for one more; its answer is worker_started(). False if that failed.
bool PoolActor::make_worker() {
  const std::uint32_t place = next_place_++;
  const std::uint64_t number = next_number_++;
  ChildPlan plan = plan_.worker.clone();
  plan.id = id_of(place);
  plan.spawn.pool = ActorRef::of(this);
  plan.spawn.pool_place = place;
  auto posted = post_child(*supervisor_.target(), ActorRef::of(this), number, kNever,
                           std::move(plan), true, unit_);
  if (posted) {
    starting_.emplace(number, place);
  } else if (!begun_) {
    // Nobody would ask again, and whoever makes the pool waits for its first states.
    terminate({"error", std::move(posted.error())});
  } else {
    may_grow_ = later(core_.clock().now(), kPause);
  }
  return posted.has_value();
}

/// What the supervisor answers.
void PoolActor::worker_started(const Message& message, bool failed) {
  const auto starting = starting_.extract(message.correlation);
  if (starting.empty()) return;
  const auto values = runtime::decode_values(message.bytes(), message.ref_list());
  if (failed || !values || values->empty()) {
    const std::string why(values && values->size() > 1 ? (*values)[1].as_string() : "");
    if (!begun_) {
      const auto code =
          values ? static_cast<ErrorCode>((*values)[0].as_integer()) : ErrorCode::dead;
      return terminate({"error", {code, why, {}}});
    }
    core_.log().write(
        {LogLevel::warn, actor_name(), ActorBase::id(), "a state could not be made: " + why});
    may_grow_ = later(core_.clock().now(), kPause);
    target_ = static_cast<std::uint32_t>(members_.size());
    return;
  }
  auto member = std::make_unique<Member>();
  member->actor = (*values)[0].as_ref();
  // Its notice has come before this answer.
  if (ActorBase::of(member->actor).ended()) return replace_gone();
  member->place = starting.mapped();
  member->age.generation = generation_.current();
  by_place_[member->place] = member.get();
  ++free_;
  members_.push_back(std::move(member));
  if (!begun_ && members_.size() >= sizer_.min()) {
    begun_ = true;
    if (started_.owed()) actors::answer(started_, {}, unit_);
  }
  serve_line();
  consider_growth(core_.clock().now());
}

/// A worker has ended for good. Its supervisor does not start another one.
void PoolActor::worker_gone(std::uint32_t place) {
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [&](const auto& each) { return each->place == place; });
  if (found == members_.end()) return;
  remove(static_cast<std::size_t>(found - members_.begin()));
  replace_gone();
}

void PoolActor::replace_gone() {
  if (stopping() || !supervisor_ || core_.clock().now() < may_grow_) return;
  make_workers(std::max(target_, sizer_.min()));
}

void PoolActor::remove(std::size_t index) {
  Member& member = *members_[index];
  if (std::exchange(member.recycles, false)) pace_.end();
  update(member, [](Member& of) {
    of.in_flight = 0;
    of.ready = false;
  });
  by_place_.erase(member.place);
  members_.erase(members_.begin() + static_cast<std::ptrdiff_t>(index));
}

/// Those that came last go first, as far as they have nothing to do.
void PoolActor::shrink_to(std::uint32_t target) {
  target_ = target;
  for (std::size_t i = members_.size(); i-- > 0 && members_.size() > target;) {
    const Member& member = *members_[i];
    if (!is_free(member) || member.in_flight > 0) continue;
    stop_worker(member.place);
    remove(i);
  }
}

/// The supervisor forgets it when it has ended.
void PoolActor::stop_worker(std::uint32_t place) {
  runtime::ByteBuffer bytes;
  runtime::RefList refs;
  if (!runtime::encode_values({"stop", id_of(place)}, MessageLimits{}, bytes, refs)) return;
  Letter letter{ActorRef::of(this), 0, kNever, bytes.view(), refs, true};
  static_cast<void>(ActorBase::of(supervisor_).post(std::move(letter), unit_));
}

void PoolActor::consider_growth(Instant now) {
  if (!begun_ || ending_ || line_.empty() || !starting_.empty() || now < may_grow_) return;
  const std::uint32_t size = load().size;
  const std::uint32_t target = sizer_.while_waiting(load(), now - waiting_since_);
  if (target > size) make_workers(target);
}

void PoolActor::check(Instant now) {
  next_check_ = later(now, plan_.options.size.check_every);
  if (!begun_ || stopping()) return;
  recycle_old(now, true);
  const std::uint32_t size = load().size;
  const std::uint32_t target = sizer_.at_check(load());
  if (target > size && now >= may_grow_) make_workers(target);
  if (target < size && starting_.empty()) shrink_to(target);
}

// Who is replaced ---------------------------------------------------------------------------------

void PoolActor::recycle_old(Instant now, bool looks_at_health) {
  for (const auto& member : members_) {
    if (member->in_flight == 0) consider_recycling(*member, now, looks_at_health);
  }
}

void PoolActor::consider_recycling(Member& member, Instant now, bool looks_at_health) {
  if (!member.ready || member.recycles || stopping()) return;
  if (looks_at_health) {
    const ActorStats stats = ScriptActor::of(member.actor).stats();
    member.age.health = lifecycle::health_score(health_input(stats), plan_.options.health);
  }
  const lifecycle::PoolVerdict verdict =
      lifecycle::judge(member.age, generation_.current(), plan_.options.aging, now);
  if (verdict == lifecycle::PoolVerdict::fit || !pace_.begin(members_.size())) return;
  update(member, [](Member& of) { of.recycles = true; });
  ++recycled_;
  const auto asked =
      ScriptActor::recycle(*member.actor.target(), false, lifecycle::to_string(verdict), unit_);
  if (!asked) {
    update(member, [](Member& of) { of.recycles = of.ready = false; });
    pace_.end();
  }
}

}  // namespace moonwright::actors
