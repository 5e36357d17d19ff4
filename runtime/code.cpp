// code.cpp: compiling in a state that lives for one compilation.
#include "runtime/code.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <lua.hpp>
#include <memory>
#include <system_error>

#include "moonwright/bytes.hpp"
#include "moonwright/script.hpp"
#include "runtime/allocator.hpp"

namespace moonwright::runtime {
namespace {

struct FileCloser {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

int append_dump(lua_State*, const void* piece, std::size_t size, void* out) noexcept {
  try {
    static_cast<std::string*>(out)->append(static_cast<const char*>(piece), size);
    return 0;
  } catch (...) {
    return 1;
  }
}

struct Compilation {
  std::string_view source;
  const char* chunk_name;
  const CompileBudget& budget;
  std::string dump{};
  bool given_up = false;
};

const char* read_source(lua_State*, void* job, std::size_t* size) {
  auto& compilation = *static_cast<Compilation*>(job);
  *size = std::min(compilation.source.size(), kCompileBytes);
  if (*size == 0) return nullptr;
  if (compilation.budget.go_on && !compilation.budget.go_on(*size)) {
    compilation.given_up = true;
    *size = 0;
    return nullptr;
  }
  const char* const piece = compilation.source.data();
  compilation.source.remove_prefix(*size);
  return piece;
}

/// Runs protected: loading and dumping may both raise memory errors.
int compile_protected(lua_State* L) {
  auto* job = static_cast<Compilation*>(lua_touserdata(L, 1));
  const int status = lua_load(L, read_source, job, job->chunk_name, "t");
  if (status != LUA_OK) return lua_error(L);
  if (lua_dump(L, append_dump, &job->dump, 0) != 0) return luaL_error(L, "not enough memory");
  return 0;
}

std::string_view without_first_line_comment(std::string_view source) {
  if (source.starts_with("\xEF\xBB\xBF")) source.remove_prefix(3);
  if (!source.starts_with('#')) return source;
  const std::size_t end = source.find('\n');
  return end == std::string_view::npos ? std::string_view{} : source.substr(end);
}

/// FNV-1a.
std::uint64_t hash_of(std::string_view text) noexcept {
  std::uint64_t hash = 14695981039346656037u;
  for (const char letter : text) {
    hash = (hash ^ static_cast<unsigned char>(letter)) * 1099511628211u;
  }
  return hash;
}

}  // namespace

void Code::push(lua_State* L) const {
  if (luaL_loadbufferx(L, dump_.data(), dump_.size(), chunk_name_.c_str(), "b") != LUA_OK) {
    lua_error(L);
  }
}

Result<Code> compile(std::string_view source, std::string chunk_name, const CompileBudget& budget) {
  if (source.size() > kSourceBytesMax) {
    return fail(ErrorCode::too_large, "the source has " + format_bytes(source.size()) +
                                          ", more than " + format_bytes(kSourceBytesMax));
  }
  if (source.starts_with(LUA_SIGNATURE)) {
    return fail(ErrorCode::syntax_error, "this is bytecode; only source text is accepted");
  }
  // The state is never closed: all of it is in the allocator, and goes with it.
  Allocator allocator(budget.memory_bytes_max, 0);
  lua_State* const L = lua_newstate(Allocator::allocate, &allocator);
  if (L == nullptr) return fail(ErrorCode::memory_limit, "no memory to compile a script");
  Compilation job{without_first_line_comment(source), chunk_name.c_str(), budget};
  lua_pushcfunction(L, compile_protected);
  lua_pushlightuserdata(L, &job);
  const int status = lua_pcall(L, 1, 0, 0);
  if (job.given_up) return fail(ErrorCode::cancelled, "compiling was given up");
  if (status != LUA_OK) {
    const char* text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "cannot compile";
    return fail(status == LUA_ERRMEM ? ErrorCode::memory_limit : ErrorCode::syntax_error, text);
  }
  Code code;
  code.chunk_name_ = std::move(chunk_name);
  code.dump_ = std::move(job.dump);
  code.hash_ = hash_of(source);
  return code;
}

Result<std::string> read_file(const std::string& path) {
  std::unique_ptr<std::FILE, FileCloser> file(std::fopen(path.c_str(), "rbe"));
  const auto refuse = [&path](int reason) {
    return fail(reason == ENOENT || reason == ENOTDIR ? ErrorCode::not_found : ErrorCode::io,
                "cannot read '" + path + "': " + std::generic_category().message(reason));
  };
  if (!file) return refuse(errno);
  std::string text;
  char piece[16384];
  for (;;) {
    const std::size_t count = std::fread(piece, 1, sizeof piece, file.get());
    if (count == 0) break;
    text.append(piece, count);
    if (text.size() > kSourceBytesMax) {
      return fail(ErrorCode::too_large,
                  "'" + path + "' is larger than " + format_bytes(kSourceBytesMax));
    }
  }
  if (std::ferror(file.get()) != 0) return refuse(errno);
  return text;
}

}  // namespace moonwright::runtime

namespace moonwright {

Result<void> check(const Script& script) {
  std::string source = script.source();
  std::string chunk_name = "=[string \"" + script.name() + "\"]";
  if (script.is_file()) {
    auto text = runtime::read_file(script.name());
    if (!text) return fail(std::move(text.error()));
    source = std::move(*text);
    chunk_name = "@" + script.name();
  }
  auto code = runtime::compile(source, std::move(chunk_name));
  if (!code) return fail(std::move(code.error()));
  return {};
}

}  // namespace moonwright
