-- expect: ok held
-- To-be-closed variables of things that are none of the script's to close.
local actor = require "actor"
local me = actor.self()
local values = { me, me:request("x"), actor.after(1000, print), actor.fork(function() end),
  actor.monitor(me),
                 actor, string, _G, print, coroutine.create(print), 1, "text", true, {} }
for _, value in ipairs(values) do
  local ran = false
  local ok = pcall(function()
    local guard <close> = value
    ran = true
  end)
  assert(not ok and not ran, "a " .. type(value) .. " was closed")
end
for _, value in ipairs{ false } do local guard <close> = value end
do local guard <close> = nil end
values[3]:cancel()
return "held"
