-- expect: memory_limit limits: memory=512KiB
-- skynet, 494: with a memory limit, what the host itself allocates in the state fails, unprotected,
-- and the process goes. Here every kind of host object, until there is no room for one.
local actor = require "actor"
local me, kept = actor.self(), {}
while true do
  kept[#kept + 1] = me:request("nothing")
  kept[#kept + 1] = actor.after(1000, print)
  kept[#kept + 1] = actor.monitor(me)
  kept[#kept + 1] = coroutine.wrap(function() end)
  kept[#kept + 1] = actor.fork(function() actor.sleep(1000) end)
end
