// process_memory_test.cpp: what the operating system says of this process, whatever it says.
#include "actors/process_memory.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>

namespace moonwright::actors {
namespace {

TEST(ProcessStatus, HasResidentMemoryAndHeap) {
  const auto snapshot = parse_process_status(
      "Name:\tmoonwright\nVmPeak:\t  999999 kB\nVmSize:\t  888888 kB\nVmHWM:\t   77777 kB\n"
      "VmRSS:\t    1234 kB\nRssAnon:\t     100 kB\nVmData:\t    5678 kB\nVmStk:\t     132 kB\n");
  ASSERT_TRUE(snapshot.has_value()) << snapshot.error().message;
  EXPECT_EQ(snapshot->resident_bytes, 1234u * 1024);
  EXPECT_EQ(snapshot->heap_bytes, 5678u * 1024);
}

struct StatusCase {
  const char* name;
  std::string text;
  const char* expected;  ///< the error; null: it is understood
};

class ProcessStatusText : public testing::TestWithParam<StatusCase> {};

TEST_P(ProcessStatusText, IsUnderstoodOrRefused) {
  const StatusCase& each = GetParam();
  const auto snapshot = parse_process_status(each.text);
  if (each.expected == nullptr) {
    EXPECT_TRUE(snapshot.has_value()) << snapshot.error().message;
    return;
  }
  ASSERT_FALSE(snapshot.has_value());
  EXPECT_EQ(snapshot.error().message, each.expected);
  EXPECT_EQ(memory_fault_of(snapshot.error()), MemoryFault::invalid_data);
}

constexpr const char* kNoResident = "invalid_data: there is no VmRSS";
constexpr const char* kNoHeap = "invalid_data: there is no VmData";
constexpr const char* kWrongResident = "invalid_data: VmRSS is no number of kB";
constexpr const char* kWrongHeap = "invalid_data: VmData is no number of kB";

INSTANTIATE_TEST_SUITE_P(
    Texts, ProcessStatusText,
    testing::Values(
        StatusCase{"fields_only", "VmRSS: 1 kB\nVmData: 2 kB\n", nullptr},
        StatusCase{"no_last_newline", "VmRSS: 1 kB\nVmData: 2 kB", nullptr},
        StatusCase{"other_order", "VmData:\t2 kB\nVmRSS:\t1 kB\n", nullptr},
        StatusCase{"zero", "VmRSS: 0 kB\nVmData: 0 kB\n", nullptr},
        StatusCase{"largest", "VmRSS: 18014398509481983 kB\nVmData: 2 kB\n", nullptr},
        StatusCase{"one_more", "VmRSS: 18014398509481984 kB\nVmData: 2 kB\n", kWrongResident},
        StatusCase{"beyond_64_bits", "VmRSS: 99999999999999999999999 kB\nVmData: 2 kB\n",
                   kWrongResident},
        StatusCase{"empty", "", kNoResident}, StatusCase{"newlines", "\n\n\n\n", kNoResident},
        StatusCase{"no_resident", "VmData: 2 kB\n", kNoResident},
        StatusCase{"no_heap", "VmRSS: 1 kB\n", kNoHeap},
        StatusCase{"longer_name", "XVmRSS: 1 kB\nVmRSSX: 1 kB\nVmData: 2 kB\n", kNoResident},
        StatusCase{"no_number", "VmRSS: kB\nVmData: 2 kB\n", kWrongResident},
        StatusCase{"nothing", "VmRSS:\nVmData: 2 kB\n", kWrongResident},
        StatusCase{"blanks", "VmRSS:  \t \nVmData: 2 kB\n", kWrongResident},
        StatusCase{"negative", "VmRSS: -1 kB\nVmData: 2 kB\n", kWrongResident},
        StatusCase{"fraction", "VmRSS: 1.5 kB\nVmData: 2 kB\n", kWrongResident},
        StatusCase{"no_unit", "VmRSS: 1\nVmData: 2 kB\n", kWrongResident},
        StatusCase{"glued_unit", "VmRSS: 1kB\nVmData: 2 kB\n", kWrongResident},
        StatusCase{"other_unit", "VmRSS: 1 kB\nVmData: 2 MB\n", kWrongHeap},
        StatusCase{"more_behind", "VmRSS: 1 kB\nVmData: 2 kB kB\n", kWrongHeap},
        StatusCase{"hexadecimal", "VmRSS: 0x10 kB\nVmData: 2 kB\n", kWrongResident},
        StatusCase{"cut_off", "VmRSS: 1 kB\nVmDa", kNoHeap},
        StatusCase{"cut_off_unit", "VmRSS: 1 kB\nVmData: 2 k", kWrongHeap},
        StatusCase{"binary", std::string("\0\xff\0VmRSS:\0 1 kB\n", 15), kNoResident}),
    [](const auto& test) { return test.param.name; });

TEST(PlatformMemoryReader, SeesThisProcessGrow) {
  MemoryTracker tracker;
  ASSERT_TRUE(tracker.start().has_value());
  constexpr std::size_t kBytes = 64u << 20;
  const auto block = std::make_unique<char[]>(kBytes);
  std::memset(block.get(), 1, kBytes);
  const auto delta = tracker.delta();
  ASSERT_TRUE(delta.has_value()) << delta.error().message;
  EXPECT_GT(delta->resident_bytes, static_cast<std::int64_t>(kBytes) * 9 / 10);
  EXPECT_GT(delta->heap_bytes, static_cast<std::int64_t>(kBytes) * 9 / 10);
  EXPECT_GE(delta->duration.count(), 0);
  EXPECT_EQ(block[kBytes - 1], 1);
}

}  // namespace
}  // namespace moonwright::actors
