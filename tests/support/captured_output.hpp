// captured_output.hpp: everything that this process writes to standard output and error meanwhile.
#pragma once

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace moonwright::tests {

/// Catches what goes to the descriptors, whoever writes to them and by whatever means.
///
/// Thread: one.
class CapturedOutput {
 public:
  CapturedOutput() {
    flush();
    file_ = std::tmpfile();
    if (file_ == nullptr) std::abort();
    out_ = ::dup(STDOUT_FILENO);
    err_ = ::dup(STDERR_FILENO);
    ::dup2(::fileno(file_), STDOUT_FILENO);
    ::dup2(::fileno(file_), STDERR_FILENO);
  }
  ~CapturedOutput() {
    if (file_ != nullptr) static_cast<void>(finish());
  }
  CapturedOutput(const CapturedOutput&) = delete;
  CapturedOutput& operator=(const CapturedOutput&) = delete;

  /// Ends the capture and answers what was written. To be called once.
  [[nodiscard]] std::string finish() {
    flush();
    ::dup2(out_, STDOUT_FILENO);
    ::dup2(err_, STDERR_FILENO);
    ::close(out_);
    ::close(err_);
    std::rewind(file_);
    std::string text;
    for (int letter = std::fgetc(file_); letter != EOF; letter = std::fgetc(file_)) {
      text += static_cast<char>(letter);
    }
    std::fclose(file_);
    file_ = nullptr;
    return text;
  }

 private:
  static void flush() {
    std::fflush(stdout);
    std::fflush(stderr);
  }

  std::FILE* file_ = nullptr;
  int out_ = -1;
  int err_ = -1;
};

}  // namespace moonwright::tests
