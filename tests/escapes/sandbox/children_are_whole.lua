-- expect: ok held
-- Whatever a script does to its libraries before it spawns, its children have all of theirs.
local actor = require "actor"
local spawn, call = actor.spawn, actor.call
for name in pairs(string) do string[name] = function() error("evil") end end
for name in pairs(table) do table[name] = function() error("evil") end end
for name in pairs(coroutine) do coroutine[name] = function() error("evil") end end
setmetatable(_G, { __index = function() error("evil") end })
actor.spawn, actor.self = nil, function() error("evil") end
local child = spawn{ source = [[
  local actor = require "actor"
  return { work = function()
    assert(actor.self() and actor.spawn and nothing == nil)
    return coroutine.wrap(function() return table.concat({ ("x"):rep(2), "y" }) end)()
  end }
]] }
assert(call(child, "work") == "xxy")
return "held"
