// reloading.cpp: see reloading.hpp.
#include "actors/reloading.hpp"

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actors/core.hpp"
#include "actors/host_port.hpp"
#include "actors/script_actor.hpp"

namespace moonwright::actors {
namespace {

/// Counts the answers of those who were asked.
///
/// Thread: any.
class Gathering {
 public:
  Gathering(std::uint32_t generation, std::size_t count, ReloadDone done)
      : missing_(count), done_(std::move(done)) {
    report_.generation = generation;
  }

  void take(const ActorRef& actor, const Result<Values>& answer) {
    {
      const std::lock_guard lock(mutex_);
      if (answer && answer->front().as_integer() < report_.generation) {
        report_.kept.push_back(
            {actor, {ErrorCode::error, "another actor could not begin with it", {}}});
      } else if (answer) {
        ++report_.reloaded;
      } else if (answer.error().code == ErrorCode::dead ||
                 answer.error().code == ErrorCode::killed ||
                 answer.error().code == ErrorCode::stopped) {
        ++report_.ended;
      } else {
        report_.kept.push_back({actor, answer.error()});
      }
      if (--missing_ > 0) return;
    }
    done_(std::move(report_));
  }

 private:
  std::mutex mutex_;
  std::size_t missing_;  ///< under mutex_
  ReloadReport report_;  ///< under mutex_ until nobody is missing
  const ReloadDone done_;
};

void ask(Core& core, const ActorRef& actor, std::uint32_t generation, const ReloadOptions& options,
         HostPort::Done done) {
  MessagePtr message(
      Message::make(MessageKind::reload, "reloaded: generation " + std::to_string(generation)));
  message->privileged = options.forced;
  if (done) {
    message->sender = core.port();
    message->correlation = HostPort::of(core.port()).open(kNever, std::move(done));
    if (message->correlation == 0) return;
  }
  Address::of(*actor.target()).deliver(std::move(message), nullptr);
}

void ask_all(Core& core, const std::vector<ActorRef>& actors, std::uint32_t generation,
             const ReloadOptions& options, ReloadDone done) {
  if (done == nullptr) {
    for (const ActorRef& each : actors) ask(core, each, generation, options, nullptr);
    return;
  }
  if (actors.empty()) return done(ReloadReport{generation});
  const auto gathering = std::make_shared<Gathering>(generation, actors.size(), std::move(done));
  for (const ActorRef& each : actors) {
    ask(core, each, generation, options,
        [gathering, each](const Result<Values>& answer) { gathering->take(each, answer); });
  }
}

/// Those who run one of `sources`.
std::vector<ActorRef> who_runs(Core& core, const std::set<const ScriptSource*>& sources) {
  std::vector<ActorRef> found;
  core.live().for_each([&](LiveEntry& entry) {
    auto& actor = static_cast<ActorBase&>(entry);
    if (actor.kind() != AddressKind::script) return;
    const auto& script = static_cast<const ScriptActor&>(actor);
    if (sources.contains(script.plan().source.get())) found.push_back(ActorRef::of(&actor));
  });
  return found;
}

/// Those that are texts of this name.
std::set<std::shared_ptr<ScriptSource>> texts_named(Core& core, const std::string& name) {
  std::set<std::shared_ptr<ScriptSource>> found;
  core.live().for_each([&](LiveEntry& entry) {
    auto& actor = static_cast<ActorBase&>(entry);
    if (actor.kind() != AddressKind::script) return;
    const auto& source = static_cast<const ScriptActor&>(actor).plan().source;
    if (!source->script().is_file() && source->script().name() == name) found.insert(source);
  });
  return found;
}

}  // namespace

Result<std::uint32_t> reload(Core& core, const Script& script, const ReloadOptions& options,
                             ReloadDone done) {
  if (script.empty()) return fail(ErrorCode::invalid_argument, "no script was given");
  if (script.is_file()) {
    const auto source = core.scripts().find_file(script.name());
    if (source == nullptr) {
      return fail(ErrorCode::not_found, "no actor was made of '" + script.name() + "'");
    }
    auto generation = core.scripts().renew(*source);
    if (!generation) return fail(std::move(generation.error()));
    ask_all(core, who_runs(core, {source.get()}), *generation, options, std::move(done));
    return generation;
  }
  auto code = runtime::compile(script.source(), "=[string \"" + script.name() + "\"]");
  if (!code) return fail(std::move(code.error()));
  const auto sources = texts_named(core, script.name());
  if (sources.empty()) {
    return fail(ErrorCode::not_found, "no actor runs a text named '" + script.name() + "'");
  }
  const auto shared = std::make_shared<const runtime::Code>(std::move(*code));
  std::uint32_t generation = 0;
  std::set<const ScriptSource*> all;
  for (const auto& source : sources) {
    generation = std::max(generation, source->advance(shared));
    all.insert(source.get());
  }
  ask_all(core, who_runs(core, all), generation, options, std::move(done));
  return generation;
}

Result<std::uint32_t> reload(Core& core, const ActorRef& actor, const ReloadOptions& options,
                             ReloadDone done) {
  if (!actor || Address::of(*actor.target()).kind() != AddressKind::script) {
    return fail(ErrorCode::invalid_argument, "only an actor that runs a script can be reloaded");
  }
  const auto& source = ScriptActor::of(actor).plan().source;
  auto generation = core.scripts().renew(*source);
  if (!generation) return fail(std::move(generation.error()));
  ask_all(core, {actor}, *generation, options, std::move(done));
  return generation;
}

std::vector<ChangedScript> reload_changed(Core& core, const ReloadOptions& options) {
  std::vector<ChangedScript> changed;
  const ScriptStore::Changes changes = core.scripts().changes();
  std::set<std::string> broken;
  const auto renew = [&](ScriptSource& source) {
    auto generation = core.scripts().renew(source);
    if (generation) return *generation;
    changed.push_back({source.chunk_name().substr(1), 0, std::move(generation.error())});
    broken.insert(source.script().name());
    return std::uint32_t{0};
  };
  // Modules first, for their errors: whoever requires one that is broken stays as it is.
  std::vector<ScriptSource*> scripts;
  for (const auto& source : changes.sources) {
    if (!who_runs(core, {source.get()}).empty()) {
      scripts.push_back(source.get());
    } else if (changes.paths.contains(source->script().name())) {
      renew(*source);
    }
  }
  for (ScriptSource* const source : scripts) {
    if (source->requires_one_of(broken)) continue;
    const std::uint32_t generation = renew(*source);
    if (generation == 0) continue;
    changed.push_back({source->chunk_name().substr(1), generation, {}});
    ask_all(core, who_runs(core, {source}), generation, options, nullptr);
  }
  return changed;
}

}  // namespace moonwright::actors
