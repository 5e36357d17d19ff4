-- expect: cpu_limit instruction_limit timeout
-- Compiling the source of a child takes time and memory, which are the spawner's: three megabytes
-- of text hold a worker for half a second.
local actor = require "actor"
local source = ("f{}[1]=2;"):rep(300000) .. " x x"
while true do pcall(actor.spawn, { source = source }) end
