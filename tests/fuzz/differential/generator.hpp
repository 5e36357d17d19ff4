// generator.hpp: programs that call the libraries with arguments that nobody would think of.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace moonwright::differential {

/// A program, statement by statement. Each stands for itself, so that any of them may be left out.
using Program = std::vector<std::string>;

/// Makes the same programs from the same seed. They end soon in any Lua 5.4, use no more than a few
/// megabytes, and their answers do not depend on what the manual leaves open.
class Generator {
 public:
  explicit Generator(std::uint64_t seed) : engine_(seed) {}

  Program program();

 private:
  std::size_t below(std::size_t bound);
  bool once_in(std::size_t times) { return below(times) == 0; }
  template <std::size_t kCount>
  const char* one_of(const char* const (&choices)[kCount]) {
    return choices[below(kCount)];
  }
  /// `count` of them, one after the other.
  template <std::size_t kCount>
  std::string joined(const char* const (&pieces)[kCount], std::size_t count) {
    std::string text;
    while (count-- > 0) text += pieces[below(kCount)];
    return text;
  }

  std::string text();
  std::string pattern();
  std::string replacement();
  std::string format();
  std::string pack_format();
  std::string integer();
  std::string position();
  std::string number();
  std::string numeral();
  std::string value();
  /// `ordered`: of values that are the same when none comes before the other.
  std::string list(bool ordered);
  std::string arguments(std::size_t most);

  std::string string_call();
  std::string pattern_call();
  std::string pack_call();
  std::string table_call();
  std::string utf8_call();
  std::string number_call();
  std::string coroutine_call();

  std::mt19937_64 engine_;
};

}  // namespace moonwright::differential
