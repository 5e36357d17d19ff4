-- expect: memory_limit
-- The result is built outside of what a hook can see.
local text = ("x"):rep(10000)
while true do text = text:gsub("x", "xxxxxxxxxx") end
