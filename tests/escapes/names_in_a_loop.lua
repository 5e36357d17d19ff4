-- expect: timeout cpu_limit
local actor = require "actor"
local n = 0
while true do
  n = n + 1
  pcall(actor.whereis, "name" .. n)
  pcall(actor.register, "name" .. n)
end
