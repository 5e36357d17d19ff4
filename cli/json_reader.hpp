// json_reader.hpp: JSON back into values: what a running program has answered.
#pragma once

#include <moonwright/result.hpp>
#include <moonwright/value.hpp>
#include <string_view>

namespace moonwright::cli {

/// The value of one JSON text. Objects become tables with fields, lists tables with elements, null
/// nil; numbers are integers where they are written as such and fit.
/// Errors: corrupt (where; also what is nested deeper than 200 levels).
[[nodiscard]] Result<Value> read_json(std::string_view text);

}  // namespace moonwright::cli
