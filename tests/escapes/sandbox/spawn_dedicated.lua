-- expect: ok held
-- A thread of its own is for trusted scripts: others could take all there are.
local actor = require "actor"
local ok, err = pcall(actor.spawn, { source = "return {}", thread = "dedicated" })
assert(not ok and err.code == "denied", "it has a thread of its own")
return "held"
