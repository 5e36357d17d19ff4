// pool_order.hpp: a script on its way to a state of a pool.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "actors/cancelling.hpp"
#include "actors/execution.hpp"
#include "runtime/code.hpp"
#include "runtime/message.hpp"

namespace moonwright::actors {

/// The cargo of a message whose values are the arguments. Whoever waits for the result hears of it
/// exactly once: if nobody else has told him, the destructor does.
///
/// Thread: one at a time; moves with its message.
class PoolOrder final : public runtime::Cargo {
 public:
  PoolOrder(std::shared_ptr<const runtime::Code> code, std::uint64_t number, std::string owner,
            std::unique_ptr<Execution> execution)
      : code_(std::move(code)),
        number_(number),
        owner_(std::move(owner)),

        execution_(std::move(execution)) {}
  ~PoolOrder() override {
    refuse({ErrorCode::stopped, "the pool has ended before the script began", {}});
  }
  PoolOrder(const PoolOrder&) = delete;
  PoolOrder& operator=(const PoolOrder&) = delete;

  [[nodiscard]] static PoolOrder* of(const runtime::Message& message) noexcept {
    if (message.kind != runtime::MessageKind::execute) return nullptr;
    return static_cast<PoolOrder*>(message.cargo.get());  // NOLINT: nothing else has that kind
  }

  [[nodiscard]] const std::shared_ptr<const runtime::Code>& code() const noexcept { return code_; }
  /// By which it is cancelled; unique in its pool.
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
  /// On whose behalf it runs; empty: nobody's in particular.
  [[nodiscard]] const std::string& owner() const noexcept { return owner_; }
  [[nodiscard]] const std::shared_ptr<Capture>& capture() const noexcept {
    return execution_->capture();
  }
  void set_watch(CancelWatch watch) noexcept { watch_ = std::move(watch); }

  void finish(ActorExit exit, const runtime::Usage& usage) {
    watch_ = nullptr;
    if (auto execution = std::move(execution_)) execution->finish(std::move(exit), usage);
  }
  void refuse(Error error) {
    watch_ = nullptr;
    if (auto execution = std::move(execution_)) execution->refuse(std::move(error));
  }

 private:
  std::shared_ptr<const runtime::Code> code_;
  std::uint64_t number_;
  std::string owner_;
  std::unique_ptr<Execution> execution_;
  CancelWatch watch_;
};

}  // namespace moonwright::actors
