-- pingpong: two actors and a ball.
--
--   moonwright run examples/pingpong/main.lua [ROUNDS]
local actor = require "actor"

local rounds = math.tointeger(tonumber(... or 3))
if not rounds or rounds < 1 then error("ROUNDS is a whole number from 1 on", 0) end

local pong = actor.spawn("pong.lua")
for round = 1, rounds do
  print("ping " .. round)
  print(pong:call("ping", round))  -- waits for the answer, and for nothing else
end
print(("pong hit the ball %d times"):format(pong:call("hits")))
-- A script that returns nothing ends here, and its children with it.
