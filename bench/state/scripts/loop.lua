-- loop.lua: works without ever letting go of its worker.
local actor = require "actor"

local loop = {}

function loop.ready() end

function loop.forever() while true do end end

-- Counts rounds from `start` to `stop`, two moments of actor.now().
function loop.count(start, stop)
  while actor.now() < start do end
  local rounds = 0
  repeat
    for _ = 1, 1000 do end
    rounds = rounds + 1
  until actor.now() >= stop
  return rounds
end

-- An empty loop is one VM instruction a round.
function loop.spin(instructions)
  for _ = 1, instructions do end
end

return loop
