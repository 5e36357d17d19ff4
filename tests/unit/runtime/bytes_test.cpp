// bytes_test.cpp: sizes as people read and write them.
#include "moonwright/bytes.hpp"

#include <gtest/gtest.h>

#include <clocale>

namespace moonwright {
namespace {

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kMiB = 1024 * kKiB;
constexpr std::uint64_t kGiB = 1024 * kMiB;
constexpr std::uint64_t kTiB = 1024 * kGiB;

TEST(Bytes, HaveTwoDecimalsInStepsOf1024) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(512), "512 B");
  EXPECT_EQ(format_bytes(1023), "1023 B");
  EXPECT_EQ(format_bytes(1024), "1.00 KiB");
  EXPECT_EQ(format_bytes(1536), "1.50 KiB");
  EXPECT_EQ(format_bytes(2 * kMiB), "2.00 MiB");
  EXPECT_EQ(format_bytes(kGiB), "1.00 GiB");
  EXPECT_EQ(format_bytes(kTiB), "1.00 TiB");
  EXPECT_EQ(format_bytes(3000 * kTiB), "3000.00 TiB");
  EXPECT_EQ(format_bytes(~std::uint64_t{0}), "16777216.00 TiB");
}

TEST(Bytes, AreRoundedToTheNearestHundredth) {
  EXPECT_EQ(format_bytes(1029), "1.00 KiB");
  EXPECT_EQ(format_bytes(1030), "1.01 KiB");
  EXPECT_EQ(format_bytes(2 * kKiB - 1), "2.00 KiB");
  EXPECT_EQ(format_bytes(kMiB - 1), "1.00 MiB");
  EXPECT_EQ(format_bytes(kGiB - 1), "1.00 GiB");
}

TEST(Bytes, DoNotDependOnTheLocale) {
  const std::string before = std::setlocale(LC_ALL, nullptr);  // NOLINT(concurrency-mt-unsafe)
  std::setlocale(LC_ALL, "de_DE.UTF-8");                       // NOLINT(concurrency-mt-unsafe)
  EXPECT_EQ(format_bytes(1536), "1.50 KiB");
  EXPECT_EQ(parse_bytes("1.5KiB"), 1536u);
  std::setlocale(LC_ALL, before.c_str());  // NOLINT(concurrency-mt-unsafe)
}

TEST(Bytes, AreReadWithAndWithoutUnit) {
  EXPECT_EQ(parse_bytes("0"), 0u);
  EXPECT_EQ(parse_bytes("512"), 512u);
  EXPECT_EQ(parse_bytes("512B"), 512u);
  EXPECT_EQ(parse_bytes("512 b"), 512u);
  for (const char* unit : {"K", "k", "KB", "kB", "KiB", "kib", "KIB", " KiB"}) {
    EXPECT_EQ(parse_bytes(std::string("8") + unit), 8 * kKiB) << unit;
  }
  EXPECT_EQ(parse_bytes("8MiB"), 8 * kMiB);
  EXPECT_EQ(parse_bytes("1g"), kGiB);
  EXPECT_EQ(parse_bytes("2TB"), 2 * kTiB);
  EXPECT_EQ(parse_bytes("1.5KiB"), 1536u);
  EXPECT_EQ(parse_bytes("0.25 MiB"), 256 * kKiB);
  EXPECT_EQ(parse_bytes("1.0001K"), 1024u);
  EXPECT_EQ(parse_bytes("9223372036854775807"), 9223372036854775807u);
}

TEST(Bytes, CanBeTypedBackAsPrinted) {
  for (const std::uint64_t bytes : {0ull, 512ull, 1536ull, 8ull << 20, 1ull << 30, 3ull << 40}) {
    EXPECT_EQ(parse_bytes(format_bytes(bytes)), bytes);
  }
}

TEST(Bytes, AreRefusedIfTheyAreNoSize) {
  for (const char* text : {"",     " ",    "x",   "-1",     "+1",     "1.",  ".5",  "1..5", "1e3",
                           "0x10", "1 ",   " 1",  "1  KiB", "1 KiB ", "1Ki", "1iB", "1BB",  "1BiB",
                           "1PiB", "1KBB", "KiB", "1,5K",   "1K1",    "nan", "inf"}) {
    const auto bytes = parse_bytes(text);
    ASSERT_FALSE(bytes) << text;
    EXPECT_EQ(bytes.error().code, ErrorCode::invalid_argument);
    EXPECT_NE(bytes.error().message.find("such as 512KiB"), std::string::npos);
  }
}

TEST(Bytes, AreRefusedBeyondTheLargestInteger) {
  for (const char* text : {"9223372036854775808", "8388608TiB", "8388607.9999999999999999TiB",
                           "99999999999999999999999999", "9007199254740992K"}) {
    const auto bytes = parse_bytes(text);
    ASSERT_FALSE(bytes) << text << " gave " << *bytes;
    EXPECT_NE(bytes.error().message.find("is too large"), std::string::npos);
  }
  EXPECT_TRUE(parse_bytes("8388607TiB"));
}

}  // namespace
}  // namespace moonwright
