// render.hpp: Lua values as text for people.
#pragma once

#include <moonwright/result.hpp>
#include <moonwright/value.hpp>
#include <string>

namespace moonwright::cli {

/// One value a line, as Lua's print() would: strings raw, 42, 1.0, true, nil; tables as Lua writes
/// them, `{1, 2, name = "x"}`, fields in the order of their keys.
/// Errors: too_large (more than kWrittenBytesMax, see moonwright/json.hpp).
[[nodiscard]] Result<std::string> values_as_text(const Values& values);

}  // namespace moonwright::cli
