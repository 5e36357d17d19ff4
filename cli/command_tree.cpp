// command_tree.cpp: see command_tree.hpp.
#include "cli/command_tree.hpp"

#include "cli/control_client.hpp"
#include "cli/exit_codes.hpp"
#include "cli/json_reader.hpp"
#include "cli/output.hpp"
#include "cli/report.hpp"
#include "cli/tree_text.hpp"

namespace moonwright::cli {
namespace {

int give_up(const std::string& problem) {
  complain(problem);
  return kExitFailed;
}

}  // namespace

int command_tree(const TreeCommandOptions& options) {
  const std::string request = !options.actor.empty() ? "tasks " + options.actor
                              : options.tasks        ? "tree tasks"
                                                     : "tree";
  const Result<std::string> line = ask_program(options.socket, request);
  if (!line) return give_up(line.error().message);
  const Result<Value> answer = read_json(*line);
  if (!answer || !answer->is_table()) {
    return give_up("'" + options.socket + "' is no control socket of a moonwright program");
  }
  if (const Value& error = (*answer)["error"]; !error.is_nil()) {
    return give_up(std::string(error["message"].as_string()));
  }
  if (options.json) return print_and_flush(*line + "\n");
  if (!options.actor.empty()) {
    return print_and_flush(tasks_as_text((*answer)["tasks"], (*answer)["total"].as_integer()));
  }
  return print_and_flush(tree_as_text((*answer)["tree"]));
}

}  // namespace moonwright::cli
