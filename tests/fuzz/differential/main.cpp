// main.cpp: the same program in plain Lua and with our libraries: the same answer, or the same
// error. Prints the first program for which that is not so, made as short as it can be.
#include <cstdio>
#include <cstdlib>
#include <lua.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "generator.hpp"
#include "runtime/allocator.hpp"
#include "runtime/state.hpp"

namespace moonwright::differential {
namespace {

/// What the programs use to show what they got, and what is left open: the addresses of objects,
/// which of two values is named first by an error of comparing, and the order of a table's fields.
constexpr std::string_view kPrelude = R"lua(
local lines, a, b, c = {}, "abc", "key = value", ""
local format, concat, sort = string.format, table.concat, table.sort
local type, tostring, next, mathtype = type, tostring, next, math.type
local function text(v, depth)
  if type(v) == "string" then
    v = v:gsub("0x%x%x%x%x%x%x%x+", "ADDRESS")
    v = v:gsub("table%.sort:%d+: ", "")
    v = v:gsub("attempt to compare .*", "attempt to compare")
    return format("%q", v)
  end
  if mathtype(v) == "float" and v ~= v then return "nan" end
  if mathtype(v) then return format("%q", v) end
  if v == nil or type(v) == "boolean" then return tostring(v) end
  if type(v) ~= "table" then return type(v) end
  if depth > 4 then return "..." end
  local fields = {}
  for k, x in next, v do fields[#fields + 1] = text(k, 5) .. "=" .. text(x, depth + 1) end
  sort(fields)
  return "{" .. concat(fields, ",") .. "}"
end
local function show(...)
  local shown = {}
  for i = 1, select("#", ...) do shown[i] = text((select(i, ...)), 0) end
  lines[#lines + 1] = concat(shown, ", ")
end
local function log(...) show("log", ...) end
local function all(f, s, i)
  local found = {}
  for x, y in f, s, i do
    found[#found + 1] = { x, y }
    if #found > 50 then break end
  end
  return found
end
local function order(v) return type(v) .. (type(v) == "table" and "" or tostring(v)) end
)lua";

std::string code_of(const Program& program) {
  std::string code(kPrelude);
  for (const std::string& statement : program) code += statement + "\n";
  return code + "return concat(lines, '\\n')";
}

/// What the program answers, run in `L`.
std::string run(lua_State* L, const std::string& code) {
  int status = luaL_loadbufferx(L, code.data(), code.size(), "=program", "t");
  if (status == LUA_OK) status = lua_pcall(L, 0, 1, 0);
  std::size_t size = 0;
  const char* text = lua_tolstring(L, -1, &size);
  std::string answer = text != nullptr ? std::string(text, size) : "(no text)";
  lua_settop(L, 0);
  return status == LUA_OK ? answer : "failed: " + answer;
}

struct Answers {
  std::string plain;
  std::string ours;

  [[nodiscard]] bool agree() const { return plain == ours; }
};

Answers answers_to(const Program& program) {
  const std::string code = code_of(program);
  Answers answers;
  // The Lua that we build asks its allocator for a seed; all else in this state is upstream's.
  runtime::Allocator allocator(kUnlimited, 1);
  const std::unique_ptr<lua_State, void (*)(lua_State*)> plain(
      lua_newstate(runtime::Allocator::allocate, &allocator), lua_close);
  luaL_openlibs(plain.get());
  answers.plain = run(plain.get(), code);
  auto state = runtime::State::open({});
  if (state) answers.ours = run((*state)->lua(), code);
  return answers;
}

/// Leaves out what is not needed for the answers to differ.
Program shortest(Program program) {
  for (std::size_t i = program.size(); i-- > 0;) {
    Program shorter = program;
    shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(i));
    if (!answers_to(shorter).agree()) program = std::move(shorter);
  }
  return program;
}

void report(std::uint64_t seed, const Program& program) {
  const Program reduced = shortest(program);
  const Answers answers = answers_to(reduced);
  std::printf("seed %llu: the answers differ\n", static_cast<unsigned long long>(seed));
  for (const std::string& statement : reduced) std::printf("  %s\n", statement.c_str());
  std::printf("plain Lua:\n%s\nours:\n%s\n", answers.plain.c_str(), answers.ours.c_str());
}

int main_with(int argc, char** argv) {
  std::uint64_t seed = 1;
  std::uint64_t count = 3'000;
  std::uint64_t failures_max = 1;
  bool prints = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    const bool has_value = i + 1 < argc;
    if (option == "--print") {
      prints = true;
    } else if (option == "--seed" && has_value) {
      seed = std::strtoull(argv[++i], nullptr, 10);
    } else if (option == "--count" && has_value) {
      count = std::strtoull(argv[++i], nullptr, 10);
    } else if (option == "--failures" && has_value) {
      failures_max = std::strtoull(argv[++i], nullptr, 10);
    } else {
      std::printf(
          "differential_fuzz [--seed FIRST] [--count N] [--failures MAX] [--print]\n"
          "Runs N programs, each made from a seed, in plain Lua and with our libraries.\n");
      return option == "--help" ? 0 : 2;
    }
  }
  std::uint64_t failures = 0;
  for (std::uint64_t i = 0; i < count && failures < failures_max; ++i) {
    const Program program = Generator(seed + i).program();
    if (prints) std::printf("%s\n", code_of(program).c_str());
    if (answers_to(program).agree()) continue;
    ++failures;
    report(seed + i, program);
  }
  if (failures == 0) {
    std::printf("%llu programs from seed %llu on: no difference\n",
                static_cast<unsigned long long>(count), static_cast<unsigned long long>(seed));
  }
  return failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace moonwright::differential

int main(int argc, char** argv) { return moonwright::differential::main_with(argc, argv); }
