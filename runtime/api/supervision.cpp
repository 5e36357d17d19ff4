// supervision.cpp: whether a supervisor can be made of what was asked for.
#include "moonwright/supervision.hpp"

#include <set>

namespace moonwright {
namespace {

constexpr std::chrono::hours kTimeMax{24};
constexpr std::size_t kIdBytesMax = 200;
constexpr std::uint32_t kChildrenMax = 10'000'000;
/// Beyond it, children are kept by several supervisors.
constexpr std::uint32_t kUnpartitionedMax = 10'000;

tl::unexpected<Error> invalid(std::string text) {
  return fail(ErrorCode::invalid_argument, std::move(text));
}

bool in_range(std::chrono::milliseconds time, std::chrono::milliseconds least) {
  return time >= least && time <= kTimeMax;
}

Result<void> check(const Intensity& intensity, const char* name) {
  if (in_range(intensity.period, std::chrono::milliseconds(1))) return {};
  return invalid(std::string(name) + ".period is not in 1 ms..24 h");
}

Result<void> check(const BackOff& back_off) {
  const std::chrono::milliseconds none{0};
  if (!in_range(back_off.first, none)) return invalid("back_off.first is not in 0..24 h");
  if (!in_range(back_off.most, back_off.first)) {
    return invalid("back_off.most is not in back_off.first..24 h");
  }
  if (!(back_off.factor >= 1 && back_off.factor <= 10)) {
    return invalid("back_off.factor is not in 1..10");
  }
  if (!(back_off.jitter >= 0 && back_off.jitter <= 1)) {
    return invalid("back_off.jitter is not in 0..1");
  }
  return {};
}

Result<void> check(const HealthOptions& health) {
  const std::chrono::milliseconds none{0};
  if (!(health.memory_threshold > 0 && health.memory_threshold <= 1)) {
    return invalid("health.memory is not above 0 and at most 1");
  }
  if (!(health.error_rate >= 0 && health.error_rate <= 1)) {
    return invalid("health.error_rate is not in 0..1");
  }
  if (!(health.slow_decay >= 0 && health.slow_decay <= 100)) {
    return invalid("health.slow_decay is not in 0..100");
  }
  if (health.age < none || health.slow < none || health.mailbox_age < none) {
    return invalid("health: a time is negative");
  }
  if (!in_range(health.check_every, std::chrono::milliseconds(1))) {
    return invalid("health.check_every is not in 1 ms..24 h");
  }
  if (!in_range(health.drain_timeout, none)) {
    return invalid("health.drain_timeout is not in 0..24 h");
  }
  return {};
}

Result<void> check_stop(const StopTimes& stop) {
  const std::chrono::milliseconds none{0};
  for (const auto time : {stop.drain, stop.on_stop, stop.kill}) {
    if (!in_range(time, none)) return invalid("stop: a time is not in 0..24 h");
  }
  return {};
}

}  // namespace

Result<void> check(const ChildSpec& spec) {
  const auto in_child = [&spec](const Result<void>& problem) {
    const std::string who = spec.id.empty() ? "a child" : "child '" + spec.id + "'";
    return invalid(who + ": " + problem.error().message);
  };
  if (spec.id.size() > kIdBytesMax) return invalid("the id of a child has more than 200 bytes");
  if (auto fine = check_stop(spec.stop); !fine) return in_child(fine);
  if (auto fine = check(spec.health); !fine) return in_child(fine);
  if (!in_range(spec.start_deadline, std::chrono::milliseconds(1))) {
    return in_child(invalid("start_deadline is not in 1 ms..24 h"));
  }
  if (!(spec.weight > 0 && spec.weight <= 1'000)) {
    return in_child(invalid("weight is not above 0 and at most 1,000"));
  }
  if (spec.significant && spec.restart == Restart::permanent) {
    return in_child(invalid("a permanent child cannot be significant: it never ends by itself"));
  }
  if (spec.supervisor != nullptr && !spec.spawn.script.empty()) {
    return in_child(invalid("it is either a script or a supervisor"));
  }
  if (spec.spawn.token || spec.spawn.on_exit) {
    return in_child(invalid("token and on_exit are not for children of supervisors"));
  }
  if (spec.spawn.chunk_return == ChunkReturn::values) {
    return in_child(invalid("chunk_return values is not for children of supervisors"));
  }
  return spec.supervisor != nullptr ? check(*spec.supervisor) : Result<void>{};
}

Result<void> check(const SupervisorSpec& spec) {
  if (auto fine = check(spec.intensity, "intensity"); !fine) return fine;
  if (spec.child_intensity) {
    if (auto fine = check(*spec.child_intensity, "child_intensity"); !fine) return fine;
    if (spec.strategy != Strategy::one_for_one) {
      return invalid("child_intensity is for one_for_one only");
    }
  }
  if (auto fine = check(spec.back_off); !fine) return fine;
  if (spec.max_children == 0 || spec.max_children > kChildrenMax) {
    return invalid("max_children is not in 1..10,000,000");
  }
  if (spec.max_children > kUnpartitionedMax &&
      (spec.strategy != Strategy::one_for_one || spec.auto_shutdown != AutoShutdown::never)) {
    return invalid("max_children beyond 10,000 needs one_for_one, and auto_shutdown never");
  }
  if (spec.children.size() > spec.max_children) return invalid("more children than max_children");
  if (spec.memory_bytes_max == 0) return invalid("memory of a supervisor is 0");
  std::set<std::string_view> ids;
  for (const ChildSpec& child : spec.children) {
    if (auto fine = check(child); !fine) return fine;
    if (child.significant && spec.auto_shutdown == AutoShutdown::never) {
      return invalid("child '" + child.id + "' is significant, and auto_shutdown is never");
    }
    if (!child.id.empty() && !ids.insert(child.id).second) {
      return invalid("two children have the id '" + child.id + "'");
    }
  }
  return {};
}

}  // namespace moonwright
