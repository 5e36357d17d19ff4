// library_set.hpp: which libraries a state has.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "moonwright/sandbox.hpp"

namespace moonwright::runtime {

enum class Library : std::uint8_t {
  base,
  require,
  coroutine,
  table,
  string,
  math,
  utf8,
  os,
  io,
  package,
  debug,
};

/// By value of the enumerator.
inline constexpr std::array<std::string_view, 11> kLibraryNames = {
    "base", "require", "coroutine", "table",   "string", "math",
    "utf8", "os",      "io",        "package", "debug"};

/// The last level that has a library, or a part of it.
[[nodiscard]] constexpr Sandbox lowest_level(Library library) noexcept {
  if (library < Library::os) return Sandbox::strict;
  return library == Library::os ? Sandbox::restricted : Sandbox::none;
}

/// A set of libraries. `print` is in none of them and always there.
class LibrarySet {
 public:
  constexpr LibrarySet() noexcept = default;

  /// All that `level` has.
  [[nodiscard]] static constexpr LibrarySet of(Sandbox level) noexcept {
    LibrarySet set;
    for (std::size_t i = 0; i < kLibraryNames.size(); ++i) {
      const auto library = static_cast<Library>(i);
      if (level <= lowest_level(library)) set.add(library);
    }
    return set;
  }

  constexpr void add(Library library) noexcept {
    bits_ = static_cast<std::uint16_t>(bits_ | 1u << static_cast<unsigned>(library));
  }
  [[nodiscard]] constexpr bool has(Library library) const noexcept {
    return (bits_ >> static_cast<unsigned>(library) & 1u) != 0;
  }
  [[nodiscard]] constexpr LibrarySet without(LibrarySet other) const noexcept {
    LibrarySet set;
    set.bits_ = static_cast<std::uint16_t>(bits_ & ~other.bits_);
    return set;
  }
  [[nodiscard]] constexpr LibrarySet common_with(LibrarySet other) const noexcept {
    LibrarySet set;
    set.bits_ = static_cast<std::uint16_t>(bits_ & other.bits_);
    return set;
  }
  /// The first of them, if there is one.
  [[nodiscard]] constexpr std::optional<Library> first() const noexcept {
    for (std::size_t i = 0; i < kLibraryNames.size(); ++i) {
      if (has(static_cast<Library>(i))) return static_cast<Library>(i);
    }
    return std::nullopt;
  }

  friend constexpr bool operator==(LibrarySet, LibrarySet) = default;

 private:
  std::uint16_t bits_ = 0;
};

[[nodiscard]] constexpr std::string_view to_string(Library library) noexcept {
  return kLibraryNames[static_cast<std::size_t>(library)];
}

[[nodiscard]] constexpr std::optional<Library> find_library(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kLibraryNames.size(); ++i) {
    if (kLibraryNames[i] == name) return static_cast<Library>(i);
  }
  return std::nullopt;
}

}  // namespace moonwright::runtime
