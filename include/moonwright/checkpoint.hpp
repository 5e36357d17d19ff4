// checkpoint.hpp: what an actor's script had in its state, taken out to be put into another.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "moonwright/export.hpp"
#include "moonwright/result.hpp"

namespace moonwright {

namespace detail {
struct CheckpointBody;
}

/// Where a checkpoint comes from.
struct CheckpointInfo {
  std::string actor;              ///< its name; empty if it had none
  std::uint64_t generation = 0;   ///< of the source that it ran
  std::uint64_t script_hash = 0;  ///< of that source; 0 if unknown
  std::chrono::system_clock::time_point taken_at{};

  friend bool operator==(const CheckpointInfo&, const CheckpointInfo&) = default;
};

/// The data of one actor, complete and constant: docs/checkpoints.md says what is in it.
///
/// Cheap to copy: copies share the bytes.
/// Thread: any.
class Checkpoint {
 public:
  /// Of nobody, with nothing in it.
  Checkpoint() noexcept = default;

  /// False for one that was made by the default constructor.
  [[nodiscard]] explicit operator bool() const noexcept { return body_ != nullptr; }

  [[nodiscard]] MOONWRIGHT_API const CheckpointInfo& info() const noexcept;
  /// What it occupies in memory, less than a kilobyte of overhead aside; a file is as large.
  [[nodiscard]] MOONWRIGHT_API std::size_t size_bytes() const noexcept;

  /// As the contents of a file (docs/formats.md), with a checksum.
  /// Errors: unsupported if there are references to actors in it, which mean nothing outside of the
  /// process: the message says where the first is; invalid_argument for an empty checkpoint.
  [[nodiscard]] MOONWRIGHT_API Result<std::string> encode() const;

  /// The inverse. Any bytes are safe. That the header and the checksum are right does not prove the
  /// values good: they are checked when they are restored.
  /// Errors: corrupt for what is torn, tampered with, or nothing of ours; incompatible for a format
  /// that is newer than this program.
  [[nodiscard]] MOONWRIGHT_API static Result<Checkpoint> decode(std::string_view bytes);

  /// For the runtime's own use.
  explicit Checkpoint(std::shared_ptr<const detail::CheckpointBody> body) noexcept
      : body_(std::move(body)) {}
  [[nodiscard]] const detail::CheckpointBody& body() const noexcept { return *body_; }

 private:
  std::shared_ptr<const detail::CheckpointBody> body_;
};

/// A checkpoint that was read from a file.
struct StoredCheckpoint {
  Checkpoint checkpoint;
  bool is_previous =
      false;  ///< it is the one before the last; `reason` says what is wrong with that
  Error reason{};
};

/// Writes `checkpoint` to the file `path`, so that a whole checkpoint is there at any time,
/// whatever stops this process or the machine: to a temporary file beside it, forced to the disk,
/// and renamed last. What was there before stays as `path` + ".previous". One writer at a time for
/// each path. Blocks on the disk. Errors: those of Checkpoint::encode(); io, with the path, the
/// step and the system's reason. What was there before is still there, whole, under one of the two
/// names.
[[nodiscard]] MOONWRIGHT_API Result<void> write_checkpoint(const std::string& path,
                                                           const Checkpoint& checkpoint);

/// Reads the file `path`. Blocks on the disk.
/// Errors: not_found, io, and those of Checkpoint::decode(). The message says whether the previous
/// one is there.
[[nodiscard]] MOONWRIGHT_API Result<Checkpoint> read_checkpoint(const std::string& path);

/// The same, and takes the previous one if `path` is missing, corrupt or incompatible.
/// Errors: that of `path`, if neither can be had.
[[nodiscard]] MOONWRIGHT_API Result<StoredCheckpoint> read_checkpoint_or_previous(
    const std::string& path);

}  // namespace moonwright
