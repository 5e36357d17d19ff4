// reloading.hpp: new source for actors that run.
#pragma once

#include <functional>
#include <vector>

#include "actors/address.hpp"
#include "moonwright/reload.hpp"
#include "moonwright/result.hpp"
#include "moonwright/script.hpp"

namespace moonwright::actors {

class Core;

using ReloadDone = std::function<void(Result<ReloadReport>)>;

/// Makes the next generation of a script, and has all actors that run it go on with that. Answers
/// the generation at once; `done`, if not null, is called once with how it went, on the thread of
/// whoever answers last, unless this fails. Errors: of compiling, after which nothing has changed;
/// not_found (nobody runs it); invalid_argument.
/// Thread: any.
[[nodiscard]] Result<std::uint32_t> reload(Core& core, const Script& script,
                                           const ReloadOptions& options, ReloadDone done);
/// The same for one actor; others of its script follow when they begin another life.
[[nodiscard]] Result<std::uint32_t> reload(Core& core, const ActorRef& actor,
                                           const ReloadOptions& options, ReloadDone done);

/// See Runtime::reload_changed().
[[nodiscard]] std::vector<ChangedScript> reload_changed(Core& core, const ReloadOptions& options);

}  // namespace moonwright::actors
