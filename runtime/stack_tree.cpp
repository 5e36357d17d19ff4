// stack_tree.cpp: see stack_tree.hpp.
#include "runtime/stack_tree.hpp"

#include <algorithm>
#include <utility>

namespace moonwright::runtime {
namespace {

/// Text that has a place in a line of frames: no separator, no control character.
std::string clean(std::string_view text) {
  std::string out(text);
  for (char& letter : out) {
    const auto byte = static_cast<unsigned char>(letter);
    if (letter == ';') letter = ':';
    if (byte < ' ' || byte == 0x7f) letter = ' ';
  }
  return out;
}

}  // namespace

StackTree::StackTree() : began_(Clock::now()) {
  nodes_.push_back({kRoot, kOther});
  functions_.push_back({"[other]", {}, 0});
}

void StackTree::stop() noexcept {
  if (stopped_.exchange(true)) return;
  ended_ = Clock::now().time_since_epoch().count();
}

StackTree::Path::Path(StackTree& tree, std::string_view root) : tree_(tree), lock_(tree.mutex_) {
  literal(root);
}

void StackTree::Path::go_to(FunctionId function) {
  // Nothing is put under what stands for all the rest.
  if (node_ != kRoot && tree_.nodes_[node_].function == kOther) return;
  node_ = tree_.child_of(node_, function);
}

void StackTree::Path::literal(std::string_view text) { go_to(tree_.function_of('t', text, 0)); }
void StackTree::Path::c_call(std::string_view name) { go_to(tree_.function_of('c', name, 0)); }

StackTree::Function* StackTree::Path::step(std::string_view source, int line) {
  const FunctionId function = tree_.function_of('f', source, line);
  go_to(function);
  return function == kOther ? nullptr : &tree_.functions_[function];
}

void StackTree::Path::put_name(Function& function, std::string_view name) const {
  if (name.empty()) return;
  function.name = clean(name);
  function.tries_left = 0;
}

void StackTree::Path::end(std::uint64_t weight) {
  if (!tree_.active()) return;
  tree_.nodes_[node_].samples += weight;
  tree_.samples_ += weight;
}

/// Requires the lock, as the next one does.
StackTree::FunctionId StackTree::function_of(char kind, std::string_view what, int line) {
  key_.assign(1, kind);
  key_ += what;
  if (line > 0) key_ += ':' + std::to_string(line);
  const auto found = known_.find(key_);
  if (found != known_.end()) return found->second;
  if (functions_.size() >= kFunctionsMax) return kOther;
  Function function;
  function.place = clean(std::string_view(key_).substr(1));
  if (kind == 'c') function.place += " [C]";
  if (kind == 'f' && line == 0) function.name = "main";
  if (kind == 'f' && line > 0) function.tries_left = kNameTries;
  const auto id = static_cast<FunctionId>(functions_.size());
  functions_.push_back(std::move(function));
  known_.emplace(key_, id);
  return id;
}

StackTree::NodeId StackTree::child_of(NodeId parent, FunctionId function) {
  const auto key_of = [parent](FunctionId id) {
    return (static_cast<std::uint64_t>(parent) << 32) | id;
  };
  auto found = children_.find(key_of(function));
  if (found != children_.end()) return found->second;
  if (nodes_.size() >= kNodesMax) {
    // For each node there is a place besides, for what is new under it.
    function = kOther;
    found = children_.find(key_of(kOther));
    if (found != children_.end()) return found->second;
  }
  const auto id = static_cast<NodeId>(nodes_.size());
  nodes_.push_back({parent, function});
  children_.emplace(key_of(function), id);
  return id;
}

std::string StackTree::text_of(const Function& function) {
  return function.name.empty() ? function.place : function.name + ' ' + function.place;
}

CpuProfile StackTree::profile() const {
  const std::lock_guard lock(mutex_);
  CpuProfile profile;
  profile.samples = samples_;
  const Clock::rep ended = ended_;
  const auto end = ended != 0 ? Clock::time_point(Clock::duration(ended)) : Clock::now();
  profile.duration = end - began_;
  for (const Node& node : nodes_) {
    if (node.samples == 0) continue;
    CpuProfile::Stack stack;
    stack.samples = node.samples;
    for (const Node* at = &node; at != nodes_.data(); at = &nodes_[at->parent]) {
      stack.frames.push_back(text_of(functions_[at->function]));
    }
    std::reverse(stack.frames.begin(), stack.frames.end());
    profile.stacks.push_back(std::move(stack));
  }
  std::sort(
      profile.stacks.begin(), profile.stacks.end(),
      [](const CpuProfile::Stack& a, const CpuProfile::Stack& b) { return a.frames < b.frames; });
  return profile;
}

}  // namespace moonwright::runtime
