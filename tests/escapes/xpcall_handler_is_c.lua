-- expect: timeout cpu_limit instruction_limit
-- The handler is a C function that calls back into Lua.
local function loop() while true do end end
while true do xpcall(loop, function(message) return pcall(loop, message) end) end
