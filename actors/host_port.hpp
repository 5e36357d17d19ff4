// host_port.hpp: requests that C++ sends to actors, and their answers.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "actors/address.hpp"
#include "actors/timer_service.hpp"
#include "moonwright/result.hpp"
#include "moonwright/value.hpp"

namespace moonwright::actors {

/// The sender of all requests from outside the actors. Answers complete on the thread that brings
/// them; deadlines on the timer service's.
///
/// Thread: any.
class HostPort final : public Address, private Alarm {
 public:
  using Done = std::function<void(Result<Values>)>;

  /// A port lives as long as somebody refers to it: an actor of another runtime may still owe an
  /// answer when this one is gone.
  [[nodiscard]] static ActorRef make(const Clock& clock, TimerService& timers);
  [[nodiscard]] static HostPort& of(const ActorRef& ref) noexcept {
    return static_cast<HostPort&>(Address::of(*ref.target()));
  }

  /// Registers a request and answers its number. `done` is called exactly once, whatever happens:
  /// at once if the port is closed, and then the number is 0.
  [[nodiscard]] std::uint64_t open(Instant deadline, Done done);
  /// Completes a request that could not be sent.
  void fail_request(std::uint64_t number, Error error);
  /// Completes everything that is still open, and waits for what other threads are completing.
  /// Afterwards neither clock nor timers are touched, and no `done` runs any more.
  void close(const Error& error);

  void add_ref() const noexcept override;
  void release() const noexcept override;
  [[nodiscard]] Posted post(Letter&&, caf::execution_unit*) noexcept override {
    return Posted::dead;
  }
  bool deliver(MessagePtr message, caf::execution_unit* from) noexcept override;

 private:
  struct Request {
    Instant deadline;
    Done done;
  };
  HostPort(const Clock& clock, TimerService& timers) noexcept;
  [[nodiscard]] Instant ring() noexcept override;
  [[nodiscard]] Done take(std::uint64_t number);
  void complete(std::uint64_t number, Result<Values> result);

  const Clock& clock_;
  TimerService& timers_;
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, Request> requests_;
  std::uint64_t next_number_ = 1;
  std::set<std::pair<Instant, std::uint64_t>> deadlines_;  ///< of all open requests
  std::optional<Error> closed_;                            ///< why; set once
  Instant armed_ = kNever;
  std::atomic<int> completing_{0};  ///< taken out of `requests_`, and `done` has not returned yet
  mutable std::atomic<std::size_t> references_{0};
};

}  // namespace moonwright::actors
