// fake_actor.hpp: a script with a FakeHost around it, driven step by step by a test.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "fake_host.hpp"
#include "runtime/actor_script.hpp"

namespace moonwright::runtime {

/// "1, 2.5, text, {1, 2, a = nil}", as a test compares it. References are "actor#id".
[[nodiscard]] std::string text_of(const Values& values);

/// Thread: the test's. Every function runs what becomes ready by it before it returns.
class FakeActor {
 public:
  /// Compiles `source`, which becomes the chunk "=script"; fails the test if it does not compile.
  /// `options.code` is replaced.
  explicit FakeActor(std::string_view source, ScriptOptions options = {});
  /// Runs `options.code`.
  explicit FakeActor(ScriptOptions options)
      : script(std::make_unique<ActorScript>(host, std::move(options))) {}

  /// Runs the chunk. With a number, that request is answered when the chunk is done.
  void start(const Values& arguments = {}, std::uint64_t waiting = 0);
  /// One-way.
  void send(const Values& message, ActorRef sender = {});
  /// A request; the answer is its number.
  std::uint64_t ask(const Values& message, Instant deadline = kNever);
  /// A request whose answer is in question only: text_of its results, or "code: text" of its error;
  /// "nothing" if there is none yet.
  std::string call(const Values& message) { return answer(ask(message)); }
  /// The answer of request `number`, as call() has it. Fails the test if there are several.
  [[nodiscard]] std::string answer(std::uint64_t number) const;

  /// Answers what the script has posted.
  void reply(const Sent& request, const Values& results);
  void fail(const Sent& request, const Error& error);
  /// The one who asked for `number` does so no more.
  void cancel(std::uint64_t number);
  /// The notice of monitor `number` that `target` has ended.
  void down(const detail::RefTarget& target, std::uint64_t number);
  /// Moves the clock, with a stop at every instant at which the script wishes to be woken.
  void advance(std::chrono::nanoseconds time);
  void stop();
  /// What an actor does at its end: refuses what is owed an answer, and lets the script go.
  void finish();
  /// The same for one that is killed: none of its code runs any more.
  void kill();

  [[nodiscard]] bool ended() const { return script->ended(); }
  /// "not ended", or the reason; with "error" the code and text.
  [[nodiscard]] std::string ending() const;
  [[nodiscard]] std::string last_log() const {
    return host.log_lines.empty() ? "" : host.log_lines.back();
  }

  FakeHost host;
  std::unique_ptr<ActorScript> script;
  /// How often what gave way goes on, as nobody else wants the thread. Then it stays as it is.
  std::uint64_t turns_left = ~std::uint64_t{0};

 private:
  [[nodiscard]] static MessagePtr message(MessageKind kind, const Values& values);
  void run_ready();

  std::uint64_t next_request_ = 1;
};

}  // namespace moonwright::runtime
