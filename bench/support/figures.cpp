// figures.cpp: see figures.hpp.
#include "support/figures.hpp"

#include <cstdio>

namespace moonwright::bench {

void print(const Figures& figures) {
  for (const Figure& figure : figures) {
    std::printf("%-28s %14.4g\n", figure.key.c_str(), figure.value);
  }
}

}  // namespace moonwright::bench
