// clock.hpp: where time comes from; a test replaces it.
#pragma once

#include "runtime/message.hpp"

namespace moonwright::actors {

using runtime::Instant;
using runtime::kNever;
using runtime::later;

/// Thread: any.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Instant now() const noexcept = 0;
  /// At most a few milliseconds behind now(), never ahead of it, and much cheaper.
  [[nodiscard]] virtual Instant coarse_now() const noexcept = 0;
};

/// The system's monotonic clock.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const noexcept override;
  [[nodiscard]] Instant coarse_now() const noexcept override;
};

}  // namespace moonwright::actors
