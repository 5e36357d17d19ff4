// poison.hpp: tells AddressSanitizer which parts of our own blocks nobody may touch.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define MOONWRIGHT_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MOONWRIGHT_ASAN 1
#endif
#endif

#ifdef MOONWRIGHT_ASAN
extern "C" void __asan_poison_memory_region(const volatile void* address, std::size_t size);
extern "C" void __asan_unpoison_memory_region(const volatile void* address, std::size_t size);
/// For what reads and writes our own links inside poisoned memory.
#define MOONWRIGHT_TOUCHES_POISON __attribute__((no_sanitize("address"), noinline))
#else
#define MOONWRIGHT_TOUCHES_POISON
#endif

namespace moonwright::runtime {

/// From here on AddressSanitizer reports whoever touches these bytes; nothing in other builds.
inline void poison(const void* address, std::size_t size) noexcept {
#ifdef MOONWRIGHT_ASAN
  __asan_poison_memory_region(address, size);
#else
  static_cast<void>(address);
  static_cast<void>(size);
#endif
}

inline void unpoison(const void* address, std::size_t size) noexcept {
#ifdef MOONWRIGHT_ASAN
  __asan_unpoison_memory_region(address, size);
#else
  static_cast<void>(address);
  static_cast<void>(size);
#endif
}

}  // namespace moonwright::runtime
