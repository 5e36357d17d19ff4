// profiles.hpp: three sets of limits with names.
#pragma once

#include <optional>
#include <string_view>

#include "moonwright/export.hpp"
#include "moonwright/limits.hpp"

/// Limits to start from. A profile says what a script may use, not how far it is trusted: that is
/// its Sandbox. What is not in the table is as in Limits.
///
/// | profile | instructions | timeout | memory  | warning at | check interval |
/// |---------|-------------:|--------:|--------:|-----------:|---------------:|
/// | strict  |          1 M |     5 s |  10 MiB |       80 % |            100 |
/// | normal  |         10 M |    30 s |  50 MiB |       90 % |          1,000 |
/// | relaxed |        100 M |   5 min | 200 MiB |       95 % |         10,000 |
namespace moonwright::profiles {

/// For scripts of strangers: what should be over before anybody notices.
[[nodiscard]] MOONWRIGHT_API Limits strict();
/// For scripts that do a piece of work. What Runtime::execute() uses if nothing is said.
[[nodiscard]] MOONWRIGHT_API Limits normal();
/// For scripts of one's own that may take their time.
[[nodiscard]] MOONWRIGHT_API Limits relaxed();

/// The profile called "strict", "normal" or "relaxed"; nothing for any other name.
[[nodiscard]] MOONWRIGHT_API std::optional<Limits> find(std::string_view name);

}  // namespace moonwright::profiles
