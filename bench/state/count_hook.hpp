// count_hook.hpp: the preemption that works without signals.
#pragma once

#include <unistd.h>

#include <cstdio>

#include "moonwright/options.hpp"

namespace moonwright::bench {

/// Has a runtime look at its limits from a count hook. Ends the process with a message where the
/// library has no such mode.
template <class Options>
void use_count_hook(Options& options) {
  if constexpr (requires { options.preemption; }) {
    options.preemption = decltype(options.preemption)::count_hook;
  } else {
    std::fputs("this library has no preemption by count hook\n", stderr);
    _exit(1);
  }
}

}  // namespace moonwright::bench
