// random_programs.cpp: runs many made-up programs at `strict` under tight limits. None may crash
// the process, hang beyond its limits, or take from the actor beside it.
//
//   random_programs [--programs N] [--seed FIRST]   N of them, in child processes of a hundred each
//   random_programs --show SEED                     prints that one
//   random_programs --batch FIRST N                 runs in this process: such a child; N = 1 is
//   how
//                                                   the seed that a failure names is tried alone
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "moonwright/moonwright.hpp"
#include "random_program.hpp"
#include "support/child_process.hpp"

namespace moonwright::fuzz {
namespace {

/// When a program counts as hung. Long, for slow builds on busy machines.
constexpr unsigned kAlarmSeconds = 30;
constexpr std::uint64_t kBatch = 100;
constexpr std::chrono::seconds kPatience{60};

Limits tight_limits() {
  Limits limits;
  limits.memory_bytes_max = 1u << 20;
  limits.instructions_max = 200'000;
  limits.timeout = std::chrono::milliseconds(100);
  return limits;
}

/// Runs the programs one after the other in one runtime; 0 if nothing went wrong. The seed of each
/// is printed before it runs, and how it ended at the end.
int run_batch(std::uint64_t first, std::uint64_t count) {
  RuntimeOptions options;
  options.workers = 1;
  options.log.level = LogLevel::off;
  auto runtime = Runtime::start(std::move(options));
  if (!runtime) return 2;
  SpawnOptions echo;
  echo.script = Script::text("return { echo = function(...) return ... end }", "bystander");
  const ActorRef bystander = runtime->spawn(std::move(echo)).value();

  std::map<std::string, int> ends;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    alarm(kAlarmSeconds);
    std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
    std::fflush(stdout);
    const Script script = Script::text(random_program(seed), "random");
    if (const auto compiled = check(script); !compiled) {
      std::fprintf(stderr, "does not compile: %s\n", compiled.error().message.c_str());
      return 1;
    }
    ExecuteOptions execute;
    execute.limits = tight_limits();
    execute.sandbox = Sandbox::strict;
    const auto result = runtime->execute(script, std::move(execute)).get();
    ++ends[result.reason];
    const auto answer = runtime->call(bystander, "echo", {7}, kPatience).get();
    if (!answer || answer->front() != Value(7)) {
      std::fprintf(stderr, "the actor beside it does not answer\n");
      return 1;
    }
  }
  alarm(kAlarmSeconds);
  const auto report = runtime->stop(kPatience);
  if (!report || !report->complete()) {
    std::fprintf(stderr, "something did not stop with the runtime\n");
    return 1;
  }
  for (const auto& [reason, programs] : ends) std::printf("%s %d\n", reason.c_str(), programs);
  return 0;
}

/// The last seed that a child has printed.
std::string last_seed(const std::string& out) {
  const auto at = out.rfind("seed ");
  if (at == std::string::npos) return "none";
  return out.substr(at + 5, out.find('\n', at) - at - 5);
}

int run_all(const std::string& self, std::uint64_t first, std::uint64_t count) {
  std::map<std::string, long> ends;
  for (std::uint64_t done = 0; done < count; done += kBatch) {
    const std::uint64_t programs = std::min(kBatch, count - done);
    const tests::Finished end = tests::ChildProcess({self, "--batch", std::to_string(first + done),
                                                     std::to_string(programs)})
                                    .finish();
    if (end.exit_code != 0) {
      const std::string seed = last_seed(end.out);
      std::fprintf(stderr, "%s\nrandom_programs --show %s shows the program; it ended with %d%s\n",
                   end.err.c_str(), seed.c_str(), end.exit_code,
                   end.exit_code == 128 + SIGALRM || end.too_late ? ": it hangs" : "");
      return 1;
    }
    const std::string figures = end.out.substr(end.out.rfind("seed "));
    std::size_t at = figures.find('\n') + 1;
    while (at < figures.size()) {
      const std::size_t line_end = figures.find('\n', at);
      const std::size_t space = figures.rfind(' ', line_end);
      ends[figures.substr(at, space - at)] += std::strtol(figures.c_str() + space + 1, nullptr, 10);
      at = line_end + 1;
    }
  }
  for (const auto& [reason, programs] : ends) std::printf("%7ld %s\n", programs, reason.c_str());
  return 0;
}

std::uint64_t number(const char* text) { return std::strtoull(text, nullptr, 10); }

int run(int argc, char** argv) {
  std::uint64_t first = 1;
  std::uint64_t count = 300;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view option = argv[i];
    if (option == "--show") {
      std::fputs(random_program(number(argv[i + 1])).c_str(), stdout);
      return 0;
    }
    if (option == "--batch" && i + 2 < argc)
      return run_batch(number(argv[i + 1]), number(argv[i + 2]));
    if (option == "--seed") first = number(argv[i + 1]);
    if (option == "--programs") count = number(argv[i + 1]);
  }
  return run_all(std::filesystem::read_symlink("/proc/self/exe").string(), first, count);
}

}  // namespace
}  // namespace moonwright::fuzz

int main(int argc, char** argv) { return moonwright::fuzz::run(argc, argv); }
