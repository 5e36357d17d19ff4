// crc32c.cpp: see crc32c.hpp. Eight bytes at a time, each looked up in a table of its own.
#include "runtime/crc32c.hpp"

#include <array>
#include <cstddef>
#include <cstring>

#include "runtime/wire_format.hpp"

namespace moonwright::runtime {

namespace {

constexpr std::uint32_t kPolynomial = 0x82f6'3b78;  // reflected
constexpr std::size_t kTables = 8;

using Tables = std::array<std::array<std::uint32_t, 256>, kTables>;

// tables[k][b]: what a byte b does to the sum, k bytes later.
constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t sum = byte;
    for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1) ^ ((sum & 1) != 0 ? kPolynomial : 0);
    tables[0][byte] = sum;
  }
  for (std::size_t k = 1; k < kTables; ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[k - 1][byte];
      tables[k][byte] = (before >> 8) ^ tables[0][before & 0xff];
    }
  }
  return tables;
}

constexpr Tables kTable = make_tables();

}  // namespace

std::uint32_t crc32c(std::string_view bytes) noexcept {
  std::uint32_t sum = ~std::uint32_t{0};
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= kTables; at += kTables, left -= kTables) {
    const auto word = wire::load<std::uint64_t>(at);  // the first byte is the highest
    const std::uint32_t first = static_cast<std::uint32_t>(word >> 32) ^ __builtin_bswap32(sum);
    const auto second = static_cast<std::uint32_t>(word);
    sum = kTable[7][first >> 24] ^ kTable[6][(first >> 16) & 0xff] ^
          kTable[5][(first >> 8) & 0xff] ^ kTable[4][first & 0xff] ^ kTable[3][second >> 24] ^
          kTable[2][(second >> 16) & 0xff] ^ kTable[1][(second >> 8) & 0xff] ^
          kTable[0][second & 0xff];
  }
  for (; left > 0; ++at, --left) {
    sum = (sum >> 8) ^ kTable[0][(sum ^ static_cast<unsigned char>(*at)) & 0xff];
  }
  return ~sum;
}

}  // namespace moonwright::runtime
