// tree_text.hpp: the tree of a runtime, for people.
#pragma once

#include <moonwright/value.hpp>
#include <string>

namespace moonwright::cli {

/// One actor a line, under whom it belongs to, with its figures; below it what was last decided
/// about it, the last crash of a supervisor's children, and what its tasks wait for, as far as
/// that is known. With a newline at the end.
/// @param tree what to_value(TreeNode) makes, or what has come of that as JSON.
[[nodiscard]] std::string tree_as_text(const Value& tree);

/// The tasks alone: what to_value(TaskList) makes.
[[nodiscard]] std::string tasks_as_text(const Value& tasks, std::int64_t total);

}  // namespace moonwright::cli
