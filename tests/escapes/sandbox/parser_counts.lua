-- expect: ok held
-- And texts with many of something: locals, upvalues, constants, labels, parameters, results.
local actor = require "actor"
local function numbered(count, text, separator)
  local all = {}
  for i = 1, count do all[i] = (text:gsub("#", i)) end
  return table.concat(all, separator or " ")
end
for _, source in ipairs{
  numbered(300, "local a#"), "local " .. numbered(300, "a#", ","),
  "return function(" .. numbered(300, "a#", ",") .. ") end",
  numbered(199, "local a#") .. " return function() return " .. numbered(199, "a#", "+") .. " end",
  numbered(5000, "::label#::"), numbered(5000, "goto label#") .. numbered(5000, "::label#::"),
  "return " .. numbered(5000, "#", ","), "return {" .. numbered(20000, "'k#'", ",") .. "}",
  "f(" .. numbered(300, "a#", ",") .. ")", numbered(5000, "x = y.z#"),
  "local a <close>, b <close> = 1", "local a <const> = 1 a = 2", "local a <nothing> = 1",
  "goto nowhere", "::a:: ::a::", "break", "goto continue; local a; ::continue:: a = 1",
  "do goto f end; local x; ::f:: return x", "for i = 1, 10 do goto continue ::continue:: end",
  "return ...", "function f() return ... end",
  "local function f(...) local function g() return ... end end",
  "a.b:c = 1", "f() = 1", "(a) = 1", "a, f() = 1, 2", "local function a.b() end",
  "return '\\u{80000000}'", "return '\\400'", "return '\\xg'", "return '\\", "return \"\n\"",
  "return 0x", "return 1e", "return 0x1p", "return 1..2", "return 3x", "return 08.1.2", "\0",
  "return \0",
} do
  pcall(actor.spawn, { source = source })
  if load then load(source) end
end
return "held"
