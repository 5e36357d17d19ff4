// checkpoint_format.hpp: the constants of the values in a checkpoint, beyond those of messages
// (wire_format.hpp); docs/formats.md is the specification.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/wire_format.hpp"

namespace moonwright::runtime::wire {

inline constexpr std::uint8_t kExt8 = 0xc7;

/// The extension types. kExtTable, here, names any value that has a number.
inline constexpr std::uint8_t kExtObject = 5;  ///< `[this, table, metatable]` is one table
inline constexpr std::uint8_t kExtName = 6;    ///< what the code has under a name

inline constexpr char kObjectPrefix[] = {'\x93', '\xd4', kExtObject, 0};
/// Before a u32, the count of the fields, an array and a map.
inline constexpr char kCountedMixedPrefix[] = {'\x93', '\xd6', kExtMixed};

/// The first two bytes of a name: what there is, and where to begin.
enum class NameKind : char { function = 'f', table = 't', userdata = 'u' };
enum class NameRoot : char { globals = 'g', module = 'm', behaviour = 'b' };
/// Between the steps of a name, which none of them contains. The first of a module is its own name.
inline constexpr char kNameSeparator = '\0';
inline constexpr std::size_t kNameBytesMax = 200;

/// Strings longer than this are written once. Lua keeps shorter ones once anyway.
inline constexpr std::size_t kPlainStringBytesMax = 40;

/// The values that a checkpoint consists of, in this order.
enum class Part : std::uint8_t { modules, globals, results, patches, end };
inline constexpr std::uint32_t kParts = static_cast<std::uint32_t>(Part::end);

}  // namespace moonwright::runtime::wire
