// script_store.hpp: where scripts and modules come from: found, checked, compiled once.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "actors/script_source.hpp"
#include "moonwright/options.hpp"
#include "moonwright/result.hpp"
#include "runtime/code.hpp"

struct stat;

namespace moonwright::actors {

/// Thread: any.
class ScriptStore {
 public:
  using CodePtr = std::shared_ptr<const runtime::Code>;
  using SourcePtr = std::shared_ptr<ScriptSource>;

  /// Errors: not_found or io if `root` is no folder.
  [[nodiscard]] static Result<std::unique_ptr<ScriptStore>> open(const std::string& root);

  /// `script`, compiled; compiled again only if the file has changed, which is a new generation.
  /// @param trusted whether any path is allowed; otherwise it stays below the root: no absolute
  ///   path, no `..`, no link that leads out.
  /// Errors: not_found, io, denied, syntax_error, too_large, invalid_argument; those of compile().
  /// @param budget of the compilation, if there is one.
  [[nodiscard]] Result<SourcePtr> load(const Script& script, bool trusted,
                                       const runtime::CompileBudget& budget = {});

  /// Compiles the file of `source` again, which is a new generation whether it has changed or not:
  /// what it requires may have. Errors: as load(); then nothing has happened. invalid_argument: it
  /// is no file.
  [[nodiscard]] Result<std::uint32_t> renew(ScriptSource& source);
  /// The source of a file, if it has ever been loaded.
  [[nodiscard]] SourcePtr find_file(const std::string& name);
  /// The files that are not any more what was compiled, by path, each once for each change; and the
  /// sources that are one of them or require one.
  struct Changes {
    std::set<std::string> paths;
    std::vector<SourcePtr> sources;
  };
  [[nodiscard]] Changes changes();

  /// The code of the module `name` ("lib.util"): name.lua or name/init.lua below the root, then
  /// below lua_modules/share/lua/5.4. Errors: as load(); not_found lists where it looked.
  /// @param user who requires it, which is noted there; null: nobody.
  [[nodiscard]] Result<CodePtr> load_module(std::string_view name, ScriptSource* user = nullptr);

  /// The root with all links resolved, and a slash at its end.
  [[nodiscard]] const std::string& real_root() const noexcept { return real_root_; }

 private:
  /// What tells whether a file is still the one that was compiled.
  struct Signature {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t modified_ns = 0;
    friend bool operator==(const Signature&, const Signature&) = default;
  };
  struct Entry {
    Signature signature;
    bool below_root = false;
    SourcePtr source;
    Signature told{};  ///< of the last change that changes() has told of
  };

  explicit ScriptStore(std::string root) : root_(std::move(root)) {}
  [[nodiscard]] Result<SourcePtr> load_file(const std::string& path, const std::string& shown,
                                            bool trusted, const runtime::CompileBudget& budget);
  [[nodiscard]] Result<SourcePtr> load_text(const Script& script,
                                            const runtime::CompileBudget& budget);
  [[nodiscard]] bool is_below_root(const std::string& path) const;
  void forget_unused();
  [[nodiscard]] static Signature signature_of(const struct stat& status);
  [[nodiscard]] static std::optional<Signature> signature_of(const std::string& path);

  const std::string root_;  ///< as it was given; files are shown to people under this path
  std::string real_root_;   ///< with all links resolved
  std::mutex mutex_;
  std::unordered_map<std::string, Entry> files_;      ///< by path
  std::unordered_map<std::string, SourcePtr> texts_;  ///< by name and source
  std::size_t texts_bytes_ = 0;                       ///< of the keys of `texts_`
};

}  // namespace moonwright::actors
