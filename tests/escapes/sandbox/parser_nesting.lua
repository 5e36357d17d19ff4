-- expect: ok held
-- Texts that nest deeply: the parser calls itself for each level.
local actor = require "actor"
local n = 20000
for _, part in ipairs{
  { "(", "1", ")" }, { "{", "", "}" }, { "-", "1", "" }, { "not ", "1", "" }, { "~", "1", "" },
  { "a.b[", "1", "]" }, { "f(", "", ")" }, { "f{", "", "}" }, { "1 .. ", "1", "" },
  { "2 ^ ", "2", "" }, { "function() return ", "1", " end" }, { "#", "a", "" },
} do
  local source = "return " .. part[1]:rep(n) .. part[2] .. part[3]:rep(n)
  local ok, err = pcall(actor.spawn, { source = source })
  assert(ok or err.code == "syntax_error" or err.code == "memory_limit")
  if load then load(source) end
end
for _, part in ipairs{
  { "do ", " end " }, { "while x do ", " end " }, { "repeat ", " until x " }, { "if x then ",
  " end " },
  { "for i = 1, 2 do ", " end " }, { "local function f() ", " end " }, { "function f() ", " end " },
  { "if x then else ", " end " }, { "for k in x do ", " end " },
} do
  local source = part[1]:rep(n) .. part[2]:rep(n)
  local ok, err = pcall(actor.spawn, { source = source })
  assert(ok or err.code == "syntax_error" or err.code == "memory_limit")
  if load then load(source) end
end
return "held"
