// supervisor_health.cpp: how well the children of a supervisor are, and who gets a fresh state.
#include <algorithm>
#include <string>
#include <utility>

#include "actors/core.hpp"
#include "actors/script_actor.hpp"
#include "actors/supervised_health.hpp"
#include "actors/supervisor.hpp"
#include "moonwright/durations.hpp"

namespace moonwright::actors {
namespace {

/// Children that are looked at in one turn: 100,000 of them hold nobody up.
constexpr std::size_t kChecksPerTurn = 256;

}  // namespace

/// A child with these terms is to be looked at in its time.
void Supervisor::plan_check(const ChildTraits& traits) {
  check_due_ = std::min(check_due_, later(core_.clock().now(), traits.health.check_every));
}

/// A part of a round. Buckets instead of an order of our own: it costs nothing per child, and who
/// is missed because the table grows meanwhile has its turn in the next round.
void Supervisor::check_some() {
  const Instant now = core_.clock().now();
  std::size_t looked = 0;
  for (; next_bucket_ < table_.bucket_count() && looked < kChecksPerTurn; ++next_bucket_) {
    for (auto at = table_.begin(next_bucket_); at != table_.end(next_bucket_); ++at) {
      ++looked;
      Child& child = at->second;
      if (child.next_check <= now) {
        child.next_check = later(now, child.traits->health.check_every);
        check(at->first, child, now);
      }
      next_round_ = std::min(next_round_, child.next_check);
    }
  }
  if (next_bucket_ < table_.bucket_count()) return;
  checking_ = false;
  check_due_ = std::min(check_due_, next_round_);
}

void Supervisor::check(ChildNumber number, Child& child, Instant now) {
  if (!child.actor || ActorBase::of(child.actor).kind() != AddressKind::script) return;
  const auto view = supervision_->view(number);
  if (!view || view->state != lifecycle::ChildState::running) return;
  ScriptActor& actor = ScriptActor::of(child.actor);
  if (actor.ended()) return;
  const HealthOptions& options = child.traits->health;
  const ActorStats stats = actor.stats();
  const lifecycle::HealthInput input = health_input(stats);
  if (std::exchange(child.checked_life, stats.incarnation) != stats.incarnation) child.meter = {};
  const bool was_healthy = child.meter.healthy();
  const bool healthy = child.meter.observe(lifecycle::health_score(input, options));
  actor.set_healthy(healthy);
  if (healthy) return;
  if (was_healthy && core_.events().wants(EventType::warning)) {
    Event event = actor.make_event(EventType::warning, "unhealthy");
    event.text = lifecycle::describe(lifecycle::assess(input, options));
    event.figures = {{"score", child.meter.score()}};
    core_.events().publish(std::move(event), unit_);
  }
  const bool may = options.recycle && !child.drains && now >= child.rests_until;
  if (!may || supervision_->closing() || !pace_.begin(table_.size())) return;
  child.drains = true;
  const std::string why = lifecycle::describe(lifecycle::assess(input, options));
  // If it is dead by now, the notice of its end is on its way.
  static_cast<void>(ScriptActor::recycle(*child.actor.target(), false, why, unit_));
}

/// A child lives on with a fresh state, or could not be drained.
void Supervisor::child_recycled(const Message& message) {
  const ChildNumber number = message.correlation & kChildMask;
  const auto at = table_.find(number);
  if (at == table_.end() || at->second.actor != message.sender || supervision_ == nullptr) return;
  Child& child = at->second;
  const HealthOptions& options = child.traits->health;
  end_drain(child);
  child.rests_until = lifecycle::RecyclePace::rests_until(core_.clock().now(), options.check_every);
  if (message.restarting) {
    child.meter = {};
    ScriptActor::of(child.actor).set_healthy(true);
    supervision_->child_recycled(number, static_cast<std::uint32_t>(message.correlation >> 40));
    decide(number, "was recycled: " + std::string(message.bytes()));
  } else {
    decide(number, "could not be recycled, because it had not finished what it had begun within " +
                       format_duration(options.drain_timeout) + ": " +
                       std::string(message.bytes()));
  }
}

void Supervisor::end_drain(Child& child) noexcept {
  if (std::exchange(child.drains, false)) pace_.end();
}

/// As of now, but for the verdict, which is the last check's.
void Supervisor::add_health(Table& row, const Child& child) const {
  const ScriptActor& actor = ScriptActor::of(child.actor);
  if (actor.ended()) return;
  const Health health = lifecycle::assess(health_input(actor.stats()), child.traits->health);
  row.set("in_use", actor.in_use());
  row.set("healthy", child.meter.healthy());
  row.set("score", health.score);
  Values reasons;
  for (const std::string& reason : health.reasons) reasons.emplace_back(reason);
  row.set("reasons", Table::list(std::move(reasons)));
}

}  // namespace moonwright::actors
