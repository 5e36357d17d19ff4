-- expect: timeout cpu_limit instruction_limit memory_limit as: chunk limits: memory=16MiB
-- Each fork starts two, and each is short.
local actor = require "actor"
local function f()
  pcall(actor.fork, f)
  pcall(actor.fork, f)
end
f()
while true do end
