// grants.hpp: what one actor may do, decided when it is spawned.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "moonwright/result.hpp"
#include "moonwright/sandbox.hpp"
#include "runtime/host.hpp"
#include "runtime/library_set.hpp"

namespace moonwright::actors {

class HostModules;

/// What an actor may reach outside of its state. Immutable, shared by actors that have the same.
struct GrantedCapabilities {
  FileAccess files;  ///< real paths, links resolved
  /// By the name that `require` is given; `fs` among them.
  std::map<std::string, std::shared_ptr<const runtime::HostModule>, std::less<>> modules;
};

/// A sandbox as it is for one actor.
struct Grants {
  Sandbox level = Sandbox::restricted;
  runtime::LibrarySet libraries = runtime::LibrarySet::of(Sandbox::restricted);
  std::shared_ptr<const GrantedCapabilities> capabilities{};  ///< null: nothing; at `none` unused

  [[nodiscard]] bool trusted() const noexcept { return level == Sandbox::none; }

  friend bool operator==(const Grants&, const Grants&) = default;
};

/// Where grants come from.
struct GrantSources {
  const SandboxOptions& defaults;
  const HostModules& modules;
  std::string_view root;  ///< where relative paths begin: a real path with a slash at its end
};

/// What an actor gets that is spawned with `asked`, by `spawner` or, if that is null, by the host.
/// Errors: denied (more than the spawner has), not_found (a module or a path), invalid_argument (a
/// library), io.
[[nodiscard]] Result<Grants> grant(const SandboxOptions& asked, const GrantSources& sources,
                                   const Grants* spawner);

/// The problem with the names of libraries, if there is one: none of that name, or not at `level`.
[[nodiscard]] Result<runtime::LibrarySet> libraries_of(const std::vector<std::string>& names,
                                                       Sandbox level);

}  // namespace moonwright::actors
