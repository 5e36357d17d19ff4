// pool_requests.cpp: what comes to a pool: who gets it, what waits, and what is refused.
#include <algorithm>
#include <string>
#include <utility>

#include "actors/core.hpp"
#include "actors/pool.hpp"
#include "actors/script_actor.hpp"
#include "runtime/error_value.hpp"
#include "runtime/wire_reader.hpp"

namespace moonwright::actors {
namespace {

constexpr std::string_view kOwn = "pool:";

/// Of the first argument, if it is a text or an integer; the same for all others.
std::uint64_t key_of(const Message& message) {
  runtime::wire::Reader reader(message.bytes());
  static_cast<void>(reader.skip_shared_prefix());
  static_cast<void>(reader.next());
  const runtime::wire::Token argument = reader.next();
  if (argument.kind == runtime::wire::Kind::integer) {
    return static_cast<std::uint64_t>(argument.integer);
  }
  const bool is_text = argument.kind == runtime::wire::Kind::string;
  return is_text ? std::hash<std::string_view>{}(argument.view()) : 0;
}

}  // namespace

/// A user message holds its place in the mailbox until it goes on.
void PoolActor::free_place(Message& message) noexcept {
  if (!message.counted) return;
  refund(budget_.get(), core_.own_float(), mailbox_.give_back(message));
  message.counted = false;
}

void PoolActor::receive(MessagePtr message) {
  const bool is_order = message->kind == MessageKind::execute;
  if (!is_order && runtime::peek_name(message->bytes()).starts_with(kOwn)) {
    free_place(*message);
    return command(std::move(message));
  }
  // Whoever sent an expired request has been told.
  if (message->is_request() && message->deadline != kNever &&
      message->deadline < core_.clock().coarse_now()) {
    return free_place(*message);
  }
  if (is_order && is_given_up(PoolOrder::of(*message)->number())) {
    return refuse_message(std::move(message), ErrorCode::cancelled, "it was cancelled");
  }
  if (!is_order && router_.route() == Route::broadcast) return broadcast(std::move(message));
  const bool full = line_.size() + backlog_ >= plan_.options.queue.max;
  const bool may_go = line_.empty() && (router_.holds_back() || is_order || !full);
  if (may_go && hand_over(message)) return waits_.add(std::chrono::nanoseconds(0));
  if (full) {
    ++refused_;
    return refuse_message(std::move(message), ErrorCode::overload, "as many wait as may");
  }
  const Instant now = core_.clock().now();
  if (line_.empty()) waiting_since_ = now;
  line_.push(std::move(message), now);
  sizer_.note(load());
  consider_growth(now);
}

/// Null if everybody who could take it is busy.
PoolActor::Member* PoolActor::find_worker(const Message& message) {
  if (message.kind == MessageKind::execute) {
    return free_ == 0 ? nullptr : find_state(*PoolOrder::of(message));
  }
  if (router_.holds_back() && free_ == 0) return nullptr;
  const std::uint64_t key = router_.route() == Route::hash ? key_of(message) : 0;
  const auto place =
      router_.choose(members_.size(), key, [this](std::size_t at) -> std::optional<std::uint32_t> {
        if (!is_free(*members_[at])) return std::nullopt;
        return members_[at]->in_flight;
      });
  if (!place) return nullptr;
  Member* const chosen = members_[*place].get();
  return chosen->executes ? nullptr : chosen;
}

/// First one that was used for the same, then a fresh one; at last one that has to be replaced.
PoolActor::Member* PoolActor::find_state(const PoolOrder& order) {
  Member* best = nullptr;
  for (const auto& each : members_) {
    if (!is_free(*each) || each->in_flight > 0) continue;
    const bool fresh = each->trace.owner.empty();
    if (fresh ? order.owner().empty() : each->trace.fits(order)) return each.get();
    if (best == nullptr || (fresh && !best->trace.owner.empty())) best = each.get();
  }
  return best;
}

/// Takes the message if somebody can take it.
bool PoolActor::hand_over(MessagePtr& message) {
  while (Member* const member = find_worker(*message)) {
    if (give(*member, message)) return true;
  }
  return false;
}

/// Answers false, and leaves the message, if the worker has ended.
bool PoolActor::give(Member& member, MessagePtr& message) {
  ActorBase& actor = ActorBase::of(member.actor);
  if (actor.ended()) {
    // Its notice is on the way.
    set_ready(member, false);
    return false;
  }
  free_place(*message);
  if (message->kind == MessageKind::execute) {
    set_executing(member, *PoolOrder::of(*message));
    actor.deliver(std::move(message), unit_);
  } else {
    Letter letter{message->sender,  message->correlation, message->deadline,
                  message->bytes(), message->ref_list(),  false,
                  core_.own_float()};
    letter.cargo = std::move(message->cargo);
    const Posted posted = actor.post(std::move(letter), unit_);
    if (posted == Posted::ok) {
      set_load(member, member.in_flight + 1);
    } else {
      refuse_message(std::move(message), runtime::code_of(posted), runtime::text_of(posted));
      return true;
    }
    message = nullptr;
  }
  ++executions_;
  static_cast<void>(generation_.count_execution());
  return true;
}

/// To everybody who is there; the first answer is the answer.
void PoolActor::broadcast(MessagePtr message) {
  bool taken = false;
  for (const auto& member : members_) {
    if (member->executes) continue;
    Letter letter{message->sender,  message->correlation, message->deadline,
                  message->bytes(), message->ref_list(),  false,
                  core_.own_float()};
    if (ActorBase::of(member->actor).post(std::move(letter), unit_) != Posted::ok) continue;
    set_load(*member, member->in_flight + 1);
    ++executions_;
    static_cast<void>(generation_.count_execution());
    taken = true;
  }
  if (!taken) return refuse_message(std::move(message), ErrorCode::overload, "nobody can take it");
  free_place(*message);
}

void PoolActor::serve_line() {
  while (!line_.empty()) {
    Line::Entry entry = line_.pop();
    if (!hand_over(entry.request)) return line_.put_back(std::move(entry));
    waits_.add(core_.clock().now() - entry.since);
  }
}

/// A worker could not begin with it.
void PoolActor::take_back(MessagePtr message) {
  if (PoolOrder::of(*message) == nullptr) return;
  if (line_.empty()) waiting_since_ = core_.clock().now();
  line_.put_back({std::move(message), core_.clock().now()});
  serve_line();
}

void PoolActor::refuse_overdue(Instant now) {
  while (auto entry = line_.pop_overdue(now)) {
    ++timed_out_;
    waits_.add(now - entry->since);
    refuse_message(std::move(entry->request), ErrorCode::timeout, "it has waited for too long");
  }
}

/// With what the pool was doing meanwhile.
void PoolActor::refuse_message(MessagePtr message, ErrorCode code, std::string_view why) {
  free_place(*message);
  const lifecycle::PoolLoad now = load();
  Error error{code,
              "pool '" + std::string(actor_name()) + "': " + std::string(why) + " (size " +
                  std::to_string(now.size) + ", in use " + std::to_string(now.in_use) +
                  ", waiting " + std::to_string(now.waiting) + ")",
              {}};
  if (PoolOrder* const order = PoolOrder::of(*message)) return order->refuse(std::move(error));
  runtime::ReplyTo to{message->sender, message->correlation, message->deadline};
  if (to.owed()) return refuse(to, error, unit_);
  core_.dead_letters().add(DeadLetterKind::overload, ActorRef::of(this), actor_name(), 1,
                           runtime::note_of(*message), error);
}

/// Somebody has given up a request or a script, wherever it has come.
void PoolActor::cancel(const Message& message) {
  if (message.correlation == 0) return;  // it does nothing itself that could be cancelled
  const bool is_order = !message.sender;
  auto waiting = line_.take_out([&](const MessagePtr& each) {
    if (is_order) {
      const PoolOrder* const order = PoolOrder::of(*each);
      return order != nullptr && order->number() == message.correlation;
    }
    return each->correlation == message.correlation && each->sender == message.sender;
  });
  if (waiting) {
    return refuse_message(std::move(waiting->request), ErrorCode::cancelled, "it was cancelled");
  }
  bool found = false;
  for (const auto& member : members_) {
    if (member->in_flight == 0 || (is_order && member->order != message.correlation)) continue;
    found = true;
    MessagePtr order(Message::make(MessageKind::cancel));
    order->sender = message.sender;
    order->correlation = message.correlation;
    ActorBase::of(member->actor).deliver(std::move(order), unit_);
  }
  if (found || !is_order) return;
  // It is over, or still waits in the mailbox, which this message has overtaken.
  given_up_.push_back(message.correlation);
  if (given_up_.size() > kGivenUpMax) given_up_.pop_front();
}

bool PoolActor::is_given_up(std::uint64_t number) {
  const auto found = std::find(given_up_.begin(), given_up_.end(), number);
  if (found == given_up_.end()) return false;
  given_up_.erase(found);
  return true;
}

// What is asked of the pool itself ----------------------------------------------------------------

void PoolActor::command(MessagePtr message) {
  const std::string name(runtime::peek_name(message->bytes()));
  // A caller from C++ has no number and controls everything.
  const bool privileged = message->privileged || message->sender.id() == 0;
  runtime::ReplyTo to{message->sender, message->correlation, message->deadline};
  const auto reply = [&](const Values& values) {
    if (to.owed()) actors::answer(to, values, unit_);
  };
  const auto refuse_it = [&](ErrorCode code, std::string text) {
    if (to.owed()) refuse(to, {code, std::move(text), {}}, unit_);
  };
  if (name == "pool:metrics") return reply({describe(core_.clock().now())});
  if (name != "pool:advance" && name != "pool:stop") {
    return refuse_it(
        ErrorCode::no_handler,
        "a pool itself answers pool:metrics, pool:advance and pool:stop, not '" + name + "'");
  }
  if (!privileged) {
    return refuse_it(ErrorCode::denied, "'" + name +
                                            "' needs control over the pool: whoever made it has "
                                            "that, and can hand it on with actor.grant()");
  }
  if (name == "pool:advance") {
    generation_.advance();
    recycle_old(core_.clock().now(), false);
    return reply({static_cast<std::int64_t>(generation_.current())});
  }
  reply({true});
  const auto values = runtime::decode_values(message->bytes(), message->ref_list());
  const double seconds = values && values->size() > 1 ? (*values)[1].as_float(5) : 5;
  MessagePtr stop(Message::make(MessageKind::stop));
  stop->deadline = later(
      core_.clock().now(),
      std::chrono::nanoseconds(static_cast<std::int64_t>(std::clamp(seconds, 0.0, 1e6) * 1e9)));
  begin_stop(*stop);
}

Value PoolActor::describe(Instant) const {
  PoolMetrics metrics;
  const lifecycle::PoolLoad now = load();
  metrics.created = created_;
  metrics.size = static_cast<std::uint32_t>(members_.size());
  metrics.target = target_;
  metrics.available = free_;
  metrics.in_use = now.in_use;
  metrics.waiting = now.waiting;
  metrics.recycled = recycled_;
  metrics.executions = executions_;
  metrics.refused = refused_;
  metrics.timed_out = timed_out_;
  metrics.generation = generation_.current();
  metrics.usage_ratio = now.usage_ratio();
  metrics.memory_bytes_max = plan_.options.memory_bytes_max;
  for (const auto& member : members_) {
    metrics.memory_used_bytes += ScriptActor::of(member->actor).stats().memory.used_bytes;
  }
  metrics.wait_p50 = waits_.percentile(0.5);
  metrics.wait_p99 = waits_.percentile(0.99);
  return to_value(metrics);
}

Value to_value(const PoolMetrics& metrics) {
  const auto count = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
  const auto seconds = [](std::chrono::nanoseconds time) {
    return std::chrono::duration<double>(time).count();
  };
  Table table{{"created", count(metrics.created)},
              {"size", count(metrics.size)},
              {"target", count(metrics.target)},
              {"available", count(metrics.available)},
              {"in_use", count(metrics.in_use)},
              {"waiting", count(metrics.waiting)},
              {"recycled", count(metrics.recycled)},
              {"executions", count(metrics.executions)},
              {"refused", count(metrics.refused)},
              {"timed_out", count(metrics.timed_out)},
              {"generation", count(metrics.generation)},
              {"usage_ratio", metrics.usage_ratio},
              {"memory_used", count(metrics.memory_used_bytes)},
              {"wait_p50", seconds(metrics.wait_p50)},
              {"wait_p99", seconds(metrics.wait_p99)}};
  // As elsewhere in Lua: no limit is no field.
  if (metrics.memory_bytes_max != kUnlimited) {
    table.set("memory_max", count(metrics.memory_bytes_max));
  }
  return table;
}

PoolMetrics pool_metrics_of(const Value& value) {
  PoolMetrics metrics;
  const auto count = [&](const char* name) {
    return static_cast<std::uint64_t>(value[name].as_integer());
  };
  const auto small = [&](const char* name) { return static_cast<std::uint32_t>(count(name)); };
  const auto time = [&](const char* name) {
    return std::chrono::nanoseconds(static_cast<std::int64_t>(value[name].as_float() * 1e9 + 0.5));
  };
  metrics.created = count("created");
  metrics.size = small("size");
  metrics.target = small("target");
  metrics.available = small("available");
  metrics.in_use = small("in_use");
  metrics.waiting = small("waiting");
  metrics.recycled = count("recycled");
  metrics.executions = count("executions");
  metrics.refused = count("refused");
  metrics.timed_out = count("timed_out");
  metrics.generation = count("generation");
  metrics.usage_ratio = value["usage_ratio"].as_float();
  metrics.memory_used_bytes = count("memory_used");
  if (!value["memory_max"].is_nil()) metrics.memory_bytes_max = count("memory_max");
  metrics.wait_p50 = time("wait_p50");
  metrics.wait_p99 = time("wait_p99");
  return metrics;
}

}  // namespace moonwright::actors
