// render.hpp: Lua values as text for people and as JSON for programs.
#pragma once

#include <moonwright/result.hpp>
#include <moonwright/value.hpp>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace moonwright::cli {

/// A value can share a table or a string with itself any number of times, and written out it is a
/// tree: sixty small tables can stand for 2^60. What is written out is bounded by this.
inline constexpr std::size_t kRenderedBytesMax = std::size_t{16} << 20;

/// One value a line, as Lua's print() would: strings raw, 42, 1.0, true, nil; tables as Lua writes
/// them, `{1, 2, name = "x"}`, fields in the order of their keys.
/// Errors: too_large.
[[nodiscard]] Result<std::string> values_as_text(const Values& values);

/// The values as one JSON array.
///
/// A table with elements only (an empty one too) is an array, any other an object whose keys are
/// strings: 1 becomes "1", true "true", and of two keys that become the same the string wins. NaN
/// and the infinities are null. Strings are Lua's, that is bytes; JSON's are Unicode: what is not
/// UTF-8 in them is replaced by U+FFFD when the JSON is written. An actor is {"actor": id}.
/// Errors: too_large.
[[nodiscard]] Result<nlohmann::json> values_as_json(const Values& values);

}  // namespace moonwright::cli
