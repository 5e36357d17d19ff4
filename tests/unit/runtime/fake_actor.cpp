// fake_actor.cpp: see fake_actor.hpp.
#include "fake_actor.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace moonwright::runtime {
namespace {

std::string text_of(const Value& value) {
  if (value.is_nil()) return "nil";
  if (value.is_boolean()) return value.as_boolean() ? "true" : "false";
  if (value.is_integer()) return std::to_string(value.as_integer());
  if (value.is_string()) return std::string(value.as_string());
  if (value.is_ref()) return "actor#" + std::to_string(value.as_ref().id());
  if (value.is_float()) {
    char text[32];
    std::snprintf(text, sizeof text, "%.14g", value.as_float());
    return text;
  }
  std::string text;
  for (const Value& each : value.as_table().elements()) text += ", " + text_of(each);
  for (const auto& [key, item] : value.as_table().fields()) {
    text += ", " + text_of(key) + " = " + text_of(item);
  }
  return "{" + text.substr(std::min<std::size_t>(2, text.size())) + "}";
}

}  // namespace

std::string text_of(const Values& values) {
  std::string text;
  for (const Value& each : values) text += (text.empty() ? "" : ", ") + text_of(each);
  return text;
}

FakeActor::FakeActor(std::string_view source, ScriptOptions options) {
  auto code = compile(source, "=script");
  EXPECT_TRUE(code) << code.error().message;
  options.code = std::make_shared<const Code>(code ? std::move(*code) : Code{});
  script = std::make_unique<ActorScript>(host, std::move(options));
}

MessagePtr FakeActor::message(MessageKind kind, const Values& values) {
  ByteBuffer bytes;
  RefList refs;
  EXPECT_TRUE(encode_values(values, {}, bytes, refs));
  return MessagePtr(Message::make(kind, bytes.view(), refs));
}

void FakeActor::run_ready() {
  for (int turn = 0; !script->ended(); ++turn) {
    ASSERT_LT(turn, 100'000) << "the script never comes to rest";
    if (script->preempted()) {
      if (turns_left == 0) return;
      --turns_left;
      script->go_on();
    } else if (script->has_ready()) {
      script->run_ready(3);
    } else {
      return;
    }
  }
}

void FakeActor::start(const Values& arguments, std::uint64_t waiting) {
  const MessagePtr start = message(MessageKind::start, arguments);
  script->start(*start, waiting == 0 ? ReplyTo() : ReplyTo(ActorRef(), waiting, kNever));
  run_ready();
}

void FakeActor::send(const Values& values, ActorRef sender) {
  MessagePtr user = message(MessageKind::user, values);
  user->sender = std::move(sender);
  script->handle(std::move(user));
  run_ready();
}

std::uint64_t FakeActor::ask(const Values& values, Instant deadline) {
  const std::uint64_t number = next_request_++;
  MessagePtr user = message(MessageKind::user, values);
  user->correlation = number;
  user->deadline = deadline;
  script->handle(std::move(user));
  run_ready();
  return number;
}

std::string FakeActor::answer(std::uint64_t number) const {
  const Answered* found = nullptr;
  for (const Answered& each : host.answers) {
    if (each.correlation != number) continue;
    EXPECT_EQ(found, nullptr) << "request " << number << " was answered twice";
    found = &each;
  }
  if (found == nullptr) return "nothing";
  if (!found->error) return runtime::text_of(found->values);
  return std::string(to_string(found->error->code)) + ": " + found->error->message;
}

void FakeActor::reply(const Sent& request, const Values& results) {
  MessagePtr answer = message(MessageKind::reply, results);
  answer->correlation = request.correlation;
  script->receive(std::move(answer));
  run_ready();
}

void FakeActor::fail(const Sent& request, const Error& error) {
  MessagePtr answer =
      message(MessageKind::failure, {static_cast<int>(error.code), error.message, error.traceback});
  answer->correlation = request.correlation;
  script->receive(std::move(answer));
  run_ready();
}

void FakeActor::down(const detail::RefTarget& target, std::uint64_t number) {
  MessagePtr notice = message(MessageKind::down, {"error", "error", "it broke"});
  notice->sender = ActorRef::of(&target);
  notice->correlation = number;
  script->handle(std::move(notice));
  run_ready();
}

void FakeActor::cancel(std::uint64_t number) {
  static_cast<void>(script->cancel_request(nullptr, number));
  run_ready();
}

void FakeActor::advance(std::chrono::nanoseconds time) {
  const Instant until = host.clock + time;
  for (int turn = 0; !script->ended() && !script->preempted() && host.wake <= until; ++turn) {
    ASSERT_LT(turn, 100'000) << "time stands still";
    host.clock = std::max(host.clock, std::exchange(host.wake, kNever));
    script->wake();
    run_ready();
  }
  host.clock = until;
}

void FakeActor::stop() {
  script->stop();
  run_ready();
}

void FakeActor::finish() {
  script->refuse_all({ErrorCode::dead, "the actor has ended", {}});
  script->drop_monitors();
  script.reset();
}

void FakeActor::kill() {
  script->refuse_all({ErrorCode::killed, "the actor was killed", {}});
  script->drop_monitors();
  script->drop_state();
  script.reset();
}

std::string FakeActor::ending() const {
  if (!script->ended()) return "not ended";
  const Ending& ending = script->ending();
  if (ending.reason != "error") return ending.reason;
  return "error, " + std::string(to_string(ending.error.code)) + ": " + ending.error.message;
}

}  // namespace moonwright::runtime
