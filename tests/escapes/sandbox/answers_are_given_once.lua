-- expect: ok held
-- A promise answers its own request, once, and no other.
local actor = require "actor"
local child = actor.spawn{ source = [[
  local actor = require "actor"
  local kept = {}
  return { ask = function(...)
    kept[#kept + 1] = actor.defer()
    assert(not pcall(actor.defer))
    kept[#kept]:reply(...)
    assert(not kept[#kept]:reply("again") and not kept[#kept]:error("again"))
    for _, old in ipairs(kept) do assert(not old:reply("stolen") and not old:error("stolen")) end
    return "not this"
  end, late = function() for _, old in ipairs(kept) do old:reply("late") end return "own" end }
]] }
for i = 1, 20 do
  assert(child:call("ask", i) == i)
  assert(child:call("late") == "own")
end
return "held"
