// profiles_test.cpp: the figures of the profiles, and the names of what options can be.
#include "moonwright/profiles.hpp"

#include <gtest/gtest.h>

#include "moonwright/options.hpp"

namespace moonwright {
namespace {

using namespace std::chrono_literals;

TEST(Profiles, HaveTheseFigures) {
  struct Row {
    const char* name;
    std::uint64_t instructions;
    std::chrono::nanoseconds timeout;
    std::uint64_t mebibytes;
    double warning;
    std::uint32_t interval;
  };
  for (const Row& row :
       {Row{"strict", 1'000'000, 5s, 10, 0.8, 100}, Row{"normal", 10'000'000, 30s, 50, 0.9, 1'000},
        Row{"relaxed", 100'000'000, 5min, 200, 0.95, 10'000}}) {
    const auto limits = profiles::find(row.name);
    ASSERT_TRUE(limits) << row.name;
    EXPECT_EQ(limits->instructions_max, row.instructions);
    EXPECT_EQ(limits->timeout, row.timeout);
    EXPECT_EQ(limits->memory_bytes_max, row.mebibytes << 20);
    EXPECT_EQ(limits->warning_threshold, row.warning);
    EXPECT_EQ(limits->check_interval, row.interval);
    EXPECT_EQ(limits->cpu_time_max, kNoTimeLimit);
  }
  EXPECT_EQ(profiles::find("strict"), profiles::strict());
  EXPECT_EQ(profiles::find("normal"), profiles::normal());
  EXPECT_EQ(profiles::find("relaxed"), profiles::relaxed());
}

TEST(Profiles, OfOtherNamesThereAreNone) {
  for (const char* name : {"", "none", "Strict", "strict "}) EXPECT_FALSE(profiles::find(name));
}

/// Every name is read back as what it names, and nothing else is read.
template <class Enum>
void expect_names(Result<Enum> (*parse)(std::string_view), std::initializer_list<Enum> values) {
  for (const Enum value : values) EXPECT_EQ(parse(to_string(value)), value);
  const auto wrong = parse("no such thing");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::invalid_argument);
  for (const Enum value : values) {
    EXPECT_NE(wrong.error().message.find(to_string(value)), std::string::npos)
        << wrong.error().message;
  }
}

TEST(OptionNames, AreReadBackAndListedWhereTheyAreWrong) {
  expect_names(parse_sandbox, {Sandbox::none, Sandbox::restricted, Sandbox::strict});
  expect_names(parse_preemption, {Preemption::signal, Preemption::count_hook});
  expect_names(parse_on_limit, {OnLimit::end_actor, OnLimit::abort_message});
  expect_names(parse_memory_class, {MemoryClass::none, MemoryClass::minimal, MemoryClass::standard,
                                    MemoryClass::large});
  expect_names(parse_collector_mode,
               {CollectorOptions::Mode::incremental, CollectorOptions::Mode::generational});
}

}  // namespace
}  // namespace moonwright
