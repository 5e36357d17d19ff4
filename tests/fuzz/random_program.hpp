// random_program.hpp: programs of Lua made up from a seed: the same seed, the same program.
#pragma once

#include <cstdint>
#include <string>

namespace moonwright::fuzz {

/// A program that compiles at every level and does what comes to its mind with the language, the
/// libraries of level `strict` and the module `actor`. It may raise, loop for ever, use up any
/// limit, or end.
[[nodiscard]] std::string random_program(std::uint64_t seed);

}  // namespace moonwright::fuzz
