-- expect: normal as: chunk
-- Whoever has said that it ends does end.
local actor = require "actor"
local guard <close> = setmetatable({}, { __close = function() error("stay") end })
while true do pcall(actor.exit, "normal") end
