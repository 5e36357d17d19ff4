// memory_sampler_test.cpp: samples of memory: which are kept, and what they come to.
#include "runtime/memory_sampler.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace moonwright::runtime {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr Instant kBegan{1h};

MemoryProfilerOptions options_of(std::size_t samples, std::chrono::nanoseconds interval) {
  MemoryProfilerOptions options;
  options.samples_max = samples;
  options.interval_min = interval;
  return options;
}

std::vector<std::uint64_t> bytes_of(const MemoryProfile& profile) {
  std::vector<std::uint64_t> bytes;
  for (const MemorySample& sample : profile.samples) bytes.push_back(sample.used_bytes);
  return bytes;
}

std::vector<std::string> labels_of(const MemoryProfile& profile) {
  std::vector<std::string> labels;
  for (const MemorySample& sample : profile.samples) labels.push_back(sample.label);
  return labels;
}

TEST(MemorySampler, HasDefaults) {
  EXPECT_EQ(MemoryProfilerOptions{}.samples_max, 100u);
  EXPECT_EQ(MemoryProfilerOptions{}.interval_min, 10ms);
}

TEST(MemorySampler, KeepsTheIntervalUnlessAsked) {
  MemorySampler sampler({}, kBegan);
  EXPECT_TRUE(sampler.due(kBegan));
  sampler.note(kBegan, 1, 0);
  EXPECT_FALSE(sampler.due(kBegan + 9ms));
  sampler.note(kBegan + 9ms, 2, 0);
  sampler.note(kBegan + 9ms, 3, 4, "asked");
  sampler.note(kBegan + 18ms, 5, 0);
  sampler.note(kBegan + 19ms, 6, 0);
  const MemoryProfile profile = sampler.profile();
  EXPECT_THAT(bytes_of(profile), ElementsAre(1, 3, 6));
  EXPECT_EQ(profile.samples[1].label, "asked");
  EXPECT_EQ(profile.samples[1].stack_depth, 4u);
  EXPECT_EQ(profile.samples[1].at, 9ms);
}

TEST(MemorySampler, MarksWhatItHasHeardOfLast) {
  MemorySampler sampler({}, kBegan);
  sampler.mark(kBegan, "too early");
  sampler.note(kBegan + 1ms, 10, 0, "first");
  sampler.note(kBegan + 2ms, 20, 3);
  sampler.mark(kBegan + 3ms, std::string(100, 'x'));
  const MemoryProfile profile = sampler.profile();
  EXPECT_THAT(bytes_of(profile), ElementsAre(0, 10, 20));
  EXPECT_EQ(profile.samples[2].stack_depth, 3u);
  EXPECT_EQ(profile.samples[2].label, std::string(64, 'x'));
}

