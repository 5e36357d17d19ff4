// process.cpp: see process.hpp.
#include "messaging/process.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <sstream>

namespace moonwright::bench {
namespace {

/// What the child printed to standard output; nothing if it did not end with exit code 0. `child`
/// runs in the child process and returns its exit code.
std::optional<std::string> output_of(const std::function<int()>& child) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return std::nullopt;
  std::fflush(nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    const int code = child();
    std::fflush(nullptr);
    _exit(code);
  }
  close(ends[1]);
  std::string output;
  std::array<char, 4096> block{};
  for (ssize_t size = 0; pid > 0 && (size = read(ends[0], block.data(), block.size())) > 0;) {
    output.append(block.data(), static_cast<std::size_t>(size));
  }
  close(ends[0]);
  int status = 0;
  if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) return std::nullopt;
  return output;
}

std::optional<Figures> parse(const std::optional<std::string>& output) {
  if (!output) return std::nullopt;
  Figures figures;
  std::istringstream lines(*output);
  for (Figure figure; lines >> figure.key >> figure.value;) figures.push_back(figure);
  return figures;
}

}  // namespace

std::optional<Figures> run_isolated(const std::function<Figures()>& measure) {
  return parse(output_of([&] {
    for (const Figure& figure : measure()) {
      std::printf("%s %.1f\n", figure.key.c_str(), figure.value);
    }
    return 0;
  }));
}

std::optional<Figures> run_program(const std::vector<std::string>& command) {
  return parse(output_of([&] {
    std::vector<char*> arguments;
    arguments.reserve(command.size() + 1);
    for (const std::string& argument : command) {
      arguments.push_back(const_cast<char*>(argument.c_str()));
    }
    arguments.push_back(nullptr);
    execvp(arguments[0], arguments.data());
    std::perror(arguments[0]);
    return 127;
  }));
}

}  // namespace moonwright::bench
