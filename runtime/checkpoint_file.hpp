// checkpoint_file.hpp: checkpoints in files, of which a whole one is there at any time.
#pragma once

#include <string>
#include <string_view>

#include "moonwright/checkpoint.hpp"
#include "runtime/file_operations.hpp"

namespace moonwright::runtime {

/// The one before the last is beside it, under this name; and what is being written, under that.
inline constexpr std::string_view kPreviousSuffix = ".previous";
inline constexpr std::string_view kNewSuffix = ".new";

/// moonwright::write_checkpoint(), by way of `files`.
[[nodiscard]] Result<void> write_checkpoint(FileOperations& files, const std::string& path,
                                            const Checkpoint& checkpoint);

}  // namespace moonwright::runtime
