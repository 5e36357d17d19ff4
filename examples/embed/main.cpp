// main.cpp: a C++ program that starts a Lua actor and talks with it.

#include <chrono>
#include <cstdio>
#include <future>
#include <moonwright/moonwright.hpp>
#include <string>
#include <utility>

namespace mw = moonwright;

namespace {

constexpr std::chrono::seconds kPatience{5};

// An actor is a chunk that returns its handlers. What it has in local variables is its own.
constexpr char kCounter[] = R"lua(
  local host = require "host"
  local count = ...
  local handlers = {}
  function handlers.add(n) count = count + n return count end
  function handlers.describe() return host.label(count), {count = count} end
  return handlers
)lua";

int give_up(const mw::Error& error) {
  std::fprintf(stderr, "embed: %s\n", error.message.c_str());
  return 1;
}

}  // namespace

int main() {
  auto runtime = mw::Runtime::start({.workers = 2});
  if (!runtime) return give_up(runtime.error());

  // Scripts call C++: this is host.label(n) for those that are given the module.
  const auto label = [](mw::Call& call) -> mw::Result<mw::Values> {
    return mw::Values{"the count is " + std::to_string(call.args.at(0).as_integer())};
  };
  if (auto exposed = runtime->expose("host.label", label); !exposed) {
    return give_up(exposed.error());
  }

  auto counter = runtime->spawn({
      .script = mw::Script::text(kCounter, "counter"),
      .args = {10},
      .sandbox = mw::Capabilities{.modules = {"host"}},
  });
  if (!counter) return give_up(counter.error());

  // A message that nobody answers, then a request. Messages from one sender arrive in order.
  if (auto sent = runtime->send(*counter, "add", {5}); !sent) return give_up(sent.error());
  const auto sum = runtime->call(*counter, "add", {2}, kPatience).get();
  if (!sum) return give_up(sum.error());

  // The same with a callback, for programs that have an event loop and no thread to wait with.
  std::promise<mw::Result<mw::Values>> promise;
  runtime->call(*counter, "describe", {}, kPatience,
                [&](mw::Result<mw::Values> answer) { promise.set_value(std::move(answer)); });
  const auto description = promise.get_future().get();
  if (!description) return give_up(description.error());
  const std::string text(description->at(0).as_string());

  // What goes wrong is a value too, with a code to branch on.
  const auto refused = runtime->call(*counter, "subtract", {1}, kPatience).get();
  const bool no_handler = !refused && refused.error().code == mw::ErrorCode::no_handler;

  const auto report = runtime->stop(kPatience);
  if (!report) return give_up(report.error());
  std::printf("%s; stopped %zu, killed %zu\n", text.c_str(), report->stopped, report->killed);

  const bool right = sum->at(0) == mw::Value(17) && text == "the count is 17" &&
                     description->at(1)["count"].as_integer() == 17 && no_handler;
  return right && report->complete() ? 0 : 1;
}
