-- expect: ok held
-- Integers that all hash to one place of the table that the receiver makes of them: in the sender's
-- they do not, and the receiver builds its own outside of the virtual machine.
local actor = require "actor"
local child = actor.spawn{
  source = "return { take = function(x) return x[0] end }",
  limits = { timeout = "300ms" },
}
local flood = {}
for i = 1, 30000 do flood[i * 65535] = true end
for _ = 1, 3 do pcall(child.call, child, "take", flood) end
assert(actor.whereis "bystander":call("echo", 7) == 7)
return "held"