TEST(MemorySampler, LosesTheOldestButNoMilestoneAndNoFigure) {
  MemorySampler sampler(options_of(3, 1ms), kBegan);
  sampler.milestone(kBegan, 1'000, kInitial);
  for (int i = 1; i <= 10; ++i) {
    sampler.note(kBegan + i * 1ms, static_cast<std::uint64_t>(i * 100), 0);
  }
  sampler.milestone(kBegan + 20ms, 500, kAfterCollection);
  const MemoryProfile profile = sampler.profile();
  EXPECT_THAT(bytes_of(profile), ElementsAre(1'000, 800, 900, 1'000, 500));
  EXPECT_THAT(labels_of(profile), ElementsAre("initial", "", "", "", "after_gc"));
  EXPECT_EQ(profile.samples_taken, 12u);
  EXPECT_EQ(profile.peak_bytes, 1'000u);
  EXPECT_EQ(profile.duration, 20ms);
}

TEST(MemorySampler, HasTheAverageOverTimeAndTheFastestGrowth) {
  MemorySampler sampler(options_of(100, 1ms), kBegan);
  sampler.note(kBegan, 0, 0);
  sampler.note(kBegan + 1s, 1'000, 0);  // 500 on the average, for a second
  sampler.note(kBegan + 4s, 1'000, 0);  // 1,000 for three
  sampler.note(kBegan + 5s, 0, 0);
  const MemoryProfile profile = sampler.profile();
  EXPECT_DOUBLE_EQ(profile.average_bytes, (500.0 + 3'000 + 500) / 5);
  EXPECT_DOUBLE_EQ(profile.peak_bytes_per_second, 1'000);
  EXPECT_DOUBLE_EQ(profile.samples[3].bytes_per_second, -1'000);
  EXPECT_EQ(profile.peak_bytes, 1'000u);
}

TEST(MemorySampler, TakesNoFewBytesForGigabytesASecond) {
  MemorySampler sampler({}, kBegan);
  sampler.milestone(kBegan, 0, kInitial);
  sampler.milestone(kBegan + 1us, 1'000, kExecution);
  sampler.milestone(kBegan + 1us, 1'000, kAfterExecution);
  const MemoryProfile profile = sampler.profile();
  EXPECT_LE(profile.peak_bytes_per_second, 1'000 * 1'000.0);
  EXPECT_EQ(profile.duration, 1us);
}

TEST(MemorySampler, OfOneMomentHasAnAverageToo) {
  MemorySampler sampler({}, kBegan);
  sampler.note(kBegan, 10, 0, "a");
  sampler.note(kBegan, 20, 0, "b");
  EXPECT_DOUBLE_EQ(sampler.profile().average_bytes, 15);
  EXPECT_EQ(sampler.profile().duration, 0ns);
}

TEST(MemorySampler, IsNotConfusedByAClockThatWasReadBefore) {
  MemorySampler sampler({}, kBegan);
  sampler.note(kBegan + 5ms, 10, 0, "a");
  sampler.mark(kBegan + 4ms, "b");
  EXPECT_THAT(labels_of(sampler.profile()), ElementsAre("a", "b"));
  EXPECT_EQ(sampler.profile().samples[1].at, 5ms);
}

TEST(MemorySampler, TakesNothingOnceItIsStopped) {
  MemorySampler sampler({}, kBegan);
  sampler.note(kBegan, 1, 0);
  sampler.stop();
  sampler.note(kBegan + 1s, 2, 0);
  sampler.mark(kBegan + 1s, "x");
  sampler.milestone(kBegan + 1s, 2, kInitial);
  EXPECT_FALSE(sampler.active());
  EXPECT_EQ(sampler.profile().samples_taken, 1u);
}

TEST(MemorySampler, HasAtLeastOnePlaceAndAMillisecond) {
  MemorySampler sampler(options_of(0, 0ns), kBegan);
  sampler.note(kBegan, 1, 0);
  sampler.note(kBegan + 999us, 2, 0);
  sampler.note(kBegan + 1ms, 3, 0);
  EXPECT_THAT(bytes_of(sampler.profile()), ElementsAre(3));
}

TEST(MemoryReport, OfNothingSaysSo) {
  const MemoryProfile profile = MemoryProfiler().profile();
  EXPECT_TRUE(profile.empty());
  EXPECT_EQ(to_text(profile), "memory profile: no samples were taken\n");
  EXPECT_EQ(to_csv(profile), "time_ms,used_bytes,bytes_per_second,stack_depth,label\n");
  EXPECT_THAT(to_svg(profile), HasSubstr("no samples were taken"));
}

MemoryProfile some() {
  MemorySampler sampler({}, kBegan);
  sampler.milestone(kBegan, 0, kInitial);
  sampler.note(kBegan + 500ms, 3u << 20, 2, "a \"label\", with\nall");
  sampler.note(kBegan + 1s, 1u << 20, 0);
  sampler.note(kBegan + 2s, 1u << 20, 0, "=1+1");
  return sampler.profile();
}

TEST(MemoryReport, HasTheFiguresAndTheLabels) {
  EXPECT_EQ(to_text(some()),
            "memory profile\n"
            "  duration   2 s\n"
            "  samples    4 taken, 4 kept\n"
            "  average    1.38 MiB\n"
            "  peak       3.00 MiB\n"
            "  peak rate  6.00 MiB/s\n"
            "       0.000 ms           0 B  initial\n"
            "     500.000 ms      3.00 MiB  a \"label\", with all\n"
            "    2000.000 ms      1.00 MiB  =1+1\n");
}

TEST(MemoryReport, IsATableForSpreadsheets) {
  EXPECT_EQ(to_csv(some()),
            "time_ms,used_bytes,bytes_per_second,stack_depth,label\n"
            "0.000,0,0,0,initial\n"
            "500.000,3145728,6291456,2,\"a \"\"label\"\", with all\"\n"
            "1000.000,1048576,-4194304,0,\n"
            "2000.000,1048576,0,0,'=1+1\n");
}

TEST(MemoryReport, IsAPicture) {
  const std::string svg = to_svg(some(), "job & co");
  EXPECT_THAT(svg, testing::StartsWith("<svg xmlns=\"http://www.w3.org/2000/svg\""));
  EXPECT_THAT(svg, testing::EndsWith("</svg>\n"));
  EXPECT_THAT(svg, HasSubstr("<title>job &amp; co</title>"));
  EXPECT_THAT(svg, HasSubstr("peak 3.00 MiB, average 1.38 MiB, 4 samples in 2 s"));
  // Half a second after the beginning, at the top.
  EXPECT_THAT(svg, HasSubstr("285.0,50.0 "));
  EXPECT_THAT(svg, HasSubstr("a &quot;label&quot;, with\xEF\xBF\xBD"
                             "all: 3.00 MiB"));
}

}  // namespace
}  // namespace moonwright::runtime
