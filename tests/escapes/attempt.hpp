// attempt.hpp: one attack, carried out in this process, in one of its variations.
#pragma once

#include <string>

#include "attack.hpp"

namespace moonwright::escapes {

/// Which variation of an attack.
struct Variation {
  std::string outcome;
  Place place = Place::handler;
  Sandbox level = Sandbox::restricted;
  Preemption mode = Preemption::signal;
};

/// Runs the script as an actor on the only worker of a runtime; then asks another actor on that
/// worker for an answer, and stops the runtime. Answers what was not as expected, or nothing.
/// Prints, for a timeout, how late it was: "late_ms 0.8".
/// It may never return: that is what an alarm is for.
[[nodiscard]] std::string carry_out(const Attack& attack, const Variation& variation);

}  // namespace moonwright::escapes
