// cpu_profile.cpp: the handle of a profiler of processor time, and what it saw as lines of text.
#include "moonwright/cpu_profile.hpp"

#include "runtime/stack_tree.hpp"

namespace moonwright {

CpuProfiler::CpuProfiler() : tree_(std::make_shared<runtime::StackTree>()) {}

void CpuProfiler::stop() noexcept { tree_->stop(); }
bool CpuProfiler::stopped() const noexcept { return !tree_->active(); }
CpuProfile CpuProfiler::profile() const { return tree_->profile(); }

std::string to_folded(const CpuProfile& profile) {
  std::string text;
  for (const CpuProfile::Stack& stack : profile.stacks) {
    for (std::size_t i = 0; i < stack.frames.size(); ++i) {
      if (i > 0) text += ';';
      text += stack.frames[i];
    }
    text += ' ' + std::to_string(stack.samples) + '\n';
  }
  return text;
}

}  // namespace moonwright
