-- expect: ok held sandbox: strict
-- A clock with a fine step tells what others do on the same processor.
local actor = require "actor"
local last, smallest = actor.now(), math.huge
for _ = 1, 300000 do
  local now = actor.now()
  if now ~= last then smallest, last = math.min(smallest, now - last), now end
end
assert(smallest >= 0.0009, "the clock steps by " .. smallest)
return "held"
