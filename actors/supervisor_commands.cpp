// supervisor_commands.cpp: what others ask of a supervisor, and what they are told.
#include <algorithm>
#include <string>
#include <utility>

#include "actors/core.hpp"
#include "actors/partitions.hpp"
#include "actors/script_actor.hpp"
#include "actors/supervisor.hpp"
#include "actors/tree_gatherer.hpp"
#include "runtime/error_value.hpp"

namespace moonwright::actors {
namespace {

/// What other supervisors have to answer, for a tree.
constexpr std::chrono::seconds kTreeTime{1};

bool changes_something(std::string_view name) {
  return name == "start" || name == "stop" || name == "restart" || name == "delete";
}

}  // namespace

std::uint64_t Supervisor::open(runtime::ReplyTo to) {
  if (!to.owed()) return 0;
  requests_.emplace(next_request_, std::move(to));
  return next_request_++;
}

/// Owes nothing if nobody waits for an answer.
runtime::ReplyTo Supervisor::close(std::uint64_t request) {
  const auto at = requests_.find(request);
  if (at == requests_.end()) return {};
  runtime::ReplyTo to = std::move(at->second);
  requests_.erase(at);
  return to;
}

void Supervisor::answer(std::uint64_t request, const Values& values) {
  runtime::ReplyTo to = close(request);
  if (to.owed()) actors::answer(to, values, unit_);
}

void Supervisor::refuse_request(std::uint64_t request, const Error& error) {
  runtime::ReplyTo to = close(request);
  if (to.owed()) refuse(to, error, unit_);
}

void Supervisor::command(MessagePtr message) {
  // A caller from C++ has no number and controls everything.
  const bool privileged = message->privileged || message->sender.id() == 0;
  const std::uint64_t request = open({message->sender, message->correlation, message->deadline});
  const auto values = runtime::decode_values(message->bytes(), message->ref_list());
  if (!values) return refuse_request(request, values.error());
  const std::string name(values->empty() ? "" : (*values)[0].as_string());
  if (changes_something(name) && !privileged) {
    return refuse_request(request, {ErrorCode::denied,
                                    "'" + name +
                                        "' needs control over the supervisor: whoever "
                                        "made it has that, and can hand it on with "
                                        "actor.grant()",
                                    {}});
  }
  if (plan_.partitions > 0 && pass_on(*message, name, *values, request)) return;
  if (name == "which") {
    answer(request, {describe_all()});
  } else if (name == "count") {
    answer(request, {count()});
  } else if (name == "explain") {
    answer(request, explain(*values));
  } else if (name == "tree") {
    answer_tree(request, message->deadline);
  } else if (name == "crashes") {
    answer(request, {describe_crashes()});
  } else if (name == "start") {
    add_child(*message, request);
  } else if (changes_something(name)) {
    command_about_child(name, *values, request);
  } else {
    refuse_request(request,
                   {ErrorCode::no_handler,
                    "a supervisor answers start, stop, restart, delete, which, count, tree, "
                    "crashes and explain, not '" +
                        name + "'",
                    {}});
  }
}

void Supervisor::add_child(Message& message, std::uint64_t request) {
  auto* const order = dynamic_cast<ChildPlan*>(message.cargo.get());
  if (order == nullptr) {
    return refuse_request(request, {ErrorCode::invalid_argument,
                                    "'start' takes a table that describes a child, from a script, "
                                    "or Runtime::start_child()",
                                    {}});
  }
  if (order->id.empty()) {
    const std::string name = order->supervisor != nullptr ? "supervisor" : order->spawn.name.text;
    do {
      order->id = name + "-" + std::to_string(next_id_++);
    } while (supervision_->find(order->id) != 0);
  }
  if (plan_.total != nullptr && !plan_.total->take()) {
    return refuse_request(request, {ErrorCode::overload,
                                    "the supervisor has as many children as it may (max_children, "
                                    "here " +
                                        std::to_string(plan_.total->max()) + ")",
                                    {}});
  }
  if (plan_.total != nullptr) ++counted_;  // settled when it is known what became of it
  auto plan = std::make_unique<ChildPlan>(std::move(*order));
  weighted_ = weighted_ || plan->traits->weight != ChildTraits{}.weight;
  const ChildNumber number =
      supervision_->add(plan->terms(), request, core_.clock().now(), effects_);
  if (number != 0) {
    Child& child = table_[number];
    child.traits = shared_traits(plan->traits);
    child.plan = std::move(plan);
    plan_check(*child.traits);
  }
  execute();
}

void Supervisor::command_about_child(std::string_view name, const Values& values,
                                     std::uint64_t request) {
  const std::string id(values.size() > 1 ? values[1].as_string() : "");
  const ChildNumber number = supervision_->find(id);
  if (number == 0) {
    return refuse_request(
        request, {ErrorCode::not_found,
                  id.empty() ? "which child? '" + std::string(name) + "' takes the id of one"
                             : "there is no child '" + id + "'",
                  {}});
  }
  const Instant now = core_.clock().now();
  if (name == "stop") {
    supervision_->stop_child(number, request, now, effects_);
  } else if (name == "restart") {
    supervision_->restart_child(number, request, now, effects_);
  } else {
    supervision_->delete_child(number, request, effects_);
  }
  execute();
}

Value Supervisor::describe(ChildNumber number) const {
  const auto view = *supervision_->view(number);
  const Child& child = table_.at(number);
  Table row;
  row.set("id", view.id);
  row.set("state", to_string(view.state));
  row.set("restart", to_string(view.restart));
  row.set("incarnation", view.life);
  row.set("restarts", view.restarts);
  if (child.actor) {
    row.set("ref", child.actor);
    const bool is_supervisor = ActorBase::of(child.actor).kind() == AddressKind::supervisor;
    row.set("type", is_supervisor ? "supervisor" : "worker");
    if (!is_supervisor) add_health(row, child);
  }
  return row;
}

Value Supervisor::describe_all() const {
  Values rows;
  for (const ChildNumber number : supervision_->children()) rows.push_back(describe(number));
  return Table::list(std::move(rows));
}

/// For whoever puts a tree together: of each child what was decided about it, too.
Value Supervisor::describe_self() const {
  Table self{{"strategy", to_string(plan_.options.strategy)}, {"crashes", describe_crashes()}};
  Values rows;
  if (supervision_ != nullptr) {
    for (const ChildNumber number : supervision_->children()) {
      if (rows.size() == TreeNode::kNodesMax) break;
      Table row = describe(number).as_table();
      if (const std::string_view decision = table_.at(number).decision(); !decision.empty()) {
        row.set("decision", decision);
      }
      rows.emplace_back(std::move(row));
    }
  }
  self.set("children", Table::list(std::move(rows)));
  return self;
}

Value Supervisor::describe_crashes() const {
  Values reports;
  for (const CrashReport& each : crashes_) reports.push_back(to_value(each));
  return Table::list(std::move(reports));
}

/// Of this supervisor and all below it, which are asked without waiting.
void Supervisor::answer_tree(std::uint64_t request, Instant deadline) {
  auto to = std::make_shared<runtime::ReplyTo>(close(request));
  if (!to->owed()) return;
  TreeOptions options;
  options.top = ActorRef::of(this);
  options.timeout = std::min<std::chrono::nanoseconds>(kTreeTime, deadline - core_.clock().now());
  gather_tree(core_, options, [to](const Result<TreeNode>& tree) {
    if (tree) return actors::answer(*to, {to_value(*tree)}, nullptr);
    refuse(*to, tree.error(), nullptr);
  });
}

/// OTP's count_children, and how many there are in each state.
Value Supervisor::count() const {
  std::int64_t active = 0;
  std::int64_t supervisors = 0;
  for (const ChildNumber number : supervision_->children()) {
    const auto view = *supervision_->view(number);
    const Child& child = table_.at(number);
    if (view.state != lifecycle::ChildState::stopped &&
        view.state != lifecycle::ChildState::given_up) {
      ++active;
    }
    if (child.actor && ActorBase::of(child.actor).kind() == AddressKind::supervisor) {
      ++supervisors;
    }
  }
  const auto specs = static_cast<std::int64_t>(supervision_->count());
  return Table{{"specs", specs},
               {"active", active},
               {"supervisors", supervisors},
               {"workers", specs - supervisors}};
}

/// Of one child what was last decided about it; without one all that was decided lately.
Values Supervisor::explain(const Values& values) const {
  if (values.size() > 1) {
    const auto at = table_.find(supervision_->find(values[1].as_string()));
    if (at == table_.end()) return {Value()};
    const std::string_view decision = at->second.decision();
    return {decision.empty() ? Value() : Value(decision)};
  }
  Values sentences;
  for (const std::string& decision : decisions_) sentences.emplace_back(decision);
  return {Table::list(std::move(sentences))};
}

Result<void> post_child(const detail::RefTarget& supervisor, ActorRef from,
                        std::uint64_t correlation, Instant deadline, ChildPlan plan,
                        bool privileged, caf::execution_unit* unit) {
  runtime::ByteBuffer bytes;
  runtime::RefList refs;
  if (auto encoded = runtime::encode_values({"start"}, MessageLimits{}, bytes, refs); !encoded) {
    return encoded;
  }
  Letter letter{std::move(from), correlation, deadline, bytes.view(), refs, privileged};
  letter.cargo = std::make_unique<ChildPlan>(std::move(plan));
  const Posted posted = Address::of(supervisor).post(std::move(letter), unit);
  if (posted == Posted::ok) return {};
  return fail(runtime::code_of(posted), runtime::text_of(posted));
}

}  // namespace moonwright::actors
