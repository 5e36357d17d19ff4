// live_core.hpp: a runtime on real threads and real time, for what only those can show.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "actors/core.hpp"
#include "actors/script_actor.hpp"
#include "support/eventually.hpp"

namespace moonwright::actors {

class LiveCore : public ::testing::Test {
 protected:
  explicit LiveCore(std::uint32_t workers = 2) : core_(start(workers)) {}
  ~LiveCore() override {
    if (core_) {
      EXPECT_TRUE(stop().complete());
    }
  }

  static std::unique_ptr<Core> start(std::uint32_t workers) {
    RuntimeOptions options;
    options.workers = workers;
    auto core = Core::start(std::move(options));
    if (!core) std::abort();
    return std::move(*core);
  }

  StopReport stop(std::chrono::nanoseconds deadline = tests::kPatience) {
    return core_->stop(deadline);
  }

  ActorRef spawn(std::string source, SpawnOptions options = {}) {
    options.script = Script::text(std::move(source), "test");
    auto ref = core_->spawn(std::move(options));
    if (ref) return *ref;
    ADD_FAILURE() << ref.error().message;
    return {};
  }

  /// Asks and waits for the answer.
  Result<Values> ask(const ActorRef& to, std::string_view name, Values args = {}) {
    args.insert(args.begin(), Value(name));
    runtime::ByteBuffer bytes;
    runtime::RefList refs;
    if (!runtime::encode_values(args, MessageLimits{}, bytes, refs)) std::abort();
    auto promise = std::make_shared<std::promise<Result<Values>>>();
    auto answer = promise->get_future();
    HostPort& port = HostPort::of(core_->port());
    const Instant deadline = core_->clock().now() + tests::kPatience;
    const std::uint64_t number = port.open(
        deadline, [promise](Result<Values> result) { promise->set_value(std::move(result)); });
    const Posted posted = Address::of(*to.target())
                              .post({core_->port(), number, deadline, bytes.view(), refs}, nullptr);
    if (posted != Posted::ok) port.fail_request(number, {ErrorCode::dead, "not posted", {}});
    return answer.get();
  }

  static void tell(const ActorRef& actor, MessageKind kind) {
    Address::of(*actor.target()).deliver(MessagePtr(Message::make(kind)), nullptr);
  }
  bool all_ended() {
    return tests::eventually([this] { return core_->live().count() == 0; });
  }

  std::unique_ptr<Core> core_;
};

}  // namespace moonwright::actors
