// actor_base.hpp: what every actor of a runtime has, whatever it runs: a mailbox and turns, a
// family, names, and those who want to know when it ends.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "actors/address.hpp"
#include "actors/lineage.hpp"
#include "actors/live_actors.hpp"
#include "actors/mailbox.hpp"
#include "actors/quota_broker.hpp"
#include "actors/scheduler.hpp"
#include "actors/timer_service.hpp"
#include "moonwright/dead_letter.hpp"
#include "moonwright/quota.hpp"
#include "runtime/message_note.hpp"

namespace moonwright::actors {

class Core;

/// Thread: post(), deliver(), descends_from() and the names of others from any thread; everything
/// else on the thread that runs it, which changes from turn to turn.
class ActorBase : public Address, public Job, public LiveEntry, protected Alarm {
 public:
  [[nodiscard]] static ActorBase& of(const ActorRef& ref) noexcept {
    return static_cast<ActorBase&>(Address::of(*ref.target()));
  }

  // Address
  [[nodiscard]] Posted post(Letter&& letter, caf::execution_unit* from) noexcept override;
  bool deliver(MessagePtr message, caf::execution_unit* from) noexcept override;

  // Job
  void drop() noexcept override { release(); }

  /// Schedules the first turn. Everything else is in place by then.
  void begin(MessagePtr start, caf::execution_unit* from);
  /// Ends an actor that could not begin.
  virtual void discard() = 0;

  [[nodiscard]] Core& core() const noexcept { return core_; }
  /// The worker that runs the turn; null elsewhere.
  [[nodiscard]] caf::execution_unit* unit() const noexcept { return unit_; }
  /// Whether it is nobody's child.
  [[nodiscard]] bool is_root() const noexcept { return is_root_; }
  /// The name it was made with. Any thread.
  [[nodiscard]] std::string_view actor_name() const noexcept { return name_; }
  /// The name it registered last, if it has registered one.
  [[nodiscard]] std::string_view current_name() const noexcept {
    return names_count() == 0 ? std::string_view(name_) : std::string_view(names_->back());
  }
  [[nodiscard]] std::size_t names_count() const noexcept {
    return names_ == nullptr ? 0 : names_->size();
  }
  [[nodiscard]] bool has_name(std::string_view name) const noexcept;
  void add_name(std::string name);

  /// Takes a child into the family. On this actor's thread.
  void adopt(ActorRef child) { relations().children.insert(std::move(child)); }
  /// The chain that its children descend from.
  [[nodiscard]] const std::shared_ptr<const Lineage>& lineage();
  /// Whether the actor `id` is its parent, its parent's parent and so on. Any thread.
  [[nodiscard]] bool descends_from(std::uint64_t id) const noexcept {
    return Lineage::includes(above_.get(), id);
  }
  /// The number of its parent; 0 if it has none. Any thread.
  [[nodiscard]] std::uint64_t parent_id() const noexcept {
    return above_ == nullptr ? 0 : above_->id;
  }

  /// This side of a link: the end of `other` is a signal to this actor, if that knows of it too.
  void link(const ActorRef& other);
  void unlink(const ActorRef& other);

  [[nodiscard]] const Mailbox& mailbox() const noexcept { return mailbox_; }
  [[nodiscard]] std::size_t watcher_count() const noexcept;
  /// What it holds of the memory budget, mailbox included. Any thread.
  [[nodiscard]] virtual std::uint64_t quota_bytes() const noexcept {
    return budget_ == nullptr ? 0 : mailbox_.bytes();
  }
  [[nodiscard]] virtual QuotaRow quota_row(Instant now) const noexcept;
  /// Whether it has nothing to do, and can be asked to give memory back meanwhile. Any thread.
  [[nodiscard]] virtual bool may_shed() const noexcept { return false; }
  /// Puts a message that will not be handled where all of those are.
  void bury(DeadLetterKind kind, std::uint32_t incarnation, runtime::MessageNote note,
            const Error& error);
  /// What requests are answered with once the actor has ended; null before.
  [[nodiscard]] const Error* last_error() const noexcept { return last_error_.get(); }
  /// When it was made, to some milliseconds. Any thread.
  [[nodiscard]] Instant created() const noexcept { return made_at_; }
  /// Whether it takes no more messages, and has not ended. Any thread.
  [[nodiscard]] bool stopping() const noexcept {
    return door_.load(std::memory_order_relaxed) == Door::stopping;
  }
  /// Whether it has ended. Any thread.
  [[nodiscard]] bool ended() const noexcept {
    return door_.load(std::memory_order_relaxed) == Door::ended;
  }

