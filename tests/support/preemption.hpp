// preemption.hpp: the ways to interrupt a script, for tests that try all of them.
#pragma once

#include <moonwright/options.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace moonwright::tests {

/// The names of the ways that this library has.
[[nodiscard]] inline std::vector<std::string> preemption_modes() {
  const auto modes = []<class Options>(const Options&) -> std::vector<std::string> {
    if constexpr (requires(Options options) { options.preemption; }) {
      return {"signal", "count_hook"};
    } else {
      return {"without_preemption"};
    }
  };
  return modes(RuntimeOptions());
}

/// Sets one of them. Answers false if this library does not have it.
template <class Options>
bool set_preemption(Options& options, [[maybe_unused]] std::string_view mode) {
  if constexpr (requires { options.preemption; }) {
    using Preemption = decltype(options.preemption);
    options.preemption = mode == "signal" ? Preemption::signal : Preemption::count_hook;
    return true;
  } else {
    return mode == "without_preemption";
  }
}

}  // namespace moonwright::tests
