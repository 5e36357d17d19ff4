// replay.cpp: runs a target over its corpus, without libFuzzer: every file of the folders that are
// named, whole and cut at every byte. With a file instead of a folder: that file alone.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "input.hpp"

namespace {

namespace fs = std::filesystem;

/// The bytes end where their memory ends, so that AddressSanitizer sees a read beyond.
void run(const std::string& bytes, std::size_t size) {
  const auto copy = std::make_unique<std::uint8_t[]>(size);
  std::copy_n(bytes.begin(), size, copy.get());
  LLVMFuzzerTestOneInput(copy.get(), size);
}

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

int main(int argc, char** argv) {
  int count = 0;
  for (int i = 1; i < argc; ++i) {
    if (fs::is_regular_file(argv[i])) {
      const std::string bytes = read(argv[i]);
      run(bytes, bytes.size());
      ++count;
      continue;
    }
    for (const auto& file : fs::directory_iterator(argv[i])) {
      const std::string bytes = read(file.path());
      for (std::size_t size = 0; size <= bytes.size(); ++size) run(bytes, size);
      ++count;
    }
  }
  std::printf("%d inputs\n", count);
  return count > 0 ? 0 : 1;
}
