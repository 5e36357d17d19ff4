-- string_functions.lua: find, match, gmatch, gsub and rep, as scripts meet them.
local actor = require "actor"
local check = require "lib.check"
local test, eq = check.test, check.eq

test("searching finds text, patterns and captures", function()
  eq(check.results(string.find, "hello world", "o w"), { n = 2, 5, 7 })
  eq(check.results(string.find, "a+b", "+", 1, true), { n = 2, 2, 2 })
  eq(check.results(string.find, "key = value", "(%w+) = (%w+)"), { n = 4, 1, 11, "key", "value" })
  eq({ ("2024-08-17"):match("(%d+)-(%d+)-(%d+)") }, { "2024", "08", "17" })
  eq(("THE (quick) fox"):find("%((%a+)%)"), 5)
  eq(("f(a(b)c)d"):match("%b()"), "(a(b)c)")
  eq(("THE (quick) fox"):gsub("%f[%a]%a+", string.lower), "the (quick) fox")
  eq(("hello"):match("()ll()"), 3)
  eq(("  padded "):match("^%s*(.-)%s*$"), "padded")
  eq(("x"):find("y"), nil)
end)

test("gmatch goes through all matches, from where it is told to", function()
  local words = {}
  for word in ("one two  three"):gmatch("%a+") do words[#words + 1] = word end
  eq(words, { "one", "two", "three" })
  local pairs_found = {}
  for k, v in ("a=1, b=2"):gmatch("(%w+)=(%w+)", 4) do pairs_found[k] = v end
  eq(pairs_found, { b = "2" })
  local ends = {}
  for at in ("abc"):gmatch("()") do ends[#ends + 1] = at end
  eq(ends, { 1, 2, 3, 4 })
end)

test("gsub replaces by text, table and function", function()
  eq({ ("hello world"):gsub("o", "0") }, { "hell0 w0rld", 2 })
  eq({ ("hello world"):gsub("(%w+) (%w+)", "%2 %1, 100%%") }, { "world hello, 100%", 1 })
  eq({ ("$name is $age, $unknown"):gsub("%$(%w+)", { name = "Lua", age = 31 }) },
     { "Lua is 31, $unknown", 3 })
  eq({ ("abc"):gsub("%w", function(c) return c ~= "b" and c:upper() end) }, { "AbC", 3 })
  eq({ ("abc"):gsub("", "-") }, { "-a-b-c-", 4 })
  eq({ ("aaa"):gsub("a", "b", 2) }, { "bba", 2 })
end)

test("replacement functions may be large, nested and wrong", function()
  local function nest(depth)
    local function inside() return depth > 0 and "(" .. nest(depth - 1) .. ")" or "." end
    return (("x"):gsub("x", inside))
  end
  eq(nest(50), ("("):rep(50) .. "." .. (")"):rep(50))
  eq(#("x"):rep(1000):gsub("x", ("y"):rep(100)), 100000)
  local ok, err = pcall(string.gsub, "abc", "b", function() error("mine", 0) end)
  eq({ ok, err }, { false, "mine" })
  ok, err = pcall(string.gsub, "abc", "b", "%")
  eq({ ok, err }, { false, "invalid use of '%' in replacement string" })
end)

test("what would run for ever ends with an error that can be caught", function()
  local text = ("a"):rep(30000)
  local complex = { n = 2, false, "pattern too complex" }
  eq(check.results(pcall, string.find, text, (".-"):rep(8) .. "b"), complex)
  eq(check.results(pcall, string.match, text, ("a*"):rep(8) .. "b"), complex)
  eq(check.results(pcall, string.gsub, ("("):rep(60000), "%b()", ""), complex)
  local each = text:gmatch(("a?"):rep(300))
  for _ = 1, 3 do eq(check.results(pcall, each), complex) end
  eq((""):rep(1 << 60), "")
  eq(check.results(pcall, string.rep, "x", 1 << 60), { n = 2, false, "resulting string too large" })
end)

test("an actor cannot make a string that does not fit into its memory", function()
  local small = actor.spawn{ limits = { memory = "2MiB" }, source = [[
    return { rep = function(n) return #("x"):rep(n) end } ]] }
  eq(small:call("rep", 500000), 500000)
  check.raises("error", small.call, small, "rep", 3000000)
  eq(small:call("rep", 10), 10)
end)
