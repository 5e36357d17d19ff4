-- expect: timeout cpu_limit instruction_limit
-- Handlers of handlers.
local function loop() while true do end end
local function handler() xpcall(loop, loop) end
while true do xpcall(loop, handler) end
