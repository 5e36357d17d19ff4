-- client.lua: has another actor work, one call after the other.
local actor = require "actor"

local client = {}

-- Runs `units` of a program, so many of them in each call.
function client.run(program, units, units_per_call)
  for _ = 1, units // units_per_call do program:call("run", units_per_call) end
end

-- Calls `echo` without a pause until the moment `stop`, and answers how often.
function client.saturate(echo, stop)
  local count = 0
  repeat
    for _ = 1, 50 do echo:call("echo", count) end
    count = count + 50
  until actor.now() >= stop
  return count
end

-- How long calls of `echo` take, in seconds: one after the other, with pauses, until `stop`.
function client.probe(echo, pause, stop)
  local times = {}
  repeat
    local start = actor.now()
    echo:call("echo", 1)
    times[#times + 1] = actor.now() - start
    actor.sleep(pause)
  until actor.now() >= stop
  return times
end

function client.now() return actor.now() end

return client
