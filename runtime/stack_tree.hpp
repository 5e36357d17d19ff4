// stack_tree.hpp: the inside of a CpuProfiler: all stacks that were seen, as a tree of calls.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "moonwright/cpu_profile.hpp"

namespace moonwright::runtime {

/// Bounded: so many places in the tree, and so many functions. What comes later and is new counts
/// as "[other]" of the place that it would have been put under.
///
/// A function has the name that it had when it was first seen under one: callers may call the same
/// function by different ones.
///
/// Thread: any.
class StackTree {
  using Clock = std::chrono::steady_clock;
  using NodeId = std::uint32_t;
  using FunctionId = std::uint32_t;

  struct Node {
    NodeId parent;
    FunctionId function;
    std::uint64_t samples = 0;  ///< with this as the innermost call
  };
  struct Function {
    std::string place;  ///< where it stands: "main.lua:12"; what it is, if it stands nowhere
    std::string name;   ///< empty: not known
    std::uint8_t tries_left = 0;  ///< to find out
  };

  static constexpr NodeId kRoot = 0;
  static constexpr FunctionId kOther = 0;
  /// Most functions have a name at once or never.
  static constexpr std::uint8_t kNameTries = 8;

 public:
  static constexpr std::size_t kNodesMax = 50'000;
  static constexpr std::size_t kFunctionsMax = 10'000;

  StackTree();
  StackTree(const StackTree&) = delete;
  StackTree& operator=(const StackTree&) = delete;

  /// One sample on its way in, from the outermost call to the innermost. Holds the lock of the
  /// tree meanwhile.
  class Path {
   public:
    /// @param root what the stack belongs to: an actor, or what is no stack.
    Path(StackTree& tree, std::string_view root);
    /// What has no place in a script: "[...]".
    void literal(std::string_view text);
    /// A function of a script. `source` is short; `line` is that of the function, 0 for a chunk.
    /// @param name called if it is wanted: answers what the caller calls the function, or nothing.
    template <class Name>
    void call(std::string_view source, int line, Name name) {
      Function* function = step(source, line);
      if (function == nullptr || function->tries_left == 0) return;
      --function->tries_left;
      put_name(*function, name());
    }
    /// A function of C, which is known by its name.
    void c_call(std::string_view name);
    /// It is complete, and stands for `weight` samples.
    void end(std::uint64_t weight);

   private:
    [[nodiscard]] Function* step(std::string_view source, int line);
    void put_name(Function& function, std::string_view name) const;
    void go_to(FunctionId function);

    StackTree& tree_;
    std::lock_guard<std::mutex> lock_;
    NodeId node_ = kRoot;
  };

  [[nodiscard]] bool active() const noexcept { return !stopped_.load(std::memory_order_relaxed); }
  void stop() noexcept;

  [[nodiscard]] CpuProfile profile() const;

 private:
  [[nodiscard]] FunctionId function_of(char kind, std::string_view what, int line);
  [[nodiscard]] static std::string text_of(const Function& function);
  [[nodiscard]] NodeId child_of(NodeId parent, FunctionId function);

  std::atomic<bool> stopped_{false};
  const Clock::time_point began_;
  std::atomic<Clock::rep> ended_{0};  ///< when it was stopped; 0: it was not

  mutable std::mutex mutex_;  ///< guards all that follows
  std::vector<Node> nodes_;
  std::unordered_map<std::uint64_t, NodeId> children_;  ///< by parent and function
  std::vector<Function> functions_;
  std::unordered_map<std::string, FunctionId> known_;
  std::string key_;  ///< kept for its room
  std::uint64_t samples_ = 0;
};

}  // namespace moonwright::runtime
