// checkpoint_names.hpp: what in a state belongs to the code, and the names that lead to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "runtime/checkpoint_format.hpp"
#include "runtime/lua_tables.h"

struct lua_State;

namespace moonwright::runtime {

/// Where the code of a script is to be looked for. Borrowed, each may be null.
struct CodeRoots {
  const void* globals = nullptr;
  const void* loaded = nullptr;  ///< the table of loaded modules
  MoonwrightValue behaviour{};

  /// Those of `state`; `behaviour_anchor` is where the registry has the behaviour, or 0.
  [[nodiscard]] static CodeRoots of(lua_State* L, int behaviour_anchor) noexcept;
};

/// What was the script's code when its chunk had just run: which functions and tables were where.
/// Eight bytes for each of them.
///
/// Only what was there then can be expected where the script has run anew; and what has not changed
/// since needs no saving. Without it, a closure that a handler has put into a global would be taken
/// for code, to be missed when the checkpoint is restored.
class CodeSnapshot {
 public:
  CodeSnapshot() = default;
  /// To be taken when the chunk has run. Nothing of the state runs or allocates.
  /// May throw std::bad_alloc.
  explicit CodeSnapshot(const CodeRoots& roots);

  /// Whether `object` was what the name led to.
  [[nodiscard]] bool has(std::uint64_t pair) const noexcept;
  [[nodiscard]] std::size_t memory_bytes() const noexcept { return pairs_.capacity() * 8; }

  /// Of the entry `key` of the table named `text` (root and steps), and what is there.
  [[nodiscard]] static std::uint64_t pair(std::string_view text, std::string_view key,
                                          const void* object) noexcept;

 private:
  std::vector<std::uint64_t> pairs_;  // sorted
};

/// Functions, and tables that consist of code, by the names under which a fresh state that has run
/// the same script has them, too.
///
/// Code is: what the libraries and the loaded modules are; functions among the globals; and a table
/// that holds functions and to which plain names lead from a global, a module or the behaviour: a
/// class, say. Names are followed only so far: kSteps deep, through tables of at most
/// kSlotsOfTableMax entries, kSlotsMax in all. What holds data by the thousand is no code.
///
/// Thread: confined to its owner's. build() may throw std::bad_alloc, the rest does not.
class CheckpointNames {
 public:
  static constexpr unsigned kSteps = 6;
  static constexpr unsigned kSlotsOfTableMax = 4'096;
  static constexpr unsigned kSlotsMax = 65'536;

  struct Name {
    std::string text;          ///< as in the format: kind, root, steps
    const void* object;        ///< what is there
    bool patched = false;      ///< a table of the script's own, whose data belongs to the globals
    std::uint32_t number = 0;  ///< for the writer: as which it was written, from 1

    [[nodiscard]] std::string_view steps() const noexcept {
      return std::string_view(text).substr(1);
    }
  };

  /// With a snapshot, of the script's own code only what is in it. `found`, if it is there, gets
  /// the pairs for a snapshot.
  void build(const CodeRoots& roots, const CodeSnapshot* code,
             std::vector<std::uint64_t>* found = nullptr);

  /// The name of a table or function; null if there is none. Valid until build().
  [[nodiscard]] Name* find(const void* object) noexcept;
  [[nodiscard]] std::vector<Name>& all() noexcept { return names_; }
  [[nodiscard]] const std::vector<Name>& all() const noexcept { return names_; }

  [[nodiscard]] std::size_t memory_bytes() const noexcept;

 private:
  enum class Kind : std::uint8_t { library, module, behaviour, script };
  struct Place {
    const void* table;
    std::string text;  // root and steps
    unsigned steps;
    Kind kind;
  };

  bool add(const std::string& table, std::string_view key, const MoonwrightValue& value,
           bool is_given, bool patched = false);
  [[nodiscard]] bool is_known(std::string_view table, std::string_view key,
                              const MoonwrightValue& value) const noexcept;
  void look_through(const Place& place);
  void look_through_globals(const void* globals);
  void look_through_modules(const void* loaded);
  void note(const std::string& table, std::string_view key, const MoonwrightValue& value);
  void follow();

  const CodeSnapshot* code_ = nullptr;
  std::vector<std::uint64_t>* found_ = nullptr;
  std::vector<Name> names_;
  std::unordered_map<const void*, std::uint32_t> known_;
  std::unordered_set<const void*> visited_;
  std::vector<Place> places_;  // a queue: those near the roots come first
  unsigned slots_left_ = 0;
};

/// A name as people read it: `Account.deposit`, `require "json".encode`, `behaviour.add`.
/// May throw std::bad_alloc.
[[nodiscard]] std::string readable_name(std::string_view text);

}  // namespace moonwright::runtime
