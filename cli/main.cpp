// main.cpp: the `moonwright` command.

#include <cstdio>
#include <exception>
#include <moonwright/version.hpp>
#include <string>
#include <variant>
#include <vector>

#include "cli/command_check.hpp"
#include "cli/command_exec.hpp"
#include "cli/command_run.hpp"
#include "cli/command_tree.hpp"
#include "cli/exit_codes.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/report.hpp"

namespace moonwright::cli {
namespace {

/// One function for each thing that a command line can mean.
struct Command {
  int operator()(const RunOptions& options) const { return command_run(options); }
  int operator()(const ExecOptions& options) const { return command_exec(options); }
  int operator()(const CheckOptions& options) const { return command_check(options); }
  int operator()(const TreeCommandOptions& options) const { return command_tree(options); }
  int operator()(const VersionOptions&) const {
    return print_and_flush(std::string("moonwright ") + kVersion + " (Lua 5.4)\n");
  }
  int operator()(const HelpOptions& help) const { return print_and_flush(help.text); }
  int operator()(const UsageError& error) const {
    std::fputs(error.text.c_str(), stderr);
    return kExitUsage;
  }
};

}  // namespace
}  // namespace moonwright::cli

int main(int argc, char** argv) {
  namespace cli = moonwright::cli;
  try {
    cli::hold_standard_descriptors();
    // A program may be started with no words at all, not even its own name.
    const std::vector<std::string> words(argc > 0 ? argv + 1 : argv, argv + argc);
    return std::visit(cli::Command{}, cli::parse_command_line(words));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "moonwright: %s\n", error.what());
  } catch (...) {
    std::fputs("moonwright: unknown failure\n", stderr);
  }
  return cli::kExitFailed;
}
