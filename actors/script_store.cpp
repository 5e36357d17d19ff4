// script_store.cpp: paths, signatures and the cache of compiled code.
#include "actors/script_store.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace moonwright::actors {
namespace {

/// Compiled scripts that are kept; when there are more, all are dropped and compiled again as
/// needed.
constexpr std::size_t kEntriesMax = 1'024;
/// Source texts longer than this are compiled each time: a program that makes up its scripts would
/// fill the cache with what never comes again.
constexpr std::size_t kTextBytesMax = 64u << 10;
constexpr std::size_t kTextsBytesMax = 8u << 20;

Error path_error(int reason, const std::string& shown) {
  const bool missing = reason == ENOENT || reason == ENOTDIR;
  return {missing ? ErrorCode::not_found : ErrorCode::io,
          "cannot read '" + shown + "': " + std::generic_category().message(reason),
          {}};
}

std::string real_path(const std::string& path) {
  std::unique_ptr<char, decltype(&std::free)> resolved(::realpath(path.c_str(), nullptr),
                                                       &std::free);
  return resolved ? std::string(resolved.get()) : std::string();
}

/// Whether `path` is relative and none of its parts is `..`.
bool stays_below(std::string_view path) {
  if (path.empty() || path.front() == '/' || path.find('\0') != std::string_view::npos)
    return false;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (path.substr(0, end) == "..") return false;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return true;
}

}  // namespace

Result<std::unique_ptr<ScriptStore>> ScriptStore::open(const std::string& root) {
  const std::string given = root.empty() ? "." : root;
  struct stat status {};
  if (::stat(given.c_str(), &status) != 0) return fail(path_error(errno, given));
  if (!S_ISDIR(status.st_mode)) {
    return fail(ErrorCode::io, "the script root '" + given + "' is no folder");
  }
  std::unique_ptr<ScriptStore> store(new ScriptStore(given == "." ? "" : given + "/"));
  store->real_root_ = real_path(given);
  // Without it every path would count as being below the root.
  if (store->real_root_.empty()) return fail(path_error(errno, given));
  if (!store->real_root_.ends_with('/')) store->real_root_ += '/';
  return store;
}

Result<ScriptStore::SourcePtr> ScriptStore::load(const Script& script, bool trusted,
                                                 const runtime::CompileBudget& budget) {
  if (script.empty()) return fail(ErrorCode::invalid_argument, "no script was given");
  if (!script.is_file()) return load_text(script, budget);
  const std::string& name = script.name();
  if (!trusted && !stays_below(name)) {
    return fail(ErrorCode::denied, "'" + name +
                                       "' is not below the program's folder: at this sandbox level "
                                       "a path is relative and has no '..'");
  }
  const std::string path = name.starts_with('/') ? name : real_root_ + name;
  const std::string shown = name.starts_with('/') ? name : root_ + name;
  return load_file(path, shown, trusted, budget);
}

Result<std::uint32_t> ScriptStore::renew(ScriptSource& source) {
  if (!source.script().is_file()) {
    return fail(ErrorCode::invalid_argument,
                "'" + source.script().name() + "' is a text: reload it with another one");
  }
  const std::string& path = source.script().name();
  // What it looks like now, before it is read: a change after that is another one.
  const auto signature = signature_of(path);
  auto text = runtime::read_file(path);
  if (!text) return fail(std::move(text.error()));
  auto code = runtime::compile(*text, source.chunk_name(), {});
  if (!code) return fail(std::move(code.error()));
  const std::lock_guard lock(mutex_);
  const auto at = files_.find(path);
  if (at != files_.end() && at->second.source.get() == &source && signature) {
    at->second.signature = *signature;
  }
  return source.advance(std::make_shared<const runtime::Code>(std::move(*code)));
}

ScriptStore::SourcePtr ScriptStore::find_file(const std::string& name) {
  const std::string path = name.starts_with('/') ? name : real_root_ + name;
  const std::lock_guard lock(mutex_);
  const auto at = files_.find(path);
  return at == files_.end() ? nullptr : at->second.source;
}

ScriptStore::Changes ScriptStore::changes() {
  Changes changes;
  const std::lock_guard lock(mutex_);
  for (auto& [path, entry] : files_) {
    const auto now = signature_of(path);
    // A file that is gone for now is being written, mostly.
    if (!now || *now == entry.signature || *now == entry.told) continue;
    entry.told = *now;
    changes.paths.insert(path);
  }
  if (changes.paths.empty()) return changes;
  for (const auto& [path, entry] : files_) {
    if (changes.paths.contains(path) || entry.source->requires_one_of(changes.paths)) {
      changes.sources.push_back(entry.source);
    }
  }
  return changes;
}