 protected:
  /// What senders find: read from any thread, moved on by the owner only.
  enum class Door : std::uint8_t { open, stopping, ended };
  /// Why an actor ends, as others are told.
  struct Reason {
    std::string text;  ///< "normal", "stopped", "killed", "error", or what the actor said
    Error error{};     ///< what went wrong, if something did
  };
  struct Watcher {
    ActorRef ref;
    std::uint64_t number;
    friend bool operator==(const Watcher&, const Watcher&) = default;
  };

  /// @param parent the actor that it stops with; empty: none.
  ActorBase(AddressKind kind, std::uint64_t id, Core& core, const MailboxLimits& mailbox,
            std::string name, ActorBase* parent);
  ~ActorBase() = default;

  /// Why it ends, or has ended. Written before the mailbox is closed; then read by whoever finds it
  /// closed, on any thread.
  [[nodiscard]] Reason& end_reason() const {
    if (reason_ == nullptr) reason_ = std::make_unique<Reason>();
    return *reason_;
  }
  void forget_child(const ActorRef& child);

  [[nodiscard]] Instant ring() noexcept override;
  void schedule(caf::execution_unit* from) noexcept;
  /// Has it run soon; takes over one reference.
  virtual void have_run(caf::execution_unit* from) noexcept;

  /// Handles what is the same for all actors; answers whether it was that.
  bool handle_relation(Message& message);
  [[nodiscard]] bool is_linked(const ActorRef& other) const noexcept;
  /// Tells all who watch it and all who are linked with it. Those are forgotten if it ends for
  /// good.
  /// @param cause the linked actor that it ends because of, which needs no telling; empty: none.
  void tell_relations(const Reason& reason, bool restarting, const ActorRef& cause);
  /// Ends all links, and tells those who were linked as if this were its end.
  void cut_links(const Reason& reason);
  /// Asks all children to end in order.
  void stop_children(Instant deadline);
  /// Closes the mailbox. Requests in it are answered with last_error(); the rest is buried.
  /// @param payer where what was paid for them goes; null: the broker.
  void close_mailbox(std::uint32_t incarnation, MemoryFloat* payer);
  /// Answers a control message, if somebody waits for that.
  void answer_to(Message& message, const Values& values);
  void refuse_to(Message& message, const Error& error);
  /// Gives an answer to what can no longer be handled. Any thread: also when the mailbox is closed.
  void refuse_rest(MessagePtr message, caf::execution_unit* from);
  void forget_names() noexcept;

  // What every turn needs comes first and together: with many actors, each further line of the
  // cache is a miss.
  Core& core_;
  caf::execution_unit* unit_ = nullptr;
  std::atomic<Door> door_{Door::open};
  std::atomic<bool> tick_posted_{false};
  const bool is_root_;
  Mailbox mailbox_;
  const std::shared_ptr<QuotaBroker> budget_;  ///< null: there is none
  const Instant made_at_;

  ActorRef parent_;
  std::unique_ptr<Error> last_error_;  ///< as end_reason()

 private:
  struct WatcherHash {
    std::size_t operator()(const Watcher& watcher) const noexcept {
      return std::hash<ActorRef>{}(watcher.ref) * 31 + watcher.number;
    }
  };
  /// Most actors have none.
  struct Relations {
    std::unordered_set<Watcher, WatcherHash> watchers;
    std::unordered_set<ActorRef> links;
    std::unordered_set<ActorRef> children;
    std::shared_ptr<const Lineage> lineage;  ///< see lineage(); null: nobody has asked for it
  };

  [[nodiscard]] Relations& relations();
  void notify(const ActorRef& to, MessageKind kind, std::uint64_t number, const Reason& reason,
              bool restarting, caf::execution_unit* from) const;

  std::unique_ptr<Relations> relations_;
  std::unique_ptr<std::vector<std::string>> names_;  ///< the registered ones; null: none
  mutable std::unique_ptr<Reason> reason_;
  const std::shared_ptr<const Lineage> above_;
  const std::string name_;
};

}  // namespace moonwright::actors
