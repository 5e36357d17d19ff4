-- expect: timeout
local actor = require "actor"
while true do
  coroutine.resume(coroutine.create(function() actor.sleep(1e9) end))
end
