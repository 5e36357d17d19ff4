// pattern.hpp: Lua's patterns, matched within a bounded number of steps.
//
// The language is that of the Lua 5.4 manual, and mistakes in a pattern are found where Lua finds
// them: when matching gets there. What differs is that matching ends. A pattern may ask for a
// number of tries that grows with any power of the subject's length; here a search has an allowance
// of steps, and "pattern too complex" is the error when it is used up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "runtime/byte_set.hpp"
#include "runtime/toll.hpp"

struct lua_State;

namespace moonwright::runtime {

/// Where a pattern matched; no match: begin is null.
struct Match {
  const char* begin = nullptr;
  const char* end = nullptr;

  [[nodiscard]] explicit operator bool() const noexcept { return begin != nullptr; }
  [[nodiscard]] std::string_view text() const noexcept {
    return {begin, static_cast<std::size_t>(end - begin)};
  }
};

/// One pattern and one subject, and the captures of the last match.
///
/// Steps are items of the pattern tried and bytes looked at. They are paid to the state's meter as
/// they are made, and all searches of one Matcher together may make steps_max() of them.
///
/// Thread: confined to the state's. May live in functions that Lua leaves by longjmp.
/// Requires: both strings are Lua's own, that is, followed by a zero byte, and stay on the stack.
class Matcher {
 public:
  static constexpr int kCapturesMax = 32;
  /// Captures, optional items and repetitions that may be open at a time; each takes C stack.
  static constexpr int kDepthMax = 200;
  static constexpr std::int64_t kStepsMin = 10'000'000;
  static constexpr std::int64_t kStepsPerByte = 50;

  /// What a call may cost: enough for any pattern over a line, and for linear work over megabytes.
  [[nodiscard]] static constexpr std::int64_t steps_max(std::size_t bytes) noexcept {
    return kStepsMin + kStepsPerByte * static_cast<std::int64_t>(bytes);
  }

  /// @param pattern without the anchor: a leading `^` is an ordinary character here.
  Matcher(lua_State* L, Toll& toll, std::string_view subject, std::string_view pattern) noexcept;
  Matcher(const Matcher&) = delete;
  Matcher& operator=(const Matcher&) = delete;

  /// Tries at `from` alone. Raises: mistakes in the pattern, "pattern too complex", what
  /// Meter::spend() raises.
  [[nodiscard]] Match match_at(const char* from);

  /// The first match at or after `from` that does not end at `not_ending_at` (which may be null):
  /// this is how a repeated search avoids the empty match right behind the last one. Raises as
  /// match_at().
  [[nodiscard]] Match search(const char* from, const char* not_ending_at);

  /// A capture: its text, or the position that `()` stands for.
  struct Capture {
    std::string_view text;
    std::int64_t position = 0;  ///< 0: not a position
  };

  [[nodiscard]] int captures() const noexcept { return level_; }
  /// Capture `index`, counted from 0; with no captures at all, 0 is the whole of `match`. Raises:
  /// "invalid capture index", "unfinished capture".
  [[nodiscard]] Capture capture(int index, const Match& match) const;
  /// Pushes it as the string or integer that a script gets. Raises as capture(); memory errors.
  void push_capture(int index, const Match& match) const;
  /// Pushes all captures and answers how many; the whole match if there is no capture.
  int push_captures(const Match& match) const;

 private:
  static constexpr std::int64_t kBatch = 512;
  static constexpr std::ptrdiff_t kOpen = -1;
  static constexpr std::ptrdiff_t kPosition = -2;
  static constexpr int kAnyByte = -1;
  static constexpr std::size_t kSetsKept = 4;

  /// What one character may be: the smallest part of a pattern.
  struct Single {
    enum class Kind : unsigned char { any, byte, set };

    Kind kind;
    unsigned char byte;
    const ByteSet* set;  ///< may be replaced when another set is looked at
    const char* rest;    ///< the pattern behind it

    [[nodiscard]] bool fits(unsigned char c) const noexcept {
      if (kind == Kind::byte) return c == byte;
      return kind == Kind::any || set->has(c);
    }
  };

  /// A set in brackets, kept because reading it costs more than using it.
  struct KnownSet {
    const char* begin;
    const char* rest;
    ByteSet members;
  };

  /// What the pattern begins with: it tells where a search need not try.
  struct Leading {
    bool required;  ///< every match begins with `single`
    bool repeated;  ///< where the pattern fails, it fails in the rest of a run of `single`
    Single single;
    ByteSet members;  ///< of single.set, which must stay
  };

  void pay(std::size_t steps) {
    due_ += static_cast<std::int64_t>(steps);
    if (due_ >= kBatch) settle();
  }
  void settle();

  const char* attempt(const char* s);
  const char* match(const char* s, const char* p);
  const char* match_items(const char* s, const char* p);
  const char* repeat_most(const Single& single, const char* first, const char* s, const char* rest);
  const char* repeat_least(const char* item, const char* s, const char* rest);
  const char* open_capture(const char* s, const char* rest, std::ptrdiff_t size);
  const char* close_capture(const char* s, const char* rest);
  const char* match_capture(const char* s, char digit);
  const char* match_balanced(const char* s, const char* p);

  Single single_at(const char* p);
  const KnownSet& set_at(const char* p);
  const char* read_set(const char* p, ByteSet& members) const;
  const char* run_of(const Single& single, const char* s);
  void read_leading();
  [[nodiscard]] bool refers_back(const char* p) const noexcept;
  const char* next_candidate(const char* s);
  [[nodiscard]] int required_byte(const char* p) const;

  lua_State* const L_;
  Toll& toll_;
  const char* const subject_;
  const char* const subject_end_;
  const char* const pattern_;
  const char* const pattern_end_;
  std::int64_t due_ = 0;
  std::int64_t left_;
  int depth_ = 0;
  int level_ = 0;   ///< captures begun
  int opened_ = 0;  ///< of these, not yet closed
  unsigned sets_made_ = 0;
  bool leading_known_ = false;
  Leading leading_;
  struct {
    const char* begin;
    std::ptrdiff_t size;
  } captures_[kCapturesMax];
  KnownSet sets_[kSetsKept];  ///< the last sets_made_
};

static_assert(std::is_trivially_destructible_v<Matcher>, "Lua leaves by longjmp");

}  // namespace moonwright::runtime
