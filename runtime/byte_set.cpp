// byte_set.cpp: the character classes, computed when this is compiled.
#include "runtime/byte_set.hpp"

namespace moonwright::runtime {
namespace {

constexpr std::string_view kLetters = "acdglpsuwxz";

constexpr ByteSet make_class(char letter) {
  ByteSet set{};
  switch (letter) {
    case 'a': set.add_range('a', 'z'), set.add_range('A', 'Z'); break;
    case 'c': set.add_range(0, 31), set.add(127); break;
    case 'd': set.add_range('0', '9'); break;
    case 'g': set.add_range('!', '~'); break;
    case 'l': set.add_range('a', 'z'); break;
    case 'p':
      for (const std::string_view range : {"!/", ":@", "[`", "{~"}) {
        set.add_range(static_cast<unsigned char>(range[0]), static_cast<unsigned char>(range[1]));
      }
      break;
    case 's': set.add_range('\t', '\r'), set.add(' '); break;
    case 'u': set.add_range('A', 'Z'); break;
    case 'w': set.add_all(make_class('a')), set.add_all(make_class('d')); break;
    case 'x': set.add_range('0', '9'), set.add_range('a', 'f'), set.add_range('A', 'F'); break;
    case 'z': set.add(0); break;
    default: break;
  }
  return set;
}

struct Class {
  ByteSet members;
  ByteSet others;
  bool exists;
};

constexpr std::array<Class, 26> make_classes() {
  std::array<Class, 26> classes{};
  for (const char letter : kLetters) {
    Class& made = classes[static_cast<std::size_t>(letter - 'a')];
    made.members = made.others = make_class(letter);
    made.others.invert();
    made.exists = true;
  }
  return classes;
}

constexpr std::array<Class, 26> kClasses = make_classes();

}  // namespace

const ByteSet* class_of(char letter) noexcept {
  const bool lower = letter >= 'a' && letter <= 'z';
  if (!lower && !(letter >= 'A' && letter <= 'Z')) return nullptr;
  const Class& found = kClasses[static_cast<std::size_t>(letter - (lower ? 'a' : 'A'))];
  if (!found.exists) return nullptr;
  return lower ? &found.members : &found.others;
}

}  // namespace moonwright::runtime
