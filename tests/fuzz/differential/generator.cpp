// generator.cpp: see generator.hpp.
#include "generator.hpp"

namespace moonwright::differential {
namespace {

std::string call(const std::string& function, const std::string& arguments) {
  return function + "(" + arguments + ")";
}

}  // namespace

std::size_t Generator::below(std::size_t bound) {
  return std::uniform_int_distribution<std::size_t>(0, bound - 1)(engine_);
}

// Values ----------------------------------------------------------------------------------------

std::string Generator::text() {
  static constexpr const char* kPieces[] = {"a",
                                            "b",
                                            "c",
                                            " ",
                                            "(",
                                            ")",
                                            "1",
                                            "27",
                                            ".",
                                            "=",
                                            "[",
                                            "]",
                                            "-",
                                            "%",
                                            "^",
                                            "$",
                                            "Z",
                                            "\\0",
                                            "\\xe4",
                                            "\\xff",
                                            "\\n",
                                            "\\\"",
                                            "\\\\",
                                            "\\127",
                                            "\\t",
                                            "0x1p4",
                                            "1e2",
                                            "\\u{e4}",
                                            "\\u{20ac}",
                                            "\\x80",
                                            "\\xed\\xa0\\x80",
                                            "key",
                                            "value",
                                            "_",
                                            "\\u{1f319}",
                                            "\\u{7fffffff}",
                                            "\\1",
                                            "\\r",
                                            "0"};
  switch (below(8)) {
    case 0: return one_of({"a", "b", "c"});
    case 1: return "(\"" + joined(kPieces, 1) + "\"):rep(" + std::to_string(below(400)) + ")";
    default: return "\"" + joined(kPieces, below(12)) + "\"";
  }
}

std::string Generator::pattern() {
  static constexpr const char* kPieces[] = {"a",
                                            "b",
                                            "c",
                                            ".",
                                            "%a",
                                            "%A",
                                            "%d",
                                            "%s",
                                            "%w",
                                            "%p",
                                            "%u",
                                            "%c",
                                            "%x",
                                            "%l",
                                            "%z",
                                            "%%",
                                            "%.",
                                            "%(",
                                            "%b()",
                                            "%b[]",
                                            "%f[a]",
                                            "%f[%W]",
                                            "[ab]",
                                            "[^a]",
                                            "[a-c]",
                                            "[%a-]",
                                            "[]]",
                                            "[^]]",
                                            "[a-]",
                                            "[%a_]",
                                            "%1",
                                            "%2",
                                            "(",
                                            ")",
                                            "()",
                                            "(a*)",
                                            "(.-)",
                                            "(%w+)",
                                            "*",
                                            "+",
                                            "-",
                                            "?",
                                            "*",
                                            "+",
                                            "-",
                                            "?",
                                            "^",
                                            "$",
                                            "%",
                                            "[",
                                            "\\0",
                                            "\\xe4",
                                            "=",
                                            "]",
                                            "%0",
                                            "%9",
                                            "%f",
                                            "%b",
                                            "[^",
                                            "[a-",
                                            "(()",
                                            ".-",
                                            ".*",
                                            "a?",
                                            "b+",
                                            "key",
                                            "[\\x80-\\xff]",
                                            "%g"};
  return "\"" + std::string(once_in(6) ? "^" : "") + joined(kPieces, below(6)) +
         (once_in(6) ? "$" : "") + "\"";
}

std::string Generator::replacement() {
  static constexpr const char* kPieces[] = {"x", "%0", "%1", "%2", "%%",  "yy",
                                            "%", "%a", "",   "-",  "\\0", "%9"};
  switch (below(6)) {
    case 0: return "function(...) return ... end";
    case 1: return "function(a, b) return b or #tostring(a) end";
    case 2: return "{a = 'A', b = false, ab = 7, [1] = 'one', key = 2.5}";
    case 3: return "setmetatable({}, {__index = function(_, k) return tostring(k) .. '!' end})";
    case 4: return value();
    default: return "\"" + joined(kPieces, below(5)) + "\"";
  }
}

std::string Generator::integer() {
  static constexpr const char* kEdges[] = {
      "math.mininteger", "math.maxinteger", "255",    "256",      "-129",     "0x7fffffff",
      "0x80000000",      "1 << 53",         "0xd800", "0x10ffff", "0x110000", "65536"};
  if (once_in(6)) return one_of(kEdges);
  return std::to_string(static_cast<int>(below(30)) - 12);
}

std::string Generator::position() {
  return once_in(12) ? integer() : std::to_string(static_cast<int>(below(24)) - 8);
}

std::string Generator::number() {
  static constexpr const char* kFloats[] = {
      "0.1",   "-0.0", "1e15",       "1e100",  "2^53",
      "1/0",   "-1/0", "3.0",        "1e-5",   "2^63",
      "-2^63", "1e16", "123456.789", "5e-324", "1.7976931348623157e308",
      "-7.5",  "1/3",  "100.0",      "1e14",   "-1e15",
      "0.5"};
  return once_in(2) ? integer() : one_of(kFloats);
}

std::string Generator::numeral() {
  static constexpr const char* kPieces[] = {
      "0", "1", "7", "9", "f",   "F", "x",   "X",   "0x", "e",     "E",           ".",   "-",
      "+", " ", "p", "P", "\\t", "z", "nan", "inf", "1e", "0x.8p", "99999999999", "\\0", "_"};
  return "\"" + joined(kPieces, 1 + below(5)) + "\"";
}

std::string Generator::value() {
  switch (below(9)) {
    case 0: return "nil";
    case 1: return one_of({"true", "false"});
    case 2: return "{}";
    case 3:
    case 4: return number();
    case 5: return numeral();
    default: return text();
  }
}

std::string Generator::list(bool ordered) {
  std::string items;
  const std::size_t kind = below(ordered ? 2 : 4);
  for (std::size_t count = below(once_in(10) ? 90 : 9); count > 0; --count) {
    items += (kind == 0 ? text() : kind == 1 ? integer() : kind == 2 ? number() : value()) + ", ";
  }
  // One that cannot be compared with the others.
  if (ordered && once_in(12)) items += "true, nil, {}, ";
  return "{" + items + "}";
}

std::string Generator::arguments(std::size_t most) {
  std::string all;
  for (std::size_t count = below(most + 1); count > 0; --count) all += ", " + value();
  return all;
}

// Calls -----------------------------------------------------------------------------------------

std::string Generator::format() {
  static constexpr const char* kPieces[] = {
      "%d",  "%5d",  "%-5d|", "%05d",  "%+d",    "% d",    "%i",   "%u",   "%x",   "%X",   "%#x",
      "%o",  "%c",   "%5c",   "%f",    "%.3f",   "%10.2f", "%e",   "%.0e", "%g",   "%.3g", "%#g",
      "%a",  "%.2a", "%s",    "%10s",  "%-10s|", "%.3s",   "%q",   "%%",   "text", " ",    "%",
      "%5q", "%y",   "%.20f", "%.14g", "%099d",  "%5.3d",  "%.d",  "%s",   "%s",   "%q",   "%d",
      "%G",  "%A",   "%E",    "%i",    "%0s",    "%.100f", "%100d"};
  return "\"" + joined(kPieces, below(5)) + "\"";
}

std::string Generator::string_call() {
  switch (below(13)) {
    case 0: return call("string.rep", text() + ", " + std::to_string(below(40)));
    case 1: return call("string.rep", "'x', " + integer() + ", 'y'");
    case 2: return call("string.sub", text() + ", " + position() + ", " + position());
    case 3: return call("string.sub", text() + arguments(2));
    case 4: return call("string.byte", text() + ", " + position() + ", " + position());
    case 5: return call("string.char", integer() + arguments(3));
    case 6:
      return call("string." + std::string(one_of({"lower", "upper", "reverse", "len"})),
                  once_in(6) ? value() : text());
    case 7:
      return "(" + text() + "):" + one_of({"byte", "upper", "lower", "reverse", "len"}) + "()";
    case 8: return call("string.byte", value() + arguments(2));
    default: return call("string.format", format() + arguments(4));
  }
}

std::string Generator::pattern_call() {
  const std::string subject = once_in(20) ? value() : text();
  switch (below(8)) {
    case 0: return call("string.find", subject + ", " + pattern() + ", " + position());
    case 1: return call("string.find", subject + ", " + text() + ", " + position() + ", true");
    case 2: return call("string.match", subject + ", " + pattern() + ", " + position());
    case 3: return call("string.match", subject + ", " + pattern());
    case 4: return call("all", "string.gmatch(" + subject + ", " + pattern() + ")");
    case 5:
      return call("all", "string.gmatch(" + subject + ", " + pattern() + ", " + position() + ")");
    case 6:
      return call("string.gsub",
                  subject + ", " + pattern() + ", " + replacement() + ", " + position());
    default: return call("string.gsub", subject + ", " + pattern() + ", " + replacement());
  }
}

std::string Generator::pack_format() {
  static constexpr const char* kPieces[] = {
      "b",  "B",  "h",  "H",  "i",  "I",   "l",   "L",   "j",  "J",  "T",   "f",  "d",  "n",   "s",
      "s1", "s2", "z",  "x",  "X",  "Xi4", "Xd",  "!",   "!4", "!8", "!16", "!3", "<",  ">",   "=",
      " ",  "i3", "I5", "i7", "i8", "i9",  "I16", "i16", "c3", "c0", "c12", "c",  "i0", "i17", "y"};
  return "\"" + joined(kPieces, below(6)) + "\"";
}

std::string Generator::pack_call() {
  switch (below(5)) {
    case 0: return call("string.packsize", pack_format());
    case 1: return call("string.unpack", pack_format() + ", " + text() + ", " + position());
    case 2: return call("string.unpack", pack_format() + ", " + text());
    case 3: {
      const std::string shape = pack_format();
      return "string.unpack(" + shape + ", string.pack(" + shape + arguments(5) + "))";
    }
    default: return call("string.pack", pack_format() + arguments(5));
  }
}

std::string Generator::table_call() {
  if (once_in(5)) {
    return "local t = " + list(true) + " table.sort(t" +
           one_of({"", ", nil", ", function(a, b) return a > b end"}) + ") return t";
  }
  const std::string made = "local t = " + list(false) + " ";
  switch (below(9)) {
    case 0: return made + "table.insert(t, " + value() + ") return t";
    case 1: return made + "table.insert(t, " + position() + ", " + value() + ") return t";
    case 2: return made + "return table.remove(t, " + position() + "), t";
    case 3: return made + "return table.remove(t), table.remove(t), t";
    case 4:
      return made + "return table.concat(t, " + text() + ", " + std::to_string(below(4)) + ", " +
             std::to_string(below(12)) + ")";
    case 5: return made + "return table.concat(t, ', ')";
    case 6:
      return made + "return table.unpack(t, " + std::to_string(below(5)) + ", " +
             std::to_string(below(40)) + ")";
    case 7:
      return made + "return table.move(t, " + std::to_string(below(5)) + ", " +
             std::to_string(below(12)) + ", " + std::to_string(below(12)) +
             (once_in(2) ? ")" : ", {})");
    default: return made + "table.sort(t, function(a, b) return order(a) < order(b) end) return t";
  }
}

std::string Generator::utf8_call() {
  switch (below(6)) {
    case 0: return call("utf8.len", text() + ", " + position() + ", " + position());
    case 1: return call("utf8.len", text() + ", 1, -1, true");
    case 2:
      return call("utf8.codepoint",
                  text() + ", " + position() + ", " + position() + (once_in(3) ? ", true" : ""));
    case 3: return call("utf8.offset", text() + ", " + position() + ", " + position());
    case 4: return call("all", "utf8.codes(" + text() + (once_in(3) ? ", true)" : ")"));
    default: return call("utf8.char", integer() + arguments(2));
  }
}

std::string Generator::number_call() {
  const std::string a = once_in(4) ? numeral() : number();
  const std::string b = once_in(4) ? numeral() : number();
  switch (below(8)) {
    case 0: return call("tostring", number());
    case 1: return call("tonumber", numeral());
    case 2: return call("tonumber", numeral() + ", " + position());
    case 3: return call("math.tointeger", value());
    case 4:
      return call("math." + std::string(one_of({"floor", "ceil", "abs", "fmod", "ult", "max", "min",
                                                "type", "modf"})),
                  value() + ", " + value());
    case 5: return "(" + a + ") .. (" + b + ")";
    case 6: return "(" + a + ") " + one_of({"<", "<=", "==", ">", "~="}) + " (" + b + ")";
    default:
      return "(" + a + ") " +
             one_of({"+", "-", "*", "/", "//", "%", "^", "&", "|", "~", "<<", ">>"}) + " (" + b +
             ")";
  }
}

std::string Generator::coroutine_call() {
  const std::string body = one_of({
      "local x = coroutine.yield(%) return x, %",
      "for i = 1, 3 do coroutine.yield(i, %) end",
      "error(%)",
      "coroutine.yield(%) error(%)",
      "return pcall(function() coroutine.yield(%) error(%) end)",
      "local c <close> = setmetatable({}, {__close = function(_, e) log(e) end}) "
      "coroutine.yield(%) error(%)",
      "return coroutine.isyieldable(), select(2, coroutine.running())",
      "return coroutine.wrap(function() coroutine.yield(%) return % end)()",
      "return coroutine.resume(coroutine.running())",
      "return (string.gsub('abc', '%a', function(c) return c .. tostring(%) end))",
      "return setmetatable({}, {__index = function(_, k) return coroutine.yield(k) end})[%]",
      "for k, v in pairs(setmetatable({}, {__pairs = function() return coroutine.yield end})) do "
      "return k, v end",
  });
  std::string filled;
  for (std::size_t i = 0; i < body.size(); ++i) {
    const bool is_class = body[i] == '%' && i + 1 < body.size() && body[i + 1] == 'a';
    if (body[i] != '%' || is_class) {
      filled += body[i];
    } else {
      filled += value();
    }
  }
  const std::string made = "local co = coroutine.create(function(...) " + filled + " end) ";
  const std::string resumed = "coroutine.resume(co, " + value() + ")";
  switch (below(5)) {
    case 0: return made + "return " + resumed;
    case 1: return made + "return coroutine.status(co), " + resumed + ", coroutine.status(co)";
    case 2:
      return made + "local t = {} for i = 1, 5 do t[i] = {" + resumed +
             "} end return t, coroutine.status(co)";
    case 3: return made + resumed + " return coroutine.close(co), coroutine.status(co), " + resumed;
    default:
      return "local f = coroutine.wrap(function(...) " + filled + " end) return f(" + value() +
             "), f(" + value() + ")";
  }
}

Program Generator::program() {
  Program program;
  for (std::size_t count = 4 + below(12); count > 0; --count) {
    if (once_in(6)) {
      program.push_back(std::string(one_of({"a", "b", "c"})) + " = " + text());
      continue;
    }
    std::string code;
    bool is_expression = true;
    switch (below(9)) {
      case 0:
      case 1: code = string_call(); break;
      case 2:
      case 3: code = pattern_call(); break;
      case 4: code = pack_call(); break;
      case 5: code = utf8_call(); break;
      case 6: code = number_call(); break;
      case 7:
        code = table_call();
        is_expression = false;
        break;
      default:
        code = coroutine_call();
        is_expression = false;
        break;
    }
    program.push_back("show(pcall(function() " + std::string(is_expression ? "return " : "") +
                      code + " end))");
  }
  return program;
}

}  // namespace moonwright::differential
