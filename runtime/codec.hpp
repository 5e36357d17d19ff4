// codec.hpp: Lua values to bytes and back, straight between the Lua stack and a buffer.
//
// The encoding is MessagePack with a few extension types (docs/formats.md): any tool can read it,
// integers and floats stay apart, shared references and cycles are kept. An encoded message is a
// sequence of values up to the end of its bytes; references to actors travel beside the bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "moonwright/actor_ref.hpp"
#include "moonwright/limits.hpp"
#include "moonwright/result.hpp"
#include "moonwright/value.hpp"
#include "runtime/byte_buffer.hpp"
#include "runtime/seen_tables.hpp"

struct lua_State;

namespace moonwright::runtime {

/// The references to actors in one encoded message, in the order of their index.
using RefList = std::vector<ActorRef>;

/// Encodes values of one Lua state. Owned by the state and reused for each message.
///
/// Thread: confined to the state's.
class Encoder {
 public:
  Encoder() = default;
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  /// Encodes the `count` stack values from `first` (an absolute index) on; the result replaces the
  /// previous one. Raises nothing, runs no script code (raw access only: metatables are neither
  /// asked nor sent), needs about 2 x depth_max stack slots, which it makes sure of.
  /// Errors: unsupported (a function, coroutine or foreign userdata; the message has the path, such
  /// as `argument 2.items[3].on_click: a function cannot be sent`), too_large (which cap, how much,
  /// and the path), memory_limit (no memory for the buffer, or for Lua's stack). On an error the
  /// result is empty and error() says what happened.
  [[nodiscard]] bool encode(lua_State* L, int first, int count,
                            const MessageLimits& limits) noexcept;

  /// The encoded values; borrowed until the next call.
  [[nodiscard]] std::string_view bytes() const noexcept { return buffer_.view(); }
  [[nodiscard]] const RefList& refs() const noexcept { return refs_; }
  /// Why the last encode() answered false.
  [[nodiscard]] const Error& error() const noexcept { return error_; }
  /// Gives back what a big message made it keep. The result is gone, too.
  void trim() noexcept;

 private:
  ByteBuffer buffer_;
  RefList refs_;
  SeenTables seen_;
  Error error_;
};

/// Pushes the values of an encoded message onto the stack of `L` and returns how many there were;
/// -1 if the bytes are corrupt, with whatever was pushed removed. Checks every bound: any bytes are
/// safe. Tables may nest `depth_max` deep; deeper ones are corrupt.
/// Raises: memory errors. Leaves by longjmp then, so call it where no destructor is pending.
/// Requires: one free stack slot.
[[nodiscard]] int decode(lua_State* L, std::string_view bytes, const RefList& refs,
                         std::uint32_t depth_max = 128);

/// Encodes C++ values in the same format; the result replaces what is in `out` and `refs`. Shared
/// tables are written once. Errors: too_large, invalid_argument for an empty reference, both with
/// the path, memory_limit; then `out` and `refs` are empty.
[[nodiscard]] Result<void> encode_values(const Values& values, const MessageLimits& limits,
                                         ByteBuffer& out, RefList& refs);

/// Decodes into C++ values. Errors: corrupt; unsupported for a cycle, which a Value cannot hold.
[[nodiscard]] Result<Values> decode_values(std::string_view bytes, const RefList& refs,
                                           std::uint32_t depth_max = 128);

/// Reads the first value of a message if it is a string, without decoding the rest; empty if not.
/// Borrowed from `bytes`. For logs and for answers about messages that were never decoded.
[[nodiscard]] std::string_view peek_name(std::string_view bytes) noexcept;

}  // namespace moonwright::runtime
