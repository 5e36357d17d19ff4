// grants.cpp: see grants.hpp.
#include "actors/grants.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "actors/file_module.hpp"
#include "actors/host_modules.hpp"

namespace moonwright::actors {
namespace {

using runtime::LibrarySet;
using ModulePtr = std::shared_ptr<const runtime::HostModule>;

Result<Sandbox> grant_level(const SandboxOptions& asked, const SandboxOptions& defaults,
                            const Grants* spawner) {
  const Sandbox usual = defaults.level.value_or(Sandbox::restricted);
  if (spawner == nullptr) return asked.level.value_or(usual);
  const Sandbox level = asked.level.value_or(std::max(usual, spawner->level));
  if (level >= spawner->level) return level;
  return fail(ErrorCode::denied, "sandbox level " + std::string(to_string(level)) +
                                     " is more than the spawner has itself, which is " +
                                     std::string(to_string(spawner->level)));
}

Result<LibrarySet> grant_libraries(const SandboxOptions& asked, const SandboxOptions& defaults,
                                   Sandbox level, const Grants* spawner) {
  if (asked.libraries) {
    auto set = libraries_of(*asked.libraries, level);
    if (!set || spawner == nullptr) return set;
    const auto missing = set->without(spawner->libraries).first();
    if (!missing) return set;
    return fail(ErrorCode::denied, "library '" + std::string(to_string(*missing)) +
                                       "' is more than the spawner has itself");
  }
  LibrarySet set = LibrarySet::of(level);
  if (defaults.libraries) {
    auto usual = libraries_of(*defaults.libraries, Sandbox::none);
    if (!usual) return usual;
    set = set.common_with(*usual);
  }
  return spawner == nullptr ? set : set.common_with(spawner->libraries);
}

Result<std::string> real_path(const std::string& path, std::string_view root) {
  const std::string full = path.starts_with('/') ? path : std::string(root) + path;
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(full.c_str(), nullptr),
                                                         &std::free);
  if (real != nullptr) return std::string(real.get());
  const int reason = errno;
  return fail(reason == ENOENT || reason == ENOTDIR ? ErrorCode::not_found : ErrorCode::io,
              "capability fs: '" + path + "': " + std::generic_category().message(reason));
}

bool is_below_one(const std::string& path, const std::vector<std::string>& folders) {
  return std::any_of(folders.begin(), folders.end(),
                     [&path](const std::string& folder) { return is_below(path, folder); });
}

/// Whether what is granted is asked for, or comes by default and is lowered to what there is.
enum class Manner : std::uint8_t { asked, by_default };

class Granting {
 public:
  Granting(const GrantSources& sources, const Grants* spawner, Manner manner)
      : sources_(sources),
        own_(spawner == nullptr || spawner->trusted() ? nullptr : spawner->capabilities.get()),
        bounded_(spawner != nullptr && !spawner->trusted()),
        manner_(manner) {}

  Result<std::shared_ptr<const GrantedCapabilities>> run(const Capabilities& wanted) {
    auto granted = std::make_shared<GrantedCapabilities>();
    const FileAccess own_files = own_ != nullptr ? own_->files : FileAccess{};
    if (auto done = add_files(wanted.fs.read, own_files.read, "read", granted->files.read); !done) {
      return fail(std::move(done.error()));
    }
    if (auto done = add_files(wanted.fs.write, own_files.write, "write", granted->files.write);
        !done) {
      return fail(std::move(done.error()));
    }
    if (!granted->files.read.empty() || !granted->files.write.empty()) {
      granted->modules[kFileModule] = make_file_module(granted->files, std::string(sources_.root));
    }
    for (const std::string& name : wanted.modules) {
      auto module = find_module(name);
      if (!module) return fail(std::move(module.error()));
      if (*module != nullptr) granted->modules[name] = std::move(*module);
    }
    return granted;
  }

 private:
  Result<void> add_files(const std::vector<std::string>& paths, const std::vector<std::string>& own,
                         const char* kind, std::vector<std::string>& out) {
    for (const std::string& path : paths) {
      auto real = real_path(path, sources_.root);
      if (!real) return fail(std::move(real.error()));
      if (!bounded_ || is_below_one(*real, own)) {
        out.push_back(std::move(*real));
      } else if (manner_ == Manner::asked) {
        return fail(ErrorCode::denied, "capability fs." + std::string(kind) + " of '" + path +
                                           "' is more than the spawner has itself");
      }
    }
    return {};
  }

  /// Null: not to be had, and only a default.
  Result<ModulePtr> find_module(const std::string& name) {
    const ModulePtr known = sources_.modules.find(name);
    if (known == nullptr) {
      return fail(ErrorCode::not_found, "there is no capability '" + name + "': " + list());
    }
    if (!bounded_) return known;
    if (own_ != nullptr) {
      // The spawner's own, as it was given it.
      if (const auto at = own_->modules.find(name); at != own_->modules.end()) return at->second;
    }
    if (manner_ == Manner::by_default) return nullptr;
    return fail(ErrorCode::denied, "capability '" + name + "' is more than the spawner has itself");
  }

  [[nodiscard]] std::string list() const {
    std::string text = "there is fs";
    for (const std::string& name : sources_.modules.names()) text += ", " + name;
    return text;
  }

  const GrantSources& sources_;
  const GrantedCapabilities* own_;
  bool bounded_;
  Manner manner_;
};

}  // namespace

Result<LibrarySet> libraries_of(const std::vector<std::string>& names, Sandbox level) {
  LibrarySet set;
  for (const std::string& name : names) {
    if (name == "print") continue;  // always there
    const auto library = runtime::find_library(name);
    if (!library) {
      std::string all = "print";
      for (const std::string_view known : runtime::kLibraryNames) all.append(", ").append(known);
      return fail(ErrorCode::invalid_argument,
                  "there is no library '" + name + "': there are " + all);
    }
    if (level > runtime::lowest_level(*library)) {
      return fail(ErrorCode::denied, "library '" + name + "' is not for sandbox level " +
                                         std::string(to_string(level)) + ", but for " +
                                         std::string(to_string(runtime::lowest_level(*library))));
    }
    set.add(*library);
  }
  return set;
}

Result<Grants> grant(const SandboxOptions& asked, const GrantSources& sources,
                     const Grants* spawner) {
  auto level = grant_level(asked, sources.defaults, spawner);
  if (!level) return fail(std::move(level.error()));
  auto libraries = grant_libraries(asked, sources.defaults, *level, spawner);
  if (!libraries) return fail(std::move(libraries.error()));
  Grants grants{*level, *libraries, nullptr};
  const auto& wanted = asked.capabilities ? asked.capabilities : sources.defaults.capabilities;
  if (!wanted || *wanted == Capabilities{}) return grants;
  // What does not exist is an error at level `none` too, where everything is there without asking.
  const Manner manner = asked.capabilities ? Manner::asked : Manner::by_default;
  auto capabilities = Granting(sources, spawner, manner).run(*wanted);
  if (!capabilities) return fail(std::move(capabilities.error()));
  grants.capabilities = std::move(*capabilities);
  return grants;
}

}  // namespace moonwright::actors
