// quota_desk.cpp: see quota_desk.hpp.
#include "actors/quota_desk.hpp"

#include <algorithm>
#include <tuple>
#include <vector>

#include "actors/script_actor.hpp"
#include "actors/script_threads.hpp"
#include "moonwright/bytes.hpp"

namespace moonwright::actors {
namespace {

/// Those that are asked to collect at a time hold so many times what is wanted, as most of what
/// they hold is in use.
constexpr std::uint64_t kShedFactor = 4;
constexpr std::size_t kShedMax = 1'000;
/// An actor that uses less is left alone: collecting it frees next to nothing.
constexpr std::uint64_t kWorthShedding = 32u << 10;
/// Who asks again so soon has not had enough of what collections gave back.
constexpr std::chrono::seconds kSoon{10};
/// Fresh states at a time.
constexpr std::size_t kRecycledMax = 16;

QuotaBroker::Options options_of(const RuntimeOptions& options) {
  // Without quotas there are shares of families all the same, and they have a cap of their own.
  return {options.quotas ? options.memory_budget_bytes : kUnlimited, options.float_bytes,
          options.workers};
}

}  // namespace

QuotaDesk::QuotaDesk(const RuntimeOptions& options, LiveActors& live, const Clock& clock)
    : enforced_(options.quotas),
      live_(live),
      clock_(clock),
      broker_(std::make_shared<QuotaBroker>(options_of(options))),
      direct_(*broker_) {
  broker_->set_listener(this);
}

QuotaDesk::~QuotaDesk() { broker_->set_listener(nullptr); }

Result<FirstLease> QuotaDesk::first_lease(MemoryFloat* at_hand) {
  if (!enforced_) return FirstLease();
  if (pay(broker_.get(), at_hand, FirstLease::kBytes)) return FirstLease(broker_);
  return fail(ErrorCode::quota_denied, "no new actor: " + shortage(FirstLease::kBytes));
}

/// A ticket is the address of who waits, and a reference that keeps it valid.
void QuotaDesk::wait_for_lease(ScriptActor& actor) {
  actor.add_ref();
  broker_->ask_later(reinterpret_cast<std::uintptr_t>(&actor), FirstLease::kBytes);
}

void QuotaDesk::forget_lease(ScriptActor& actor) noexcept {
  if (broker_->forget(reinterpret_cast<std::uintptr_t>(&actor))) actor.release();
}

void QuotaDesk::quota_granted(std::uint64_t ticket) noexcept {
  auto* const actor = reinterpret_cast<ScriptActor*>(static_cast<std::uintptr_t>(ticket));
  // One that has ended meanwhile gives it back.
  actor->deliver(MessagePtr(Message::make(MessageKind::quota)), nullptr);
  actor->release();
}

std::string QuotaDesk::shortage(std::uint64_t asked_bytes) const {
  const QuotaBroker::Figures figures = broker_->figures();
  std::string text =
      "the runtime's memory budget of " + format_bytes(figures.total) + " has too little left: ";
  if (asked_bytes > 0) text += "asked for " + format_bytes(asked_bytes) + ", ";
  text += format_bytes(figures.available) + " available";
  if (figures.overdrawn > 0) text += " (" + format_bytes(figures.overdrawn) + " overdrawn)";
  return text + most_held();
}

std::string QuotaDesk::most_held() const {
  const ActorBase* largest = nullptr;
  std::uint64_t most = 0;
  std::string text;
  live_.for_each([&](LiveEntry& entry) {
    const auto& actor = static_cast<ActorBase&>(entry);
    const std::uint64_t held = actor.quota_bytes();
    if (held <= most) return;
    most = held;
    largest = &actor;
  });
  // Again, as it may have gone meanwhile.
  live_.for_each([&](LiveEntry& entry) {
    const auto& actor = static_cast<ActorBase&>(entry);
    if (&actor != largest) return;
    text = "; '" + std::string(actor.actor_name()) + "' (id " +
           std::to_string(static_cast<const Address&>(actor).id()) + ") holds most of it, " +
           format_bytes(most);
  });
  return text;
}

QuotaStatus QuotaDesk::status(const ScriptThreads& threads) const {
  QuotaStatus status;
  status.enforced = enforced_;
  const Instant now = clock_.now();
  live_.for_each([&](LiveEntry& entry) {
    const auto& actor = static_cast<ActorBase&>(entry);
    status.actors.push_back(actor.quota_row(now));
    status.used += status.actors.back().used;
  });
  if (!enforced_) return status;
  const QuotaBroker::Figures figures = broker_->figures();
  const bool boundless = figures.total >= QuotaBroker::Books::kBoundless;
  status.total = boundless ? kUnlimited : figures.total;
  status.available = boundless ? kUnlimited - figures.granted : figures.available;
  status.granted = figures.granted;
  status.at_hand = threads.at_hand();
  status.overdrawn = figures.overdrawn;
  status.under_pressure = figures.under_pressure;
  status.efficiency = efficiency(status.used, status.granted);
  return status;
}

Result<std::uint64_t> QuotaDesk::set_budget(std::uint64_t bytes) {
  if (!enforced_) return fail(ErrorCode::unsupported, "the runtime runs without quotas");
  if (bytes == 0) return fail(ErrorCode::invalid_argument, "memory_budget_bytes is 0");
  broker_->set_budget(bytes);
  const std::uint64_t overdrawn = broker_->figures().overdrawn;
  shed_if_asked();
  return overdrawn;
}

void QuotaDesk::shed_if_asked() noexcept {
  const std::uint64_t wanted = broker_->take_shed();
  if (wanted == 0) return;
  const Instant now = clock_.now();
  const Instant last = last_shed_.exchange(now);
  if (last != Instant{} && now - last < kSoon) recycle_some(wanted);
  struct Candidate {
    std::uint64_t bytes;
    Instant idle_since;
    ActorRef actor;
  };
  // Held by references: what is asked to collect may end meanwhile, and asking takes locks.
  std::vector<Candidate> candidates;
  live_.for_each([&](LiveEntry& entry) {
    auto& actor = static_cast<ActorBase&>(entry);
    const std::uint64_t bytes = actor.quota_bytes();
    if (bytes < kWorthShedding || !actor.may_shed()) return;
    const auto& script = static_cast<const ScriptActor&>(actor);  // nobody else may
    candidates.push_back({bytes, script.settled_at(), ActorRef::of(&actor)});
  });
  const std::size_t count = std::min(candidates.size(), kShedMax);
  std::partial_sort(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(count),
                    candidates.end(), [](const Candidate& a, const Candidate& b) {
                      return std::tuple(b.bytes, a.idle_since) < std::tuple(a.bytes, b.idle_since);
                    });
  std::uint64_t held = 0;
  for (std::size_t i = 0; i < count && held / kShedFactor < wanted; ++i) {
    held += candidates[i].bytes;
    ScriptActor::of(candidates[i].actor).shed();
  }
}

/// A state that has nothing against it is never thrown away for others.
void QuotaDesk::recycle_some(std::uint64_t wanted) {
  struct Candidate {
    double score;
    Instant idle_since;
    std::uint64_t bytes;
    ActorRef actor;
  };
  std::vector<Candidate> candidates;
  live_.for_each([&](LiveEntry& entry) {
    auto& actor = static_cast<ActorBase&>(entry);
    const std::uint64_t bytes = actor.quota_bytes();
    if (bytes < kWorthShedding || !actor.may_shed()) return;
    const auto& script = static_cast<const ScriptActor&>(actor);
    const std::optional<double> score = script.score_if_recyclable();
    if (!score || *score >= 100) return;
    candidates.push_back({*score, script.settled_at(), bytes, ActorRef::of(&actor)});
  });
  const std::size_t count = std::min(candidates.size(), kRecycledMax);
  std::partial_sort(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(count),
                    candidates.end(), [](const Candidate& a, const Candidate& b) {
                      return std::tuple(a.score, a.idle_since) < std::tuple(b.score, b.idle_since);
                    });
  std::uint64_t held = 0;
  for (std::size_t i = 0; i < count && held < wanted; ++i) {
    held += candidates[i].bytes;
    const std::string why = "memory is short, it was idle, and its health was " +
                            std::to_string(static_cast<int>(candidates[i].score)) + " of 100";
    static_cast<void>(ScriptActor::recycle(*candidates[i].actor.target(), false, why, nullptr));
  }
}

std::uint64_t QuotaDesk::held_by_actors() const {
  std::uint64_t sum = 0;
  live_.for_each(
      [&sum](LiveEntry& entry) { sum += static_cast<const ActorBase&>(entry).quota_bytes(); });
  return sum;
}

}  // namespace moonwright::actors
