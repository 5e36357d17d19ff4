-- asker.lua: makes garbage with finalizers: a future for each request.
local actor = require "actor"

return {
  ask = function(echo, count)
    for i = 1, count do echo:request("echo", i):await() end
  end,
}
