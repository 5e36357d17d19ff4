// pool_handle.cpp: the public Pool, on top of the actor behind it.
#include <future>
#include <memory>
#include <utility>

#include "actors/cancelling.hpp"
#include "actors/core.hpp"
#include "actors/pool.hpp"
#include "moonwright/pool.hpp"
#include "runtime/error_value.hpp"

namespace moonwright {

using actors::Address;
using actors::Core;
using actors::HostPort;
using actors::Message;
using actors::MessageKind;
using actors::MessagePtr;
using actors::PoolActor;
using actors::PoolOrder;
using runtime::Posted;

namespace {

/// What an execution can keep of what is printed.
constexpr std::size_t kOutputBytesMax = std::size_t{1} << 30;

Error is_gone() { return {ErrorCode::stopped, "the runtime of the pool is gone", {}}; }

Core& core_of(const std::shared_ptr<void>& life) noexcept {
  return *static_cast<Core*>(life.get());
}

/// Hands a script to the pool. Whatever becomes of it, `execution` hears of it once.
void post_order(Core& core, const ActorRef& pool, const Script& script, PoolExecuteOptions options,
                std::unique_ptr<actors::Execution> execution) {
  if (options.output_bytes_max > kOutputBytesMax) {
    return execution->refuse(
        {ErrorCode::invalid_argument, "output_bytes_max is more than 1.00 GiB", {}});
  }
  if (options.token && options.token->cancelled()) {
    return execution->refuse(
        {ErrorCode::cancelled, "the script was cancelled before it was sent", {}});
  }
  auto code = core.scripts().load(script, true);
  if (!code) return execution->refuse(std::move(code.error()));
  runtime::ByteBuffer bytes;
  runtime::RefList refs;
  auto encoded =
      runtime::encode_values(options.args, core.options().default_limits.message, bytes, refs);
  if (!encoded) return execution->refuse(std::move(encoded.error()));
  const std::uint64_t number = PoolActor::of(pool).next_order();
  auto order = std::make_unique<PoolOrder>((*code)->newest().code, number, std::move(options.owner),
                                           std::move(execution));
  actors::CancelWatch watch;
  if (options.token) {
    watch = std::make_shared<actors::CancelWatch::element_type>();
    order->set_watch(watch);
  }
  actors::Letter letter{{}, 0, runtime::kNever, bytes.view(), refs};
  letter.kind = MessageKind::execute;
  letter.cargo = std::move(order);
  const Posted posted = Address::of(*pool.target()).post(std::move(letter), nullptr);
  if (posted != Posted::ok) {
    // Nothing has taken it; where that was found out late, it has been told already.
    auto* const left = static_cast<PoolOrder*>(letter.cargo.get());  // NOLINT: post() says so
    if (left != nullptr) left->refuse({runtime::code_of(posted), runtime::text_of(posted), {}});
    return;
  }
  if (watch == nullptr) return;
  watch->emplace(*options.token, [pool, number] { actors::cancel_request(pool, {}, number); });
}

std::unique_ptr<actors::Execution> make_execution(PoolExecuteOptions& options,
                                                  std::function<void(ExecutionResult)> done) {
  std::shared_ptr<actors::Capture> capture;
  if (options.capture) {
    capture =
        std::make_shared<actors::Capture>(options.output_bytes_max, options.capture_log_level);
  }
  return std::make_unique<actors::Execution>(std::move(options.id), std::move(capture),
                                             std::move(done));
}

}  // namespace

std::future<ExecutionResult> Pool::execute(Script script, PoolExecuteOptions options) const {
  auto promise = std::make_shared<std::promise<ExecutionResult>>();
  auto future = promise->get_future();
  auto execution = make_execution(
      options, [promise](ExecutionResult result) { promise->set_value(std::move(result)); });
  const auto life = runtime_.lock();
  if (life == nullptr) {
    execution->refuse(is_gone());
  } else {
    post_order(core_of(life), ref_, script, std::move(options), std::move(execution));
  }
  return future;
}

void Pool::execute(Script script, PoolExecuteOptions options,
                   std::function<void(ExecutionResult)> done) const {
  const auto life = runtime_.lock();
  if (life == nullptr) return make_execution(options, std::move(done))->refuse(is_gone());
  actors::CallbackThread& callbacks = core_of(life).callbacks();
  auto execution =
      make_execution(options, [&callbacks, done = std::move(done)](ExecutionResult result) {
        callbacks.post([done, result = std::move(result)]() mutable { done(std::move(result)); });
      });
  post_order(core_of(life), ref_, script, std::move(options), std::move(execution));
}

std::future<Result<PoolMetrics>> Pool::metrics(std::chrono::nanoseconds timeout) const {
  auto promise = std::make_shared<std::promise<Result<PoolMetrics>>>();
  auto future = promise->get_future();
  const auto life = runtime_.lock();
  if (life == nullptr) {
    promise->set_value(fail(is_gone()));
    return future;
  }
  Core& core = core_of(life);
  runtime::ByteBuffer bytes;
  runtime::RefList refs;
  static_cast<void>(runtime::encode_values({"pool:metrics"}, MessageLimits{}, bytes, refs));
  HostPort& port = HostPort::of(core.port());
  const runtime::Instant deadline = runtime::later(core.clock().now(), timeout);
  const std::uint64_t number = port.open(deadline, [promise](Result<Values> answer) {
    if (!answer) return promise->set_value(fail(std::move(answer.error())));
    answer->resize(1);
    promise->set_value(actors::pool_metrics_of(answer->front()));
  });
  if (number == 0) return future;
  const Posted posted = Address::of(*ref_.target())
                            .post({core.port(), number, deadline, bytes.view(), refs}, nullptr);
  if (posted != Posted::ok) {
    port.fail_request(number, {runtime::code_of(posted), runtime::text_of(posted), {}});
  }
  return future;
}

Result<void> Pool::advance() const {
  const auto life = runtime_.lock();
  if (life == nullptr) return fail(is_gone());
  runtime::ByteBuffer bytes;
  runtime::RefList refs;
  static_cast<void>(runtime::encode_values({"pool:advance"}, MessageLimits{}, bytes, refs));
  const Posted posted =
      Address::of(*ref_.target())
          .post({core_of(life).port(), 0, runtime::kNever, bytes.view(), refs}, nullptr);
  if (posted == Posted::ok) return {};
  return fail(runtime::code_of(posted), runtime::text_of(posted));
}

Result<void> Pool::stop(std::chrono::nanoseconds deadline) const {
  const auto life = runtime_.lock();
  if (life == nullptr) return fail(is_gone());
  MessagePtr message(Message::make(MessageKind::stop));
  message->deadline = runtime::later(core_of(life).clock().now(), deadline);
  if (Address::of(*ref_.target()).deliver(std::move(message), nullptr)) return {};
  return fail(runtime::code_of(Posted::dead), runtime::text_of(Posted::dead));
}

}  // namespace moonwright
