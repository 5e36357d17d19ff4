// framework_test.cpp: to the actor framework, a script actor is an actor like any other.
#include <gtest/gtest.h>

#include <atomic>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/exit_reason.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/system_messages.hpp>
#include <chrono>
#include <memory>

#include "actors/core.hpp"
#include "actors/script_actor.hpp"
#include "support/captured_output.hpp"
#include "support/eventually.hpp"

namespace moonwright::actors {
namespace {

using std::chrono::seconds;
using tests::eventually;

class Framework : public ::testing::Test {
 protected:
  static std::unique_ptr<Core> start() {
    RuntimeOptions options;
    options.workers = 2;
    auto core = Core::start(std::move(options));
    EXPECT_TRUE(core.has_value());
    return std::move(*core);
  }
  ~Framework() override { EXPECT_TRUE(core_->stop(seconds(60)).complete()); }

  ActorRef spawn(const char* source) {
    SpawnOptions options;
    options.script = Script::text(source);
    auto ref = core_->spawn(std::move(options));
    EXPECT_TRUE(ref.has_value());
    return *ref;
  }
  static caf::actor handle(const ActorRef& ref) {
    return caf::actor_cast<caf::actor>(ScriptActor::of(ref).ctrl());
  }
  bool all_ended() {
    return eventually([this] { return core_->live().count() == 0; });
  }

  std::unique_ptr<Core> core_ = start();
};

TEST_F(Framework, ExitMessagesEndAScriptActor) {
  for (const caf::exit_reason reason :
       {caf::exit_reason::user_shutdown, caf::exit_reason::kill, caf::exit_reason::normal}) {
    const ActorRef actor = spawn("return {}");
    caf::anon_send_exit(handle(actor), reason);
    EXPECT_TRUE(all_ended());
    const Error* last = ScriptActor::of(actor).last_error();
    ASSERT_NE(last, nullptr);
    EXPECT_EQ(last->code,
              reason == caf::exit_reason::kill ? ErrorCode::killed : ErrorCode::stopped);
  }
}

TEST_F(Framework, AnExitMessageLetsAnActorFinish) {
  const ActorRef actor = spawn(R"(
    local actor = require "actor"
    return { on_stop = function() actor.sleep(0.001) actor.exit("in order") end }
  )");
  caf::anon_send_exit(handle(actor), caf::exit_reason::user_shutdown);
  EXPECT_TRUE(all_ended());
  EXPECT_NE(ScriptActor::of(actor).last_error()->message.find("in order"), std::string::npos);
}

TEST_F(Framework, RequestsAreBounced) {
  const ActorRef actor = spawn("return { ['*'] = function() return 1 end }");
  caf::scoped_actor self(core_->system(), true);
  bool bounced = false;
  self->request(handle(actor), caf::infinite, 7)
      .receive([](int) { FAIL() << "nobody can have understood this"; },
               [&bounced](const caf::error& error) {
                 bounced = error == caf::make_error(caf::sec::unexpected_message);
               });
  EXPECT_TRUE(bounced);
}

TEST_F(Framework, OneWayMessagesAreDroppedSilently) {
  tests::CapturedOutput output;
  const ActorRef actor = spawn("return { ['*'] = function() error 'received' end }");
  caf::anon_send(handle(actor), 7, std::string("text"));
  caf::anon_send(handle(actor), caf::down_msg{});
  EXPECT_TRUE(eventually([&] { return core_->live().count() == 1; }));
  caf::anon_send_exit(handle(actor), caf::exit_reason::user_shutdown);
  EXPECT_TRUE(all_ended());
  EXPECT_EQ(output.finish(), "");
}

TEST_F(Framework, RequestsToADeadActorAreBounced) {
  const ActorRef actor = spawn("return nil");
  EXPECT_TRUE(all_ended());
  caf::scoped_actor self(core_->system(), true);
  bool bounced = false;
  self->request(handle(actor), caf::infinite, 7)
      .receive([](int) { FAIL(); }, [&bounced](const caf::error&) { bounced = true; });
  EXPECT_TRUE(bounced);
}

TEST_F(Framework, MonitorsFire) {
  const ActorRef actor = spawn("return {}");
  caf::scoped_actor self(core_->system(), true);
  self->monitor(handle(actor));
  static_cast<void>(
      ScriptActor::of(actor).deliver(MessagePtr(Message::make(MessageKind::kill)), nullptr));
  bool down = false;
  self->receive([&](const caf::down_msg& notice) { down = notice.source == handle(actor); },
                caf::after(tests::kPatience) >> [] {});
  EXPECT_TRUE(down);
  // One that comes too late fires as well.
  down = false;
  self->monitor(handle(actor));
  self->receive([&](const caf::down_msg& notice) { down = notice.source == handle(actor); },
                caf::after(tests::kPatience) >> [] {});
  EXPECT_TRUE(down);
}

TEST_F(Framework, LinksTakeTheScriptActorAlong) {
  const ActorRef actor = spawn("return {}");
  {
    caf::scoped_actor self(core_->system(), true);
    self->link_to(handle(actor));
  }
  EXPECT_TRUE(all_ended());
}

TEST_F(Framework, CountsNoScriptActorAsRunning) {
  const std::size_t before = core_->system().registry().running();
  for (int i = 0; i < 100; ++i) static_cast<void>(spawn("return {}"));
  EXPECT_EQ(core_->system().registry().running(), before)
      << "what is counted keeps the system from ending";
}

}  // namespace
}  // namespace moonwright::actors
