-- expect: ok held
-- The generator starts from the operating system's randomness: no two actors draw the same, and
-- none draws what a known seed would give.
local actor = require "actor"
local source = [[ return { draw = function(seed)
  if seed then math.randomseed(seed) end
  return math.random(0) .. " " .. math.random(0)
end } ]]
local seen = {}
for _ = 1, 50 do
  local drawn = actor.spawn{ source = source }:call("draw")
  assert(not seen[drawn], "two actors draw the same")
  seen[drawn] = true
end
local known = actor.spawn{ source = source }
for seed = 0, 100 do assert(not seen[known:call("draw", seed)], "the seed was " .. seed) end
return "held"
