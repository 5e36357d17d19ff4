// give_up.cpp: see give_up.hpp.
#include "support/give_up.hpp"

#include <cstdio>
#include <cstdlib>

namespace moonwright::bench {

void give_up(const std::string& why) {
  std::fprintf(stderr, "given up: %s\n", why.c_str());
  std::_Exit(1);
}

void give_up(const Error& error) {
  give_up(std::string(to_string(error.code)) + ": " + error.message + "\n" + error.traceback);
}

}  // namespace moonwright::bench
