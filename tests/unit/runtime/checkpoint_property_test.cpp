// checkpoint_property_test.cpp: any graph comes back as it was, with its sharing and metatables.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

#include "checkpoint_support.hpp"

namespace moonwright::runtime {
namespace {

// What both states run before: the code that graphs may name.
constexpr char kCode[] = R"(
  Class = {} Class.__index = Class function Class.get() return 1 end
  Other = {inner = {make = function() end}} Other.inner.__index = Other.inner
  function one() return 1 end
  function two() return 2 end)";

// Whether two graphs are the same: a walk through both at once that gives each table its twin.
constexpr char kCompare[] = R"(
  local function canonical(root)  -- numbers in order of a walk that does not depend on addresses
    local numbers, order, lines = {}, {}, {}
    local function name(v)
      local kind = math.type(v) or type(v)
      if kind == 'table' then
        if v == Class then return 'Class' elseif v == Other.inner then return 'inner' end
        if v == math then return 'math' elseif v == _G then return '_G' end
        if not numbers[v] then order[#order + 1] = v numbers[v] = #order end
        return 'table ' .. numbers[v]
      elseif kind == 'function' then
        return v == one and 'one' or v == two and 'two' or v == Other.inner.make and 'make'
          or v == string.rep and 'rep' or v == Class.get and 'get' or 'unknown function'
      elseif kind == 'float' then return string.format('float %a', v)
      elseif kind == 'string' then return string.format('%q', v) end
      return kind .. ' ' .. tostring(v)
    end
    name(root)
    local at = 1
    while at <= #order do
      local t, plain, ids = order[at], {}, {}
      for k, v in next, t do
        if type(k) == 'table' and k.id then ids[#ids + 1] = k
        else plain[#plain + 1] = {name(k), k} end
      end
      table.sort(plain, function(a, b) return a[1] < b[1] end)
      table.sort(ids, function(a, b) return a.id < b.id end)
      for _, k in ipairs(ids) do plain[#plain + 1] = {name(k), k} end
      local texts = {}
      for i, e in ipairs(plain) do texts[i] = e[1] .. '=' .. name(rawget(t, e[2])) end
      local mt = getmetatable(t)
      lines[at] = at .. ': ' .. table.concat(texts, ', ') .. (mt and ' <' .. name(mt) .. '>' or '')
      at = at + 1
    end
    return table.concat(lines, '\n')
  end
  return canonical(graph))";

int number(int below) { return *rc::gen::inRange(0, below); }

std::string random_leaf() {
  switch (number(14)) {
    case 0: return "true";
    case 1: return "false";
    case 2: return std::to_string(*rc::gen::arbitrary<std::int64_t>() | 1);
    case 3: return std::to_string(number(300) - 150);
    case 4: return "-0.0";
    case 5: return std::to_string(number(1000)) + ".25";
    case 6: return "'" + std::string(static_cast<std::size_t>(number(90)), 'a') + "'";
    case 7: return "'k" + std::to_string(number(20)) + "'";
    case 8: return "one";
    case 9: return "two";
    case 10: return "Other.inner.make";
    case 11: return "string.rep";
    case 12: return "math";
    default: return "('long'):rep(" + std::to_string(15 + number(3)) + ")";
  }
}

// A program that makes tables T[1..n] and links them at random; T[1] leads to all that matters.
std::string random_graph() {
  const int tables = *rc::gen::inRange(1, 40);
  std::string code =
      "local T = {} for i = 1, " + std::to_string(tables) + " do T[i] = {id = i} end ";
  const auto table = [tables] { return "T[" + std::to_string(1 + number(tables)) + "]"; };
  const auto value = [&table] { return number(3) == 0 ? random_leaf() : table(); };
  for (int left = *rc::gen::inRange(0, 150); left > 0; --left) {
    switch (number(8)) {
      case 0: code += table() + "[" + table() + "] = " + value(); break;
      case 1: code += "setmetatable(" + table() + ", " + table() + ")"; break;
      case 2: code += "setmetatable(" + table() + ", Class)"; break;
      case 3: code += "setmetatable(" + table() + ", Other.inner)"; break;
      case 4:
        code += "do local t = " + table() + " rawset(t, rawlen(t) + 1, " + value() + ") end";
        break;
      case 5:
        code += "for i = 1, " + std::to_string(number(40)) + " do rawset(" + table() + ", i, " +
                value() + ") end";
        break;
      default: code += "rawset(" + table() + ", " + random_leaf() + ", " + value() + ")"; break;
    }
    code += ' ';
  }
  // Whatever is not reached otherwise: through a list, in an order of its own.
  return code + " T[1].all = T graph = T[1]";
}

TEST(CheckpointProperties, GraphsComeBackAsTheyWere) {
  EXPECT_TRUE(rc::check([] {
    const std::string code = random_graph();
    const auto work = static_cast<std::size_t>(*rc::gen::element(1, 5, 1'000'000));
    const auto before = open_state();
    RC_ASSERT(run(*before, kCode) == "");
    const CodeSnapshot snapshot(CodeRoots::of(before->lua(), 0));
    const std::string made = run(*before, code);
    RC_LOG(code);
    RC_ASSERT(made == "");
    const bool by_results = *rc::gen::arbitrary<bool>();
    const auto checkpoint =
        take_checkpoint(*before, {}, by_results ? "return graph" : "", work, &snapshot);
    RC_ASSERT(checkpoint.has_value());

    // Through the bytes of a file, too.
    const auto bytes = checkpoint->encode();
    RC_ASSERT(bytes.has_value());
    const auto read = Checkpoint::decode(*bytes);
    RC_ASSERT(read.has_value());
    RC_ASSERT(read->info() == checkpoint->info());
    RC_ASSERT(*read->encode() == *bytes);

    const auto after = open_state();
    RC_ASSERT(run(*after, kCode) == "");
    const auto restored = restore(*after, *read, work);
    RC_ASSERT(restored.has_value());
    if (by_results) run(*after, "graph = restored[1]");
    const std::string expected = run(*before, kCompare);
    RC_ASSERT(!expected.starts_with("error"));
    RC_ASSERT(run(*after, kCompare) == expected);
  }));
}

}  // namespace
}  // namespace moonwright::runtime
