// ledger.hpp: what was sent, and what became of each.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <moonwright/moonwright.hpp>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace moonwright::soak {

/// What takes longer than this will never come.
inline constexpr std::chrono::seconds kPatience{60};

/// Accounts for every request, execution and actor of the program, and collects what is wrong.
///
/// Thread: any. Must outlive the runtimes whose callbacks report to it.
class Ledger {
 public:
  using Done = std::function<void(const Result<Values>&)>;

  /// Sends a request, and calls `done` (may be empty) with what became of it. One that is to wait
  /// for kPatience and has not been answered then is lost.
  void ask(Runtime& runtime, const ActorRef& to, std::string_view name, Values args,
           const CallOptions& options, Done done = {});
  /// The same; the answer has to be the arguments, if there is one.
  void ask_echo(Runtime& runtime, const ActorRef& to, const Values& args,
                const CallOptions& options);

  /// What reports one more thing that is asked for, other than a request. To be called once.
  [[nodiscard]] std::function<void(const Result<void>&)> open();
  /// As open(), for an execution.
  [[nodiscard]] std::function<void(ExecutionResult)> open_execution();
  /// Of an actor that is about to be spawned: its end is waited for. To be taken back with
  /// was_not_spawned() if it was not.
  [[nodiscard]] std::function<void(const ActorExit&)> open_exit();
  void was_not_spawned() noexcept { --spawned_; }

  /// Something happened, by a name for the table.
  void count(std::string_view what, std::uint64_t times = 1);
  /// Something is wrong: the first few are kept.
  void complain(const std::string& what);

  [[nodiscard]] std::uint64_t sent() const noexcept { return sent_; }
  [[nodiscard]] std::uint64_t answered() const noexcept { return answered_; }
  /// Sent, and neither answered nor failed.
  [[nodiscard]] std::uint64_t waiting() const noexcept;
  /// Spawned, and not told of the end.
  [[nodiscard]] std::uint64_t alive() const noexcept { return spawned_ - ended_; }
  [[nodiscard]] std::map<std::string, std::uint64_t> failed() const;
  [[nodiscard]] std::map<std::string, std::uint64_t> counts() const;
  [[nodiscard]] std::vector<std::string> complaints() const;

 private:
  static constexpr std::size_t kCodes = 24;
  static constexpr std::size_t kComplaintsMax = 20;

  void settle(bool answered, const Error* error);

  std::atomic<std::uint64_t> sent_{0};
  std::atomic<std::uint64_t> answered_{0};
  std::array<std::atomic<std::uint64_t>, kCodes> failed_{};
  std::atomic<std::uint64_t> spawned_{0};
  std::atomic<std::uint64_t> ended_{0};

  mutable std::mutex mutex_;
  std::map<std::string, std::uint64_t, std::less<>> counts_;
  std::vector<std::string> complaints_;
};

}  // namespace moonwright::soak
