// process.cpp: see process.hpp.
#include "support/process.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <sstream>
#include <system_error>
#include <utility>

namespace moonwright::bench {
namespace {

std::string system_error_text() { return std::generic_category().message(errno); }

std::string how_it_ended(int status) {
  if (WIFEXITED(status)) return "exit code " + std::to_string(WEXITSTATUS(status));
  return "killed by signal " + std::to_string(WTERMSIG(status));
}

/// What the child printed to standard output. `child` runs in the child process and returns its
/// exit code.
Result<std::string> output_of(const std::function<int()>& child, std::chrono::seconds patience) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return fail(ErrorCode::io, system_error_text());
  std::fflush(nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    // An alarm outlives exec(), and what it does unless somebody asks otherwise is just right.
    alarm(static_cast<unsigned>(patience.count()));
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
  if (pid < 0 || waitpid(pid, &status, 0) != pid) return fail(ErrorCode::io, system_error_text());
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
    return fail(ErrorCode::timeout, "not done after " + std::to_string(patience.count()) + " s");
  }
  if (status != 0) return fail(ErrorCode::io, how_it_ended(status));
  return output;
}

Result<Figures> parse(Result<std::string> output) {
  if (!output) return fail(std::move(output).error());
  Figures figures;
  std::istringstream lines(*output);
  for (Figure figure; lines >> figure.key >> figure.value;) figures.push_back(figure);
  return figures;
}

}  // namespace

Result<Figures> run_isolated(const std::function<Figures()>& measure,
                             std::chrono::seconds patience) {
  const auto print = [&measure] {
    for (const Figure& figure : measure()) {
      std::printf("%s %.9g\n", figure.key.c_str(), figure.value);
    }
    return 0;
  };
  return parse(output_of(print, patience));
}

Result<Figures> run_program(const std::vector<std::string>& command,
                            std::chrono::seconds patience) {
  const auto become = [&command] {
    std::vector<char*> arguments;
    arguments.reserve(command.size() + 1);
    for (const std::string& argument : command) {
      arguments.push_back(const_cast<char*>(argument.c_str()));
    }
    arguments.push_back(nullptr);
    execvp(arguments[0], arguments.data());
    std::perror(arguments[0]);
    return 127;
  };
  return parse(output_of(become, patience));
}

}  // namespace moonwright::bench
