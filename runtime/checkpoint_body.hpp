// checkpoint_body.hpp: what is inside a Checkpoint.
#pragma once

#include <string>

#include "moonwright/checkpoint.hpp"
#include "runtime/byte_buffer.hpp"
#include "runtime/codec.hpp"

namespace moonwright::detail {

/// Thread: any; constant once it is made.
struct CheckpointBody {
  CheckpointInfo info;
  /// Which of the numbered values are named again, each as the distance to the one before, less
  /// one, in groups of seven bits, low ones first. A reader remembers these and no others.
  runtime::ByteBuffer again;
  runtime::ByteBuffer values;  ///< see docs/formats.md
  runtime::RefList refs;
  std::string first_ref;  ///< where the first of them was
};

}  // namespace moonwright::detail
