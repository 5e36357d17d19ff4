// version.hpp: the version of the headers that a program was compiled against.
#pragma once

namespace moonwright {

/// Semantic version; equal to the version of the installed package.
inline constexpr char kVersion[] = "0.1.0";

}  // namespace moonwright
