// tree_gatherer.cpp: see tree_gatherer.hpp.
#include "actors/tree_gatherer.hpp"

#include <atomic>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "actors/core.hpp"
#include "actors/script_actor.hpp"

namespace moonwright::actors {
namespace {

/// Levels that are shown. Each is two in a value, of which a message has at most 128.
constexpr int kDepthMax = 50;

using Done = std::function<void(Result<TreeNode>)>;

/// One tree in the making.
class Gatherer : public std::enable_shared_from_this<Gatherer> {
 public:
  Gatherer(Core& core, TreeOptions options, Done done)
      : core_(core), options_(std::move(options)), top_(options_.top), done_(std::move(done)) {}

  void begin() {
    look_up();
    std::vector<ActorRef> asked;
    for (const ActorRef& ref : seen_) {
      if (options_.tasks || is_supervisor(ref)) asked.push_back(ref);
    }
    // One more than there are: nothing is put together before all have been asked.
    missing_ = asked.size() + 1;
    const Instant deadline = runtime::later(core_.clock().now(), options_.timeout);
    for (const ActorRef& each : asked) ask(each, deadline);
    arrived();
  }

 private:
  void look_up() {
    const std::uint64_t top = top_ ? top_.id() : 0;
    const auto is_below = [top](LiveEntry& entry) {
      const auto& actor = static_cast<const ActorBase&>(entry);
      return top == 0 || actor.id() == top || actor.descends_from(top);
    };
    total_ = core_.live().visit_oldest(TreeNode::kNodesMax, is_below, [this](LiveEntry& entry) {
      seen_.push_back(ActorRef::of(&static_cast<const ActorBase&>(entry)));
    });
  }

  [[nodiscard]] static bool is_supervisor(const ActorRef& ref) noexcept {
    // A pool answers as one, too: its only child has all of its states.
    return ActorBase::of(ref).kind() != AddressKind::script;
  }

  void ask(const ActorRef& actor, Instant deadline) {
    const bool supervises = is_supervisor(actor);
    MessagePtr message(Message::make(supervises ? MessageKind::tree : MessageKind::tasks));
    message->sender = core_.port();
    message->correlation =
        HostPort::of(core_.port())
            .open(deadline, [self = shared_from_this(), id = actor.id()](Result<Values> answer) {
              self->take(id, std::move(answer));
            });
    if (message->correlation == 0) return;
    Address::of(*actor.target()).deliver(std::move(message), nullptr);
  }

  void take(std::uint64_t actor, Result<Values> answer) {
    if (answer) {
      const std::lock_guard lock(mutex_);
      said_.emplace(actor, std::move(*answer));
    }
    arrived();
  }

  void arrived() {
    if (missing_.fetch_sub(1, std::memory_order_acq_rel) == 1) done_(put_together());
  }

  [[nodiscard]] Result<TreeNode> put_together();
  void add_actor(TreeNode& parent, const ActorRef& ref, const Value* row);
  void complete(TreeNode& node);
  void take_said(TreeNode& node, const Value& said);
  void complete_all(TreeNode& top);
  void describe(TreeNode& node, const ActorBase& actor) const;

  Core& core_;
  const TreeOptions options_;
  const ActorRef& top_;
  const Done done_;
  std::vector<ActorRef> seen_;
  std::size_t total_ = 0;
  std::atomic<std::size_t> missing_{0};
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, Values> said_;  ///< by actor; under mutex_ until all is in

