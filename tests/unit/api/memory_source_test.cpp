// memory_source_test.cpp: where the memory of scripts comes from, and where it goes.
#include <atomic>
#include <cstdlib>
#include <future>
#include <limits>

#include "api_support.hpp"

namespace moonwright {
namespace {

/// Counts what it has given, from any thread, and refuses beyond a bound.
class Counting final : public MemorySource {
 public:
  explicit Counting(std::size_t bytes_max = std::numeric_limits<std::size_t>::max())
      : bytes_max_(bytes_max) {}
  ~Counting() override { EXPECT_EQ(bytes(), 0u) << "memory was not given back"; }

  [[nodiscard]] void* allocate(std::size_t size) noexcept override {
    ++requests_;
    if (!take(size)) return nullptr;
    return std::malloc(size);
  }
  [[nodiscard]] void* reallocate(void* block, std::size_t old_size,
                                 std::size_t new_size) noexcept override {
    if (!take(new_size)) return nullptr;
    bytes_ -= old_size;
    return std::realloc(block, new_size);
  }
  void deallocate(void* block, std::size_t size) noexcept override {
    bytes_ -= size;
    std::free(block);
  }

  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] std::size_t requests() const { return requests_; }

 private:
  bool take(std::size_t size) noexcept {
    if ((bytes_ += size) <= bytes_max_) return true;
    bytes_ -= size;
    return false;
  }

  const std::size_t bytes_max_;
  std::atomic<std::size_t> bytes_{0};
  std::atomic<std::size_t> requests_{0};
};

Runtime start_with(MemorySource& source, std::uint64_t spare_bytes_max) {
  RuntimeOptions options;
  options.workers = 1;
  options.memory_source = &source;
  options.spare_memory_bytes_max = spare_bytes_max;
  return start_runtime(std::move(options));
}

ExecutionResult execute(Runtime& runtime, const char* source) {
  return runtime.execute(Script::text(source)).get();
}

constexpr const char* kChain = "local t for i = 1, 2000 do t = { t } end return 1";

TEST(MemorySource, GivesAllMemoryOfScriptsAndGetsItBackWithTheRuntime) {
  Counting source;
  Runtime runtime = start_with(source, 32u << 20);
  const ActorRef actor = spawn_text(runtime, kEcho);
  EXPECT_TRUE(ask(runtime, actor, "echo", {1}));
  EXPECT_GT(source.bytes(), 4'000u);
}

TEST(MemorySource, GetsEverythingBackAtTheEndOfAnActorIfNothingIsToBeSpared) {
  Counting source;
  Runtime runtime = start_with(source, 0);
  EXPECT_TRUE(execute(runtime, kChain).success);
  EXPECT_TRUE(tests::eventually([&] { return source.bytes() == 0; }));
}

TEST(MemorySource, IsNotAskedAgainForWhatAWorkerHasSpared) {
  Counting source;
  Runtime runtime = start_with(source, 1u << 20);
  EXPECT_TRUE(execute(runtime, kChain).success);
  const std::size_t spared = source.bytes();
  EXPECT_GT(spared, 0u);
  EXPECT_LE(spared, 1u << 20);
  const std::size_t first = source.requests();
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(execute(runtime, kChain).success);
  EXPECT_LT(source.requests() - first, 10 * first / 2) << "only large blocks are asked for anew";
  EXPECT_EQ(source.bytes(), spared);
}

TEST(MemorySource, ThatRefusesEndsTheScriptAndNotItsNeighbours) {
  Counting source(4u << 20);
  Runtime runtime = start_with(source, 0);
  const ActorRef neighbour = spawn_text(runtime, kEcho);
  ASSERT_TRUE(ask(runtime, neighbour, "echo", {1}));
  const ExecutionResult result =
      execute(runtime, "local t = {} for i = 1, 1e7 do t[i] = { i } end");
  ASSERT_TRUE(result.error.has_value());
  EXPECT_EQ(result.error->code, ErrorCode::memory_limit) << result.error->message;
  EXPECT_TRUE(ask(runtime, neighbour, "echo", {2}));
}

}  // namespace
}  // namespace moonwright
