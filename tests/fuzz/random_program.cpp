// random_program.cpp: a grammar, walked at random.
#include "random_program.hpp"

#include <array>
#include <cstddef>
#include <random>
#include <string_view>
#include <utility>

namespace moonwright::fuzz {
namespace {

/// What can stand where a value stands. All of them compile everywhere.
constexpr std::string_view kConstants[] = {
    "nil",
    "true",
    "false",
    "0",
    "1",
    "-1",
    "2",
    "3",
    "10",
    "255",
    "1000",
    "0.5",
    "-0.0",
    "1e308",
    "0/0",
    "1/0",
    "-1/0",
    "math.maxinteger",
    "math.mininteger",
    "1 << 31",
    "1 << 62",
    "2^53",
    "''",
    "'a'",
    "'abc'",
    "'10'",
    "'0x1p4'",
    "'\\0'",
    "'\\xff\\xfe'",
    "'äöü'",
    "'k'",
    "'n'",
    "('x'):rep(300)",
    "('ab'):rep(5000)",
    "'%a+'",
    "'(.-)%s'",
    "'%b()'",
    "'%f[%w]'",
    "'[^'",
    "'%1'",
    "'.-.-.-b'",
    "'%d %s %q %5.1f'",
    "'%p'",
    "'<i4 z s1'",
    "'!8 d'",
    "'__index'",
    "'__gc'",
    "...",
    "{...}",
    "select('#', ...)",
    "_ENV",
    "_G",
    "string",
    "table",
    "print",
    "error",
    "pcall",
    "coroutine.running()",
    "math.random()",
    "actor.self()",
    "me",
    "actor",
};

constexpr std::string_view kNames[] = {"a", "b", "c", "d", "t", "u", "f", "g", "s", "co"};

constexpr std::string_view kBinary[] = {
    "+",  "-", "*",  "/",   "//", "%", "^", "..", "==", "~=", "<",
    "<=", ">", ">=", "and", "or", "&", "|", "~",  "<<", ">>"};
constexpr std::string_view kUnary[] = {"-", "not ", "#", "~"};

constexpr std::string_view kEvents[] = {
    "__index", "__newindex", "__call", "__add",   "__sub",   "__concat",   "__len",  "__eq",
    "__lt",    "__le",       "__unm",  "__close", "__pairs", "__tostring", "__name", "__metatable",
    "__mode",  "__gc",       "__idiv", "__band",  "__shl",   "__bnot"};

constexpr std::string_view kFunctions[] = {"assert",
                                           "error",
                                           "getmetatable",
                                           "ipairs",
                                           "next",
                                           "pairs",
                                           "pcall",
                                           "print",
                                           "rawequal",
                                           "rawget",
                                           "rawlen",
                                           "rawset",
                                           "require",
                                           "select",
                                           "setmetatable",
                                           "tonumber",
                                           "tostring",
                                           "type",
                                           "warn",
                                           "xpcall",
                                           "coroutine.close",
                                           "coroutine.create",
                                           "coroutine.isyieldable",
                                           "coroutine.resume",
                                           "coroutine.running",
                                           "coroutine.status",
                                           "coroutine.wrap",
                                           "coroutine.yield",
                                           "math.abs",
                                           "math.ceil",
                                           "math.floor",
                                           "math.fmod",
                                           "math.max",
                                           "math.min",
                                           "math.modf",
                                           "math.random",
                                           "math.randomseed",
                                           "math.tointeger",
                                           "math.type",
                                           "math.ult",
                                           "string.byte",
                                           "string.char",
                                           "string.find",
                                           "string.format",
                                           "string.gmatch",
                                           "string.gsub",
                                           "string.len",
                                           "string.lower",
                                           "string.match",
                                           "string.pack",
                                           "string.packsize",
                                           "string.rep",
                                           "string.reverse",
                                           "string.sub",
                                           "string.unpack",
                                           "string.upper",
                                           "table.concat",
                                           "table.insert",
                                           "table.move",
                                           "table.pack",
                                           "table.remove",
                                           "table.sort",
                                           "table.unpack",
                                           "utf8.char",
                                           "utf8.codepoint",
                                           "utf8.codes",
                                           "utf8.len",
                                           "utf8.offset"};

constexpr std::string_view kActorFunctions[] = {
    "after", "all",  "any",     "call",  "defer", "every",    "fork",
    "info",  "log",  "monitor", "name",  "now",   "register", "request",
    "self",  "send", "sender",  "sleep", "spawn", "whereis",  "within"};

constexpr std::string_view kMethods[] = {"send",   "call", "request", "id",    "await",
                                         "cancel", "done", "reply",   "error", "rep",
                                         "sub",    "gsub", "find",    "format"};

class Generator {
 public:
  Generator(std::uint64_t seed, int statements, std::size_t generation)
      : random_(seed), left_(statements), brackets_(generation, '=') {}