  // Of put_together()
  std::unordered_map<std::uint64_t, std::vector<const ActorRef*>> below_;  ///< by parent
  std::unordered_set<std::uint64_t> supervised_;
  std::size_t nodes_ = 0;
  std::size_t shown_ = 0;  ///< nodes of actors that are alive
};

Result<TreeNode> Gatherer::put_together() {
  for (const auto& [actor, said] : said_) {
    if (said.empty()) continue;
    for (const Value& row : said.front()["children"].as_table().elements()) {
      if (const ActorRef ref = row["ref"].as_ref()) supervised_.insert(ref.id());
    }
  }
  // The list has the newest first.
  for (auto at = seen_.rbegin(); at != seen_.rend(); ++at) {
    below_[ActorBase::of(*at).parent_id()].push_back(&*at);
  }
  TreeNode root;
  root.kind = TreeNode::Kind::runtime;
  if (top_) {
    add_actor(root, top_, nullptr);
    if (root.children.empty()) return fail(ErrorCode::dead, "the actor has ended");
    TreeNode top = std::move(root.children.front());
    complete_all(top);
    top.omitted = total_ > shown_ ? total_ - shown_ : 0;
    return top;
  }
  root.name = "runtime";
  if (core_.stopping()) root.state = "stopping";
  root.uptime = core_.clock().now() - core_.began();
  root.in_use = true;
  complete_all(root);
  for (const ActorRef& each : seen_) {
    if (ActorBase::of(each).kind() != AddressKind::script) continue;
    const ActorStats stats = ScriptActor::of(each).stats();
    root.memory_used_bytes += stats.memory.used_bytes;
    root.mailbox_messages += stats.mailbox_messages;
  }
  if (core_.quota().enforced()) {
    const QuotaBroker::Figures books = core_.quota().broker().figures();
    const bool boundless = books.total >= QuotaBroker::Books::kBoundless;
    root.memory_limit_bytes = boundless ? TreeNode::kNoLimit : books.total;
    root.quota_bytes = books.granted;
  }
  root.omitted = total_ > shown_ ? total_ - shown_ : 0;
  return root;
}

/// What its supervisor knows of a child.
void take_row(TreeNode& node, const Value& row) {
  node.child = row["id"].as_string();
  node.state = row["state"].as_string();
  node.restart = row["restart"].as_string();
  node.incarnation = static_cast<std::uint32_t>(row["incarnation"].as_integer());
  node.restarts = static_cast<std::uint32_t>(row["restarts"].as_integer());
  node.last_decision = row["decision"].as_string();
  node.in_use = row["in_use"].as_boolean(node.in_use);
  node.healthy = row["healthy"].as_boolean(true);
  node.score = row["score"].as_float(100);
  for (const Value& each : row["reasons"].as_table().elements()) {
    node.reasons.emplace_back(each.as_string());
  }
}

void Gatherer::describe(TreeNode& node, const ActorBase& actor) const {
  node.ref = ActorRef::of(&actor);
  node.id = actor.id();
  node.name = actor.actor_name();
  node.uptime = core_.clock().now() - actor.created();
  if (actor.stopping()) node.state = "stopping";
  if (actor.kind() != AddressKind::script) {
    node.kind = TreeNode::Kind::supervisor;
    return;
  }
  const auto& script = static_cast<const ScriptActor&>(actor);
  const ActorStats stats = script.stats();
  node.script = script.plan().source->chunk_name();
  if (node.script.starts_with('@') || node.script.starts_with('=')) node.script.erase(0, 1);
  node.incarnation = script.incarnation();
  node.memory_used_bytes = stats.memory.used_bytes;
  node.memory_limit_bytes = stats.memory.limit_bytes;
  node.mailbox_messages = stats.mailbox_messages;
  node.quota_bytes = script.quota_bytes();
  node.in_use = script.in_use();
}

/// @param row what its supervisor says of it; null: it has none, or that has not said anything.
void Gatherer::add_actor(TreeNode& parent, const ActorRef& ref, const Value* row) {
  const bool lives = ref && !ActorBase::of(ref).ended();
  if (nodes_ >= TreeNode::kNodesMax || (!lives && row == nullptr)) return;
  ++nodes_;
  TreeNode& node = parent.children.emplace_back();
  if (lives) {
    ++shown_;
    describe(node, ActorBase::of(ref));
  }
  if (row != nullptr) take_row(node, *row);
}

/// What a node says of itself, and its children with what is known of them here.
void Gatherer::complete(TreeNode& node) {
  const auto said_at = said_.find(node.id);
  const bool has_said = said_at != said_.end() && !said_at->second.empty();
  if (node.kind == TreeNode::Kind::actor && has_said) {
    const Values& said = said_at->second;
    const auto total = said.size() > 1 ? static_cast<std::size_t>(said[1].as_integer()) : 0;
    node.tasks = task_list_of(said[0], total);
  }
  if (node.kind == TreeNode::Kind::supervisor) {
    if (has_said) {
      take_said(node, said_at->second.front());
    } else {
      node.state = "silent";
    }
  }
  const auto at = below_.find(node.id);
  if (at == below_.end()) return;
  for (const ActorRef* each : at->second) {
    if (!supervised_.contains(each->id())) add_actor(node, *each, nullptr);
  }
}

void Gatherer::take_said(TreeNode& node, const Value& said) {
  node.strategy = said["strategy"].as_string();
  const Values& crashes = said["crashes"].as_table().elements();
  const std::size_t first =
      crashes.size() > TreeNode::kCrashesMax ? crashes.size() - TreeNode::kCrashesMax : 0;
  for (std::size_t i = first; i < crashes.size(); ++i) {
    node.crashes.push_back(crash_report_of(crashes[i]));
  }
  for (const Value& row : said["children"].as_table().elements()) {
    add_actor(node, row["ref"].as_ref(), &row);
  }
}

/// Level by level: where there are too many, the lower ones are left out.
void Gatherer::complete_all(TreeNode& top) {
  std::vector<TreeNode*> level{&top};
  for (int depth = 0; depth < kDepthMax && !level.empty(); ++depth) {
    std::vector<TreeNode*> next;
    for (TreeNode* const node : level) {
      complete(*node);
      for (TreeNode& child : node->children) {
        if (child.id != 0) next.push_back(&child);
      }
    }
    level = std::move(next);
  }
}

}  // namespace

void gather_tree(Core& core, const TreeOptions& options, Done done) {
  if (options.top && Address::of(*options.top.target()).kind() == AddressKind::port) {
    return done(fail(ErrorCode::invalid_argument, "the reference is of no actor"));
  }
  std::make_shared<Gatherer>(core, options, std::move(done))->begin();
}

}  // namespace moonwright::actors
