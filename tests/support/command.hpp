// command.hpp: the moonwright command, as a test runs it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "support/child_process.hpp"
#include "support/temp_folder.hpp"

namespace moonwright::tests {

/// The words of a command line, the command's own path first.
[[nodiscard]] inline std::vector<std::string> command_line(std::vector<std::string> words) {
  words.insert(words.begin(), MOONWRIGHT_COMMAND);
  return words;
}

/// Runs the command to its end.
[[nodiscard]] inline Finished run_command(std::vector<std::string> words,
                                          const ChildProcess::Options& options = {}) {
  return ChildProcess(command_line(std::move(words)), options).finish();
}

/// Runs `source` as the file main.lua in a folder of its own; `before` are words in front of it,
/// `after` those behind it.
[[nodiscard]] inline Finished run_source(const std::string& source,
                                         const std::vector<std::string>& before = {},
                                         const std::vector<std::string>& after = {},
                                         const ChildProcess::Options& options = {}) {
  const TempFolder folder;
  std::vector<std::string> words{"run"};
  words.insert(words.end(), before.begin(), before.end());
  words.push_back(folder.write("main.lua", source));
  words.insert(words.end(), after.begin(), after.end());
  return run_command(std::move(words), options);
}

}  // namespace moonwright::tests
