// input.hpp: a fuzzer's bytes, taken apart from the front, and what every target defines.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

/// The one entry point of a target: libFuzzer calls it, and so does replay.cpp. Answers 0, or ends
/// the process where something is wrong.
// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace moonwright::fuzz {

/// Thread: one. Borrows the bytes.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) noexcept
      : rest_(reinterpret_cast<const char*>(data), size) {}

  /// The next byte; 0 beyond the end.
  [[nodiscard]] std::uint8_t byte() noexcept {
    if (rest_.empty()) return 0;
    const auto first = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return first;
  }
  /// As many bytes as the next one says, fewer at the end.
  [[nodiscard]] std::string_view piece() noexcept {
    const std::size_t wanted = byte();  // first: it shortens the rest
    const std::size_t size = std::min(wanted, rest_.size());
    const std::string_view front = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return front;
  }
  [[nodiscard]] std::string_view rest() const noexcept { return rest_; }

 private:
  std::string_view rest_;
};

/// Ends the process if something does not hold: fuzzers look for that, and so do their replays.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

}  // namespace moonwright::fuzz
