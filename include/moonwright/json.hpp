// json.hpp: Lua values for programs that read JSON.
#pragma once

#include <cstddef>
#include <string>

#include "moonwright/export.hpp"
#include "moonwright/result.hpp"
#include "moonwright/value.hpp"

namespace moonwright {

/// A value can share a table or a string with itself any number of times, and written out it is a
/// tree: sixty small tables can stand for 2^60. What is written out is bounded by this.
inline constexpr std::size_t kWrittenBytesMax = std::size_t{16} << 20;

/// The values as one JSON array, on one line.
///
/// A table with elements only (an empty one too) is an array, any other an object whose keys are
/// strings, in their order: 1 becomes "1", true "true", a table the text of its JSON, and of two
/// keys that become the same the string wins. NaN and the infinities are null. Strings are Lua's,
/// that is bytes; JSON's are Unicode: what is not UTF-8 in them becomes U+FFFD. An actor is
/// {"actor": id}.
/// Thread: any. Errors: too_large.
[[nodiscard]] MOONWRIGHT_API Result<std::string> to_json(const Values& values);

}  // namespace moonwright
