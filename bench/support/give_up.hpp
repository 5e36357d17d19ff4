// give_up.hpp: the end of a measurement that cannot be right.
#pragma once

#include <string>
#include <utility>

#include "moonwright/result.hpp"

namespace moonwright::bench {

/// Says why on standard error, and ends the process at once with exit code 1: half a measurement is
/// none. Thread: any.
[[noreturn]] void give_up(const std::string& why);
/// The same, with the code and the traceback.
[[noreturn]] void give_up(const Error& error);

/// What has succeeded; what has not ends the process.
template <class T>
[[nodiscard]] T value_of(Result<T> result) {
  if (!result) give_up(result.error());
  return std::move(*result);
}

}  // namespace moonwright::bench
