// result.hpp: a value or an Error. No exception crosses moonwright's interface.
#pragma once

#include <tl/expected.hpp>
#include <utility>

#include "moonwright/error.hpp"

namespace moonwright {

/// Either a `T` or an `Error`; `Result<void>` for calls that only succeed or fail.
/// The one place that names the implementation: std::expected takes over when C++23 does.
template <class T>
using Result = tl::expected<T, Error>;

/// Makes the failed side of any Result: `return fail(ErrorCode::io, "cannot open x");`.
[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string message,
                                                std::string traceback = {}) {
  return tl::unexpected<Error>(Error{code, std::move(message), std::move(traceback)});
}

/// Passes an existing error on as the failed side of another Result.
[[nodiscard]] inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace moonwright
