-- expect: memory_limit limits: memory=1MiB
-- mlua, 733: at the memory limit the host's own stack could not grow, which it took for granted.
-- Calls into the runtime with as little left as can be.
local actor = require "actor"
local me, hoard = actor.self(), {}
local deep = {}
for _ = 1, 60 do deep = { deep } end
while true do
  hoard = { hoard, ("x"):rep(1000) .. tostring(hoard) }
  pcall(me.send, me, "nothing", deep)
  pcall(actor.spawn, { source = "return {}", args = { deep } })
  pcall(actor.info)
  pcall(actor.within, 1, coroutine.wrap(function() pcall(me.request, me, "nothing", deep) end))
end
