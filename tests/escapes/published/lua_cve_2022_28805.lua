-- expect: ok held
-- Lua, CVE-2022-28805: wrong code for `local _ENV <const>` read beyond the heap.
local actor = require "actor"
for _, source in ipairs{
  "local _ENV <const> = 1; local function A() return x end",
  "local _ENV <const> = {}; return function() x = 1 return x end",
  "local a <const>, _ENV <const> = 1, {} return function() return a + y end",
  "local _ENV <const> = nil; x = 1",
  "local _ENV <close> = nil; return function() return x.y end",
  "local _ENV <const> = 'text'; return { f = function() return len, rep end }",
} do
  pcall(actor.spawn, { source = source, wait = true })
  if load then
    local f = load(source)
    if f then
      local ok, inner = pcall(f)
      if ok and type(inner) == "function" then pcall(inner) end
    end
  end
end
return "held"
