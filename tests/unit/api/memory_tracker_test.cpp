// memory_tracker_test.cpp: the memory of the process, measured, faked and refused.
#include <sys/mman.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "api_support.hpp"

namespace moonwright {
namespace {

using namespace std::chrono_literals;

#ifdef __SANITIZE_ADDRESS__
// What AddressSanitizer keeps for each byte is resident, too.
constexpr double kTolerance = 0.6;
#else
constexpr double kTolerance = 0.1;
#endif

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

/// Answers what it was told to, and the last of it again and again.
class FakeReader final : public ProcessMemoryReader {
 public:
  explicit FakeReader(std::vector<Result<MemorySnapshot>> answers) : answers_(std::move(answers)) {}
  Result<MemorySnapshot> read() noexcept override {
    return answers_[std::min(next_++, answers_.size() - 1)];
  }
  [[nodiscard]] std::size_t asked() const noexcept { return next_; }

 private:
  std::vector<Result<MemorySnapshot>> answers_;
  std::size_t next_ = 0;
};

/// Straight from the system and straight back: malloc keeps what it is given, and the next
/// execution would use what is resident already.
class SystemMemory final : public MemorySource {
 public:
  void* allocate(std::size_t size) noexcept override {
    void* block = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return block == MAP_FAILED ? nullptr : block;
  }
  void* reallocate(void* block, std::size_t old_size, std::size_t new_size) noexcept override {
    void* moved = ::mremap(block, old_size, new_size, MREMAP_MAYMOVE);
    return moved == MAP_FAILED ? nullptr : moved;
  }
  void deallocate(void* block, std::size_t size) noexcept override { ::munmap(block, size); }
};

MemorySnapshot snapshot(std::uint64_t resident, std::uint64_t heap, std::chrono::seconds at) {
  return {resident, heap, std::chrono::steady_clock::time_point(at)};
}

TEST(MemoryDelta, HasASign) {
  const MemoryDelta delta = snapshot(100, 700, 5s) - snapshot(300, 200, 3s);
  EXPECT_EQ(delta, (MemoryDelta{-200, 500, 2s}));
}

TEST(MemoryDelta, IsTheNearestThatThereIs) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(snapshot(kMax, 0, 0s) - snapshot(0, kMax, 0s), (MemoryDelta{kMost, -kMost, 0s}));
}

TEST(MemoryDelta, IsShownInMebibytes) {
  EXPECT_DOUBLE_EQ(to_mib(std::uint64_t{3u << 19}), 1.5);
  EXPECT_DOUBLE_EQ(to_mib(std::int64_t{-(1 << 20)}), -1);
}

TEST(MemoryTracker, CountsFromItsStart) {
  FakeReader reader({snapshot(10, 20, 1s), snapshot(15, 18, 2s), snapshot(40, 20, 4s)});
  MemoryTracker tracker(reader);
  EXPECT_EQ(code_of(tracker.delta()), ErrorCode::invalid_argument) << "there was no start";
  ASSERT_TRUE(tracker.start().has_value());
  EXPECT_EQ(tracker.delta().value(), (MemoryDelta{5, -2, 1s}));
  EXPECT_EQ(tracker.delta().value(), (MemoryDelta{30, 0, 3s}));
  EXPECT_EQ(tracker.snapshot()->resident_bytes, 40u);
}

TEST(MemoryTracker, HasTheFaultOfItsStartOrOfItsEnd) {
  FakeReader never({fail(MemoryFault::platform_unavailable, "no such system")});
  MemoryTracker first(never);
  EXPECT_EQ(code_of(first.start()), ErrorCode::unsupported);
  EXPECT_EQ(memory_fault_of(first.delta().error()), MemoryFault::platform_unavailable);
  EXPECT_EQ(never.asked(), 1u) << "there is nothing to subtract from";

  FakeReader later({snapshot(1, 1, 1s), fail(MemoryFault::invalid_data, "garbage")});
  MemoryTracker second(later);
  ASSERT_TRUE(second.start().has_value());
  EXPECT_EQ(code_of(second.delta()), ErrorCode::corrupt);
  EXPECT_EQ(second.delta().error().message, "invalid_data: garbage");
}

TEST(MemoryFault, IsKnownByItsNameAndCode) {
  EXPECT_EQ(to_string(MemoryFault::measurement_failed), "measurement_failed");
  EXPECT_EQ(fail(MemoryFault::measurement_failed, "x").value().code, ErrorCode::io);
  EXPECT_FALSE(memory_fault_of({ErrorCode::io, "cannot open x", {}}));
  EXPECT_FALSE(memory_fault_of({ErrorCode::io, "invalid_data: of another code", {}}));
}

ExecutionResult track(Runtime& runtime, std::string source, ExecuteOptions options = {}) {
  options.track_process_memory = true;
  return runtime.execute(Script::text(std::move(source), "test"), std::move(options)).get();
}

TEST(TrackedExecution, OfASmallScriptHasASmallDelta) {
  Runtime runtime = start_runtime();
  const auto result = track(runtime, "return 6 * 7");
  ASSERT_TRUE(result.success);
  ASSERT_TRUE(result.process_memory);
  EXPECT_FALSE(result.process_memory_error);
  EXPECT_LT(std::abs(to_mib(result.process_memory->resident_bytes)), 16.0);
  EXPECT_GT(result.process_memory->duration, 0ns);
  EXPECT_FALSE(runtime.execute(Script::text("return 1")).get().process_memory);
}

/// The bytes of an actor are exact; those of the process are what its memory takes there.
TEST(TrackedExecution, OfALargeOneAgreesWithTheBytesOfItsActor) {
  for (const char* source :
       {"kept = ('x'):rep(48 << 20)", "kept = {} for i = 1, 300000 do kept[i] = {i, i} end",
        "kept = {} for i = 1000, 2999 do kept[i] = ('%d'):format(i):rep(10000) end"}) {
    SystemMemory memory;
    RuntimeOptions runtime_options;
    runtime_options.memory_source = &memory;
    // What dropped states leave for the next ones is resident already.
    runtime_options.spare_memory_bytes_max = 0;
    Runtime runtime = start_runtime(std::move(runtime_options));
    ASSERT_TRUE(track(runtime, "return 1").success);
    ExecuteOptions options;
    options.limits = profiles::relaxed();
    options.profile_memory = true;
    const auto result = track(runtime, source, std::move(options));
    ASSERT_TRUE(result.success) << result.error->message;
    ASSERT_TRUE(result.process_memory);
    const auto exact = static_cast<double>(result.memory_used_bytes);
    ASSERT_GE(exact, 32.0 * (1u << 20)) << source;
    const auto seen = static_cast<double>(result.process_memory->resident_bytes);
    EXPECT_NEAR(seen / exact, 1, kTolerance) << source;
  }
}

TEST(TrackedExecution, ThatALimitStopsHasOneToo) {
  Runtime runtime = start_runtime();
  const auto result = track(runtime, "local t = {} for i = 1, 1e9 do t[i] = {} end");
  EXPECT_EQ(result.reason, "memory_limit");
  EXPECT_TRUE(result.process_memory);
}

TEST(TrackedExecution, ThatNeverBeginsHasNone) {
  Runtime runtime = start_runtime();
  const auto result = track(runtime, "return +");
  EXPECT_EQ(result.reason, "");
  EXPECT_FALSE(result.process_memory);
  EXPECT_FALSE(result.process_memory_error);
}

TEST(TrackedExecution, SucceedsWhateverTheReaderSays) {
  Runtime runtime = start_runtime();
  for (const MemoryFault fault : {MemoryFault::platform_unavailable,
                                  MemoryFault::measurement_failed, MemoryFault::invalid_data}) {
    FakeReader failing({fail(fault, "as the test wants it")});
    ExecuteOptions options;
    options.memory_reader = &failing;
    const auto result = track(runtime, "return 7", options);
    EXPECT_TRUE(result.success);
    EXPECT_EQ(result.values, Values(1, Value(7)));
    EXPECT_FALSE(result.process_memory);
    ASSERT_TRUE(result.process_memory_error);
    EXPECT_EQ(memory_fault_of(*result.process_memory_error), fault);
    const auto json = to_json(result);
    ASSERT_TRUE(json.has_value());
    EXPECT_NE(json->find("\"process_memory\":{\"error\":\"" + std::string(to_string(fault))),
              std::string::npos)
        << *json;
  }
}

TEST(TrackedExecution, ShowsItsDeltaAsJson) {
  Runtime runtime = start_runtime();
  FakeReader reader({snapshot(1u << 20, 0, 1s), snapshot(3u << 20, 1u << 19, 2s)});
  ExecuteOptions options;
  options.memory_reader = &reader;
  const auto json = to_json(track(runtime, "return 1", options));
  ASSERT_TRUE(json.has_value());
  EXPECT_NE(json->find(R"("process_memory":{"resident_bytes":2097152,"resident_mib":2.0,)"
                       R"("heap_bytes":524288,"heap_mib":0.5,"duration_ms":1000.0})"),
            std::string::npos)
      << *json;
  const auto plain = to_json(runtime.execute(Script::text("return 1")).get());
  EXPECT_EQ(plain->find("process_memory"), std::string::npos);
}

}  // namespace
}  // namespace moonwright
