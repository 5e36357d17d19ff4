// supervisor_partitions.cpp: what a supervisor does whose children are kept by partitions: it hands
// each command on to the one that it concerns, which answers whoever asked, or asks all of them.
#include <algorithm>
#include <utility>

#include "actors/partitions.hpp"
#include "actors/supervisor.hpp"
#include "runtime/error_value.hpp"

namespace moonwright::actors {
namespace {

void append(Values& all, const Value& list) {
  const Values& elements = list.as_table().elements();
  all.insert(all.end(), elements.begin(), elements.end());
}

/// Tables of numbers, added up by their fields.
Value sum_of(const std::vector<Values>& answers) {
  Table sum;
  for (const Values& answer : answers) {
    if (answer.empty()) continue;
    for (const auto& [key, value] : answer.front().as_table().fields()) {
      sum.set(key, sum.get(key).as_integer() + value.as_integer());
    }
  }
  return sum;
}

}  // namespace

/// Empty if it does not run.
ActorRef Supervisor::partition(std::size_t index) const {
  if (supervision_ == nullptr) return {};
  const auto at = table_.find(supervision_->find(partition_id(index)));
  return at == table_.end() ? ActorRef{} : at->second.actor;
}

/// Whether the command was one for the partitions.
bool Supervisor::pass_on(Message& message, const std::string& name, const Values& values,
                         std::uint64_t request) {
  if (name == "start") {
    auto* const order = dynamic_cast<ChildPlan*>(message.cargo.get());
    if (order == nullptr) return false;
    if (order->id.empty()) {
      const bool nested = order->supervisor != nullptr;
      order->id =
          (nested ? "supervisor" : order->spawn.name.text) + "-" + std::to_string(next_id_++);
    }
    forward(message, order->id, request);
    return true;
  }
  const bool is_about_child =
      name == "stop" || name == "restart" || name == "delete" || name == "explain";
  if (is_about_child && values.size() > 1) {
    forward(message, std::string(values[1].as_string()), request);
    return true;
  }
  if (name == "which" || name == "count" || name == "crashes" || name == "explain") {
    ask_partitions(message, name, request);
    return true;
  }
  return false;
}

/// With the sender's own number: the answer goes straight to him.
void Supervisor::forward(Message& message, const std::string& child, std::uint64_t request) {
  runtime::ReplyTo to = close(request);
  const ActorRef receiver = partition(partition_of(child, plan_.partitions));
  Posted posted = Posted::dead;
  if (receiver) {
    Letter letter{message.sender,  message.correlation, message.deadline,
                  message.bytes(), message.ref_list(),  message.privileged};
    letter.cargo = std::move(message.cargo);
    posted = ActorBase::of(receiver).post(std::move(letter), unit_);
  }
  if (posted == Posted::ok || !to.owed()) return;
  refuse(to,
         {runtime::code_of(posted),
          "the partition of child '" + child + "': " + runtime::text_of(posted),
          {}},
         unit_);
}

void Supervisor::ask_partitions(const Message& message, const std::string& name,
                                std::uint64_t request) {
  const std::uint64_t number = kGathering | next_gathering_++;
  Gathering& gathering = gatherings_[number];
  gathering.request = request;
  gathering.name = name;
  for (std::size_t i = 0; i < plan_.partitions; ++i) {
    const ActorRef receiver = partition(i);
    if (!receiver) continue;
    Letter letter{ActorRef::of(this), number, kNever, message.bytes(), message.ref_list(),
                  message.privileged};
    if (ActorBase::of(receiver).post(std::move(letter), unit_) == Posted::ok) ++gathering.missing;
  }
  if (gathering.missing == 0) answer_gathered(number);
}

/// What one that has ended would have said is left out.
void Supervisor::take_gathered(const Message& message, bool failed) {
  const auto at = gatherings_.find(message.correlation);
  if (at == gatherings_.end()) return;
  if (auto values = runtime::decode_values(message.bytes(), message.ref_list());
      values && !failed) {
    at->second.answers.push_back(std::move(*values));
  }
  if (--at->second.missing == 0) answer_gathered(message.correlation);
}

void Supervisor::answer_gathered(std::uint64_t number) {
  auto gathering = gatherings_.extract(number);
  const auto& [request, name, missing, answers] = gathering.mapped();
  if (name == "count") return answer(request, {sum_of(answers)});
  Values all;
  if (name == "crashes") append(all, describe_crashes());
  if (name == "explain") all.assign(decisions_.begin(), decisions_.end());
  for (const Values& each : answers) {
    if (!each.empty()) append(all, each.front());
  }
  if (name == "crashes") {
    std::stable_sort(all.begin(), all.end(), [](const Value& a, const Value& b) {
      return a["time"].as_float() < b["time"].as_float();
    });
    if (all.size() > kKept) {
      all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(kKept));
    }
  }
  answer(request, {Table::list(std::move(all))});
}

/// Of a partition: all of them together have a bound.
void Supervisor::settle_total() noexcept {
  if (plan_.total == nullptr) return;
  const auto count = static_cast<std::int64_t>(table_.size());
  if (count != counted_) plan_.total->change(count - std::exchange(counted_, count));
}

}  // namespace moonwright::actors