  std::string program() {
    line("local actor = require 'actor'");
    line("local me = actor.self()");
    line("local a, b, c, d = 1, 'text', {1, 2, 3, k = 'v'}, 2.5");
    line("local t, u = {}, setmetatable({}, {__index = function(_, k) return k end})");
    line("local f, g = function(...) return ... end, function(x, y) return y, x end");
    line(
        "local s, co = ('abc '):rep(20), coroutine.wrap(function(...)"
        " while true do coroutine.yield(...) end end)");
    while (left_ > 0) guarded_statement();
    if (chance(3)) line("return " + pick(kNames));
    return std::move(text_);
  }

 private:
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }
  bool chance(std::size_t one_in) { return below(one_in) == 0; }
  template <std::size_t kSize>
  std::string pick(const std::string_view (&words)[kSize]) {
    return std::string(words[below(kSize)]);
  }

  void line(const std::string& text) {
    text_.append(static_cast<std::size_t>(indent_) * 2, ' ').append(text).append("\n");
  }

  // Expressions ----------------------------------------------------------------------------------

  std::string list(std::size_t most, int depth) {
    std::string text;
    for (std::size_t i = below(most + 1); i > 0; --i) {
      text += expression(depth);
      if (i > 1) text += ", ";
    }
    return text;
  }

  std::string expression(int depth) {
    if (depth <= 0) return chance(2) ? pick(kNames) : pick(kConstants);
    switch (below(12)) {
      case 0: return pick(kConstants);
      case 1:
      case 2: return pick(kNames);
      case 3:
        return "(" + expression(depth - 1) + " " + pick(kBinary) + " " + expression(depth - 1) +
               ")";
      case 4: return pick(kUnary) + "(" + expression(depth - 1) + ")";
      case 5: return constructor(depth - 1);
      case 6:
      case 7: return call(depth - 1);
      case 8: return "(" + pick(kNames) + ")[" + expression(depth - 1) + "]";
      case 9: return inline_function(depth - 1);
      case 10: return "setmetatable(" + constructor(0) + ", " + metatable(depth - 1) + ")";
      default: return "(" + expression(depth - 1) + ")";
    }
  }

  std::string constructor(int depth) {
    std::string text = "{";
    for (std::size_t i = below(5); i > 0; --i) {
      if (chance(3)) text += "[" + key(depth) + "] = ";
      text += expression(depth) + ", ";
    }
    return text + "}";
  }
  /// Never nil nor NaN by itself, so that most constructors work.
  std::string key(int depth) { return chance(4) ? expression(depth) : std::to_string(below(9)); }

  std::string metatable(int depth) {
    std::string text = "{";
    for (std::size_t i = 1 + below(3); i > 0; --i) {
      text +=
          pick(kEvents) + " = " + (chance(3) ? expression(depth) : inline_function(depth)) + ", ";
    }
    return text + "}";
  }

  std::string inline_function(int depth) {
    std::string body = chance(2) ? "local x = ... " : "";
    if (chance(3)) body += call(depth) + " ";
    if (chance(8)) body += "while true do end ";
    if (chance(6)) body += "coroutine.yield(" + list(2, 0) + ") ";
    if (chance(12)) body += "actor.sleep(0) ";
    if (chance(10)) body += "error(" + expression(0) + ") ";
    return "function(...) " + body + "return " + expression(depth) + " end";
  }

  std::string call(int depth) {
    switch (below(10)) {
      case 0: return "(" + pick(kNames) + ")(" + list(3, depth) + ")";
      case 1: return "(" + pick(kNames) + "):" + pick(kMethods) + "(" + list(3, depth) + ")";
      case 2: return actor_call(depth);
      case 3: return "pcall(" + pick(kFunctions) + ", " + list_of_one(3, depth) + ")";
      case 4:
        return "xpcall(" + inline_function(depth) + ", " + inline_function(0) + ", " +
               list_of_one(2, depth) + ")";
      case 5: return "coroutine.wrap(" + inline_function(depth) + ")(" + list(2, depth) + ")";
      default: return pick(kFunctions) + "(" + list(4, depth) + ")";
    }
  }
  std::string list_of_one(std::size_t most, int depth) {
    const std::string rest = list(most - 1, depth);
    return expression(depth) + (rest.empty() ? "" : ", " + rest);
  }

