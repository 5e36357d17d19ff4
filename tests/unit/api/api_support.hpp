// api_support.hpp: a runtime as a C++ program has it, and short words for what the tests do to it.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <moonwright/moonwright.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "support/eventually.hpp"

namespace moonwright {

inline Runtime start_runtime(RuntimeOptions options = {}) {
  if (options.workers == 0) options.workers = 2;
  auto runtime = Runtime::start(std::move(options));
  if (!runtime) std::abort();
  return std::move(*runtime);
}

/// Starts an actor from source text.
inline ActorRef spawn_text(Runtime& runtime, std::string source, Values args = {}) {
  SpawnOptions options;
  options.script = Script::text(std::move(source), "test");
  options.args = std::move(args);
  auto ref = runtime.spawn(std::move(options));
  if (ref) return *ref;
  ADD_FAILURE() << ref.error().message;
  return {};
}

/// Asks and waits, longer than anything here takes.
inline Result<Values> ask(Runtime& runtime, const ActorRef& to, std::string_view name,
                          Values args = {}) {
  return runtime.call(to, name, std::move(args), tests::kPatience).get();
}

/// The code of a failure; `error` with a test failure if there is none.
template <class T>
ErrorCode code_of(const Result<T>& result) {
  if (!result) return result.error().code;
  ADD_FAILURE() << "expected a failure";
  return ErrorCode::error;
}

inline constexpr const char* kEcho = "return { echo = function(...) return ... end }";
/// Keeps everybody waiting who asks it.
inline constexpr const char* kSilent = R"(
  local actor, promises = require "actor", {}
  return {
    ask = function() promises[#promises + 1] = actor.defer() end,
    asked = function() return #promises end,
  }
)";

}  // namespace moonwright
