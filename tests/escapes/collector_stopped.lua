-- expect: memory_limit sandbox: restricted
-- A script may not keep the collector from working, or it is nobody's loss but its own.
pcall(collectgarbage, "stop")
pcall(collectgarbage, "generational")
local kept = {}
while true do kept[#kept + 1] = { #kept } end