  std::string actor_call(int depth) {
    const std::string name = pick(kActorFunctions);
    if (name == "spawn" && chance(2)) return spawn_call();
    if (name == "fork")
      return "actor.fork(" + inline_function(depth) + ", " + list_of_one(2, 0) + ")";
    if (name == "after" || name == "every" || name == "within") {
      return "actor." + name + "(0.001, " + inline_function(depth) + ")";
    }
    if (name == "sleep") return "actor.sleep(0.001)";
    if (name == "send" || name == "call" || name == "request") {
      return "actor." + name + "(me, " + (chance(2) ? "'f'" : expression(0)) + ", " +
             expression(depth) + ")";
    }
    if (chance(60)) return "actor.exit()";
    if (chance(60)) return "actor.kill(" + expression(0) + ")";
    return "actor." + name + "(" + list(3, depth) + ")";
  }

  /// A child that is such a program, too, a small one.
  std::string spawn_call() {
    if (left_ < 3) return "actor.spawn{ source = '' }";
    Generator child(random_(), static_cast<int>(below(4)) + 1, brackets_.size() + 1);
    left_ -= 3;
    return "actor.spawn{ source = [" + brackets_ + "[" + child.program() + "]" + brackets_ +
           "], args = " + constructor(0) + (chance(3) ? ", wait = true" : "") + " }";
  }

  // Statements -----------------------------------------------------------------------------------

  /// One whose error does not end the program, most of the time.
  void guarded_statement() {
    if (chance(40)) return statement(2);
    line("pcall(function(...)");
    block(2, 3);
    line("end, " + expression(0) + ")");
  }

  void block(int depth, std::size_t most) {
    ++indent_;
    for (std::size_t i = 1 + below(most); i > 0; --i) statement(depth);
    --indent_;
  }

  void statement(int depth) {
    --left_;
    if (depth <= 0 || left_ <= 0) return simple_statement();
    switch (below(12)) {
      case 0:
        line("for i = " + expression(0) + ", " + expression(0) + ", " +
             (chance(2) ? "1" : expression(0)) + " do");
        return loop_body(depth - 1);
      case 1: line("for k, v in " + iterator() + " do"); return loop_body(depth - 1);
      case 2: line("while " + expression(1) + " do"); return loop_body(depth - 1);
      case 3:
        line("repeat");
        block(depth - 1, 2);
        return line("until " + expression(1));
      case 4:
        line("if " + expression(1) + " then");
        block(depth - 1, 2);
        if (chance(2)) {
          line("else");
          block(depth - 1, 2);
        }
        return line("end");
      case 5:
        line(pick(kNames) + " = function(...)");
        block(depth - 1, 3);
        line("  return " + expression(1));
        return line("end");
      case 6:
        line("do");
        ++indent_;
        line("local guard <close> = setmetatable({}, {__close = " + inline_function(1) + "})");
        --indent_;
        block(depth - 1, 2);
        return line("end");
      case 7:
        line("do local fixed <const>, x = " + expression(1) + ", " + expression(1));
        block(depth - 1, 2);
        line("  " + pick(kNames) + " = fixed");
        return line("end");
      default: return simple_statement();
    }
  }

  /// After the head of a loop: its block, with a jump to its end, or out of it.
  void loop_body(int depth) {
    ++indent_;
    if (chance(3)) line("if " + expression(0) + " then goto continue end");
    --indent_;
    block(depth, 2);
    ++indent_;
    if (!chance(4)) line("if " + expression(0) + " then break end");
    line("::continue::");
    --indent_;
    line("end");
  }

  std::string iterator() {
    switch (below(6)) {
      case 0: return "pairs(" + expression(0) + ")";
      case 1: return "ipairs(" + expression(0) + ")";
      case 2: return "string.gmatch(" + expression(0) + ", " + expression(0) + ")";
      case 3: return "next, " + expression(0);
      case 4: return "coroutine.wrap(" + inline_function(1) + ")";
      default: return expression(1) + ", " + expression(0) + ", " + expression(0);
    }
  }

  void grow() { line("rawset(t, #t + 1, " + expression(2) + ")"); }

  void simple_statement() {
    switch (below(11)) {
      case 0:
      case 1: return line(pick(kNames) + " = " + expression(2));
      case 2: return line(";(" + pick(kNames) + ")[" + key(1) + "] = " + expression(2));
      case 3: return line("local x = " + expression(2));
      case 4: return line("global" + std::to_string(below(4)) + " = " + expression(1));
      case 5: return line("setmetatable(t, " + metatable(1) + ")");
      case 6: return line("local ignored = " + actor_call(1));
      case 7: return chance(4) ? line("for i = 1, 1e5 do t[i] = {i, s .. i} end") : grow();
      default: return line("local result = " + call(2));
    }
  }

  std::mt19937_64 random_;
  int left_;              ///< statements, roughly
  std::string brackets_;  ///< of a child's source: one `=` more than in the source of its own
  int indent_ = 0;
  std::string text_;
};

}  // namespace

std::string random_program(std::uint64_t seed) {
  Generator generator(seed, 12 + static_cast<int>(seed % 20), 1);
  return generator.program();
}

}  // namespace moonwright::fuzz
