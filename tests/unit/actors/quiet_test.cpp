// quiet_test.cpp: the library writes to nobody's standard output or error.
#include <gtest/gtest.h>

#include "live_core.hpp"
#include "support/captured_output.hpp"

namespace moonwright::actors {
namespace {

// What the framework prints by default: unhandled messages, exceptions, ends of monitored actors.
TEST(Quiet, WhateverGoesWrong) {
  tests::CapturedOutput output;
  {
    RuntimeOptions options;
    options.workers = 2;
    auto core = Core::start(std::move(options));
    ASSERT_TRUE(core.has_value());
    for (const char* source : {
             "error 'in the chunk'",
             "return { ['*'] = function() error 'in a handler' end }",
             "require('actor').after(0, error, 'in a timer') return {}",
             "require('actor').fork(error, 'in a fork') return {}",
             "print 'printed' return {}",
             "warn('@on') warn 'warned' return {}",
             "require('actor').log('error', 'logged') return {}",
             "return 17",
             "local t = {} while true do t[#t + 1] = ('x'):rep(1 << 20) .. #t end",
             R"(local actor = require 'actor'
                actor.monitor(actor.spawn{ source = 'error [[child]]' }) return {})",
             "return { on_stop = function() error 'in on_stop' end }",
             "return { on_exit = function() error 'in on_exit' end }",
         }) {
      SpawnOptions spawn;
      spawn.script = Script::text(source);
      auto ref = (*core)->spawn(spawn);
      ASSERT_TRUE(ref.has_value()) << source;
      runtime::ByteBuffer bytes;
      runtime::RefList refs;
      ASSERT_TRUE(runtime::encode_values({"no such handler"}, {}, bytes, refs).has_value());
      static_cast<void>(Address::of(*ref->target())
                            .post({(*core)->port(), 0, kNever, bytes.view(), refs}, nullptr));
    }
    SpawnOptions broken;
    broken.script = Script::text("return return");
    EXPECT_FALSE((*core)->spawn(broken).has_value());
    EXPECT_TRUE((*core)->stop(tests::kPatience).complete());
  }
  EXPECT_EQ(output.finish(), "");
}

}  // namespace
}  // namespace moonwright::actors
