// code.hpp: compiled scripts, shared between the states that run them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
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
  /// Of the source: FNV-1a, 64 bits. The same source has the same one in every process.
  [[nodiscard]] std::uint64_t hash() const noexcept { return hash_; }
  [[nodiscard]] std::size_t size_bytes() const noexcept { return dump_.size(); }

  /// Pushes the chunk as a function. Raises: memory errors.
  void push(lua_State* L) const;

 private:
  friend Result<Code> compile(std::string_view source, std::string chunk_name,
                              const struct CompileBudget& budget);
  std::string chunk_name_;
  std::string dump_;
  std::uint64_t hash_ = 0;
};

/// Longest source that compile() takes.
inline constexpr std::size_t kSourceBytesMax = 16u << 20;

/// The bytes of a source after which whoever compiles it meets a checkpoint. A byte counts as one
/// step, which is little: a script that compiles small sources is not ended for that.
inline constexpr std::size_t kCompileBytes = 4'096;

/// What a compilation may cost.
struct CompileBudget {
  std::uint64_t memory_bytes_max = 1ull << 30;  ///< many times what the largest source needs
  /// Asked before each kCompileBytes of the source; false gives the compilation up. Must not throw.
  std::function<bool(std::size_t bytes)> go_on{};
};

/// Compiles source text. A byte-order mark and a first line that starts with `#` are skipped.
/// @param chunk_name Lua's form: "@path" for a file, "=name" or "text" otherwise.
/// Errors: syntax_error, too_large, memory_limit, cancelled (given up).
[[nodiscard]] Result<Code> compile(std::string_view source, std::string chunk_name,
                                   const CompileBudget& budget = {});

/// Reads a whole file. Errors: not_found, io, too_large; the message has the path and the reason.
[[nodiscard]] Result<std::string> read_file(const std::string& path);

}  // namespace moonwright::runtime
