// memory.cpp: see memory.hpp.
#include "support/memory.hpp"

#include <fstream>
#include <string>

namespace moonwright::bench {

double resident_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    double kibibytes = 0;
    if (word == "VmRSS:" && status >> kibibytes) return kibibytes * 1024;
  }
  return 0;
}

}  // namespace moonwright::bench
