// code.hpp: compiled scripts, shared between the states that run them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "moonwright/result.hpp"

struct lua_State;

namespace moonwright::runtime {

/// A compiled chunk: our own dump of it, with its debug information. Compiling once and undumping
/// in each state costs a fraction of parsing again.
///
/// Lua does not check what it undumps, so only compile() makes one; no script can supply it.
/// Thread: any; const.
class Code {
 public:
  [[nodiscard]] const std::string& chunk_name() const noexcept { return chunk_name_; }
  [[nodiscard]] std::size_t size_bytes() const noexcept { return dump_.size(); }

  /// Pushes the chunk as a function. Raises: memory errors.
  void push(lua_State* L) const;

 private:
  friend Result<Code> compile(std::string_view source, std::string chunk_name);
  std::string chunk_name_;
  std::string dump_;
};

/// Longest source that compile() takes.
inline constexpr std::size_t kSourceBytesMax = 16u << 20;

/// Compiles source text. A byte-order mark and a first line that starts with `#` are skipped.
/// @param chunk_name Lua's form: "@path" for a file, "=name" or "text" otherwise.
/// Errors: syntax_error, too_large, memory_limit.
[[nodiscard]] Result<Code> compile(std::string_view source, std::string chunk_name);

/// Reads a whole file. Errors: not_found, io, too_large; the message has the path and the reason.
[[nodiscard]] Result<std::string> read_file(const std::string& path);

}  // namespace moonwright::runtime
