// state_drop_test.cpp: an actor that is killed or reaches a limit runs nothing of its script any
// more, and lets go of everything it held.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <future>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include "live_core.hpp"
#include "support/temp_folder.hpp"

namespace moonwright::actors {
namespace {

using std::chrono::milliseconds;

/// An address of which the references are counted, and where everything is lost.
class CountedAddress final : public Address {
 public:
  CountedAddress() : Address(AddressKind::port, 0) {}
  void add_ref() const noexcept override { ++references; }
  void release() const noexcept override { --references; }
  [[nodiscard]] Posted post(Letter&&, caf::execution_unit*) noexcept override { return Posted::ok; }
  bool deliver(MessagePtr, caf::execution_unit*) noexcept override { return true; }

  mutable std::atomic<int> references{0};
};

/// Holds one of everything. Closing its state would write a file, giving up its work nothing.
constexpr std::string_view kHolder = R"(
  local actor, test = require "actor", require "test"
  local path, peer = ...
  if debug then
    finalized = debug.setmetatable({}, {__gc = function() io.open(path, "w"):close() end})
  end
  future, monitor = peer:request("never"), actor.monitor(peer)
  once, again = actor.after(3600, print, peer), actor.every(3600, print, peer)
  fork = actor.fork(function() peer:call("never") end)
  return {
    hold = function(...)
      promise, arguments = actor.defer(), {...}
      test.begun()
    end,
    work = function(how)
      local closing <close> = setmetatable({}, {__close = test.closed})
      test.begun()
      if how == "sleep" then actor.sleep(3600) end
      if how == "fill" then
        -- A trusted script may catch it, until collections free next to nothing.
        list = {}
        local function fill() while true do list[#list + 1] = {} end end
        while true do pcall(fill) end
      end
      while how == "loop" do end
    end,
  })";

/// An end, and the work that leads to it.
struct Case {
  const char* reason;
  const char* work;
  void (*limit)(Limits&);
};

void PrintTo(const Case& each, std::ostream* out) { *out << each.reason << " " << each.work; }

class StateDrop : public LiveCore, public testing::WithParamInterface<Case> {
 protected:
  StateDrop() {
    EXPECT_TRUE(expose("test.begun", begun_));
    EXPECT_TRUE(expose("test.closed", closed_));
  }

  bool expose(std::string_view name, std::atomic<int>& count) {
    const auto counting = [&count](Call&) -> Result<Values> {
      ++count;
      return Values{};
    };
    return core_->host_modules().expose(name, counting).has_value();
  }

  /// Takes an actor that holds everything to its end; answers whether its finalizers have run.
  bool finalizes(const Case& each, Sandbox sandbox) {
    const tests::TempFolder folder;
    const std::string path = folder.path() + "/finalized";
    CountedAddress peer;
    std::promise<ActorExit> exit;
    SpawnOptions options;
    options.sandbox = sandbox;
    options.sandbox.capabilities = Capabilities{.modules = {"test"}};
    options.limits.emplace();
    each.limit(*options.limits);
    options.args = {path, ActorRef::of(&peer)};
    options.on_exit = [&exit](const ActorExit& how) { exit.set_value(how); };
    const ActorRef actor = spawn(std::string(kHolder), std::move(options));
    options.args.clear();

    auto held = std::async(std::launch::async, [&] {
      return ask(actor, "hold", {ActorRef::of(&peer), "text"});
    });
    EXPECT_TRUE(tests::eventually([this] { return begun_ == 1; }));
    EXPECT_GT(peer.references, 0);
    // From here on nobody but the script has the module as it was.
    const std::weak_ptr<const runtime::HostModule> module = core_->host_modules().find("test");
    EXPECT_TRUE(expose("test.more", begun_));
    EXPECT_FALSE(module.expired());

    auto worked = std::async(std::launch::async, [&] { return ask(actor, "work", {each.work}); });
    EXPECT_TRUE(tests::eventually([this] { return begun_ == 2; }));
    const std::string_view reason = each.reason;
    if (reason == "killed") tell(actor, MessageKind::kill);
    if (reason == "stopped") tell(actor, MessageKind::stop);
    EXPECT_EQ(exit.get_future().get().reason, reason);
    EXPECT_FALSE(held.get().has_value());
    EXPECT_EQ(worked.get().has_value(), reason == "stopped");
    EXPECT_TRUE(module.expired());
    EXPECT_TRUE(tests::eventually([&] { return peer.references == 0; })) << peer.references;
    EXPECT_EQ(closed_, reason == "stopped" ? 1 : 0);
    return std::filesystem::exists(path);
  }

 private:
  std::atomic<int> begun_{0};
  std::atomic<int> closed_{0};
};

TEST_P(StateDrop, RunsNothingOfATrustedScriptAndReleasesAllItHeld) {
  EXPECT_FALSE(finalizes(GetParam(), Sandbox::none));
}

TEST_P(StateDrop, RunsNothingOfARestrictedScriptAndReleasesAllItHeld) {
  EXPECT_FALSE(finalizes(GetParam(), Sandbox::restricted));
}

INSTANTIATE_TEST_SUITE_P(
    Ends, StateDrop,
    testing::Values(
        Case{"killed", "loop", [](Limits&) {}}, Case{"killed", "sleep", [](Limits&) {}},
        Case{"memory_limit", "fill", [](Limits& limits) { limits.memory_bytes_max = 1u << 20; }},
        Case{"instruction_limit", "loop", [](Limits& limits) { limits.instructions_max = 10'000; }},
        Case{"cpu_limit", "loop", [](Limits& limits) { limits.cpu_time_max = milliseconds(20); }},
        Case{"timeout", "loop", [](Limits& limits) { limits.timeout = milliseconds(20); }},
        Case{"timeout", "sleep", [](Limits& limits) { limits.timeout = milliseconds(20); }}),
    [](const auto& test) { return std::string(test.param.reason) + "_" + test.param.work; });

TEST_F(StateDrop, IsNotTheEndOfATrustedScriptThatStops) {
  EXPECT_TRUE(finalizes({"stopped", "nothing", [](Limits&) {}}, Sandbox::none));
}

}  // namespace
}  // namespace moonwright::actors
