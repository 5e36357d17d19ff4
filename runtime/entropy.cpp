// entropy.cpp: see entropy.hpp.
#include "runtime/entropy.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdint>

#if defined(__APPLE__)
#include <sys/random.h>
#endif

namespace moonwright::runtime {

void fill_random(void* out, std::size_t size) noexcept {
  if (::getentropy(out, size) == 0) return;
  auto state =
      static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  auto* bytes = static_cast<unsigned char*>(out);
  for (std::size_t i = 0; i < size; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    bytes[i] = static_cast<unsigned char>(state >> 56);
  }
}

}  // namespace moonwright::runtime