void ScriptStore::forget_unused() {
  std::erase_if(files_, [](const auto& each) { return each.second.source.use_count() == 1; });
}

Result<ScriptStore::CodePtr> ScriptStore::load_module(std::string_view name, ScriptSource* user) {
  std::string relative(name);
  for (char& letter : relative) {
    if (letter == '.') letter = '/';
  }
  if (!stays_below(relative) || relative.find("//") != std::string::npos) {
    return fail(ErrorCode::not_found, "'" + std::string(name) + "' is no name of a module");
  }
  std::string looked;
  for (const char* folder : {"", "lua_modules/share/lua/5.4/"}) {
    for (const char* ending : {".lua", "/init.lua"}) {
      const std::string file = folder + relative + ending;
      auto source = load_file(real_root_ + file, root_ + file, false, {});
      if (source) {
        if (user != nullptr) user->note_module(real_root_ + file);
        return (*source)->newest().code;
      }
      if (source.error().code != ErrorCode::not_found) return fail(std::move(source.error()));
      looked += "\n\tno file '" + root_ + file + "'";
    }
  }
  return fail(ErrorCode::not_found, "module '" + std::string(name) + "' not found:" + looked);
}

Result<ScriptStore::SourcePtr> ScriptStore::load_text(const Script& script,
                                                      const runtime::CompileBudget& budget) {
  const bool keeps = script.source().size() <= kTextBytesMax;
  std::string key = script.name() + '\0' + script.source();
  {
    const std::lock_guard lock(mutex_);
    if (const auto at = texts_.find(key); at != texts_.end()) return at->second;
  }
  auto code = runtime::compile(script.source(), "=[string \"" + script.name() + "\"]", budget);
  if (!code) return fail(std::move(code.error()));
  auto shared = std::make_shared<ScriptSource>(
      script, std::make_shared<const runtime::Code>(std::move(*code)));
  if (!keeps) return shared;
  const std::lock_guard lock(mutex_);
  if (texts_.size() >= kEntriesMax || texts_bytes_ + key.size() > kTextsBytesMax) {
    texts_.clear();
    texts_bytes_ = 0;
  }
  const std::size_t size = key.size();
  if (texts_.insert_or_assign(std::move(key), shared).second) texts_bytes_ += size;
  return shared;
}

Result<ScriptStore::SourcePtr> ScriptStore::load_file(const std::string& path,
                                                      const std::string& shown, bool trusted,
                                                      const runtime::CompileBudget& budget) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return fail(path_error(errno, shown));
  if (S_ISDIR(status.st_mode)) return fail(path_error(EISDIR, shown));
  if (!trusted && !S_ISREG(status.st_mode)) {
    return fail(ErrorCode::denied, "'" + shown + "' is no regular file");
  }
  const Signature signature = signature_of(status);
  const auto refuse_outside = [&shown] {
    return fail(ErrorCode::denied, "'" + shown + "' leads out of the program's folder");
  };
  {
    const std::lock_guard lock(mutex_);
    const auto at = files_.find(path);
    if (at != files_.end() && at->second.signature == signature) {
      if (!trusted && !at->second.below_root) return refuse_outside();
      return at->second.source;
    }
  }
  Entry entry{signature, is_below_root(path), nullptr, signature};
  if (!trusted && !entry.below_root) return refuse_outside();
  auto source = runtime::read_file(path);
  if (!source) return fail(std::move(source.error()));
  auto code = runtime::compile(*source, "@" + shown, budget);
  if (!code) return fail(std::move(code.error()));
  auto shared = std::make_shared<const runtime::Code>(std::move(*code));
  const std::lock_guard lock(mutex_);
  if (const auto at = files_.find(path); at != files_.end()) {
    // Two that find a change at the same time make one generation of it.
    if (at->second.signature != signature) at->second.source->advance(std::move(shared));
    entry.source = at->second.source;
    return (at->second = std::move(entry)).source;
  }
  if (files_.size() >= kEntriesMax) forget_unused();
  entry.source = std::make_shared<ScriptSource>(Script::file(path), std::move(shared));
  return files_.insert_or_assign(path, std::move(entry)).first->second.source;
}

ScriptStore::Signature ScriptStore::signature_of(const struct stat& status) {
  return {status.st_dev, status.st_ino, status.st_size,
          status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec};
}

std::optional<ScriptStore::Signature> ScriptStore::signature_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return signature_of(status);
}

bool ScriptStore::is_below_root(const std::string& path) const {
  return real_path(path).starts_with(real_root_);
}

}  // namespace moonwright::actors
